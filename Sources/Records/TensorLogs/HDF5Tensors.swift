import Foundation
import Palimpsest
import Synchronization
import Tensors

/// The tensors of a tensor log by their content, as a trace log names them.
///
/// The file is opened when the first tensor is looked up, and again when one is missing and the file has changed.
public final class HDF5Tensors: TensorSource {
  private struct Opened {
    var file: HDF5File
    var seen: Seen
  }

  /// Which state of the file was opened.
  private struct Seen: Equatable {
    var inode: UInt64
    var bytes: Int
    var changed: Date?
  }

  private let url: URL
  private let opened = Mutex<Opened?>(nil)

  /// - Parameter url: a tensor log, whether there is one or not.
  public init(_ url: URL) { self.url = url }

  /// The tensor log beside a trace log, where runs keep it.
  public convenience init(beside traces: URL) {
    self.init(traces.deletingLastPathComponent().appending(path: "tensors.h5"))
  }

  /// - Returns: nil where the file does not keep the content, or there is no file.
  /// - Throws: `TensorLogError` where there is a file and it cannot be read.
  public func tensor(of digest: TensorDigest) throws -> Tensor? {
    try opened.withLock { opened in
      if let tensor = try opened?.file.tensor(of: digest) { return tensor }
      guard let seen = seen(), seen != opened?.seen else { return nil }
      let fresh = Opened(file: try HDF5File(url), seen: seen)
      opened = fresh
      return try fresh.file.tensor(of: digest)
    }
  }

  private func seen() -> Seen? {
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: url.path) else { return nil }
    return Seen(
      inode: attributes[.systemFileNumber] as? UInt64 ?? 0, bytes: attributes[.size] as? Int ?? 0,
      changed: attributes[.modificationDate] as? Date)
  }
}
