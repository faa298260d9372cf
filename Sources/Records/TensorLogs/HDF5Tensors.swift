import Foundation
import Palimpsest
import Synchronization
import Tensors

/// The tensors of a tensor log by their content, as a trace log names them.
///
/// Only the places of the tensors are kept here. The file is open while a tensor is read and not in between, because
/// HDF5 shows one state of a file to all readers of a process, and a log may write it meanwhile.
public final class HDF5Tensors: TensorSource {
  private struct Index {
    var places: [TensorDigest: HDF5File.Entry]
    var state: State

    /// Changes within this time of one another may bear the same date.
    static let granularity = 1.0
    /// Whether the file may have changed since.
    func isStale(_ now: State) -> Bool {
      state.bytes != now.bytes || state.inode != now.inode || state.changed != now.changed
        || now.changed.timeIntervalSince1970 + Self.granularity > state.read.timeIntervalSince1970
    }
  }

  /// Which state of the file was read.
  private struct State {
    var inode: UInt64
    var bytes: Int
    var changed: Date
    var read: Date
  }

  private let url: URL
  private let index = Mutex<Index?>(nil)

  /// - Parameter url: a tensor log, whether there is one or not.
  public init(_ url: URL) { self.url = url }

  /// The tensor log beside a trace log, where runs keep it.
  public convenience init(beside traces: URL) {
    self.init(traces.deletingLastPathComponent().appending(path: "tensors.h5"))
  }

  /// - Returns: nil where the file does not keep the content, or there is no file.
  /// - Throws: `TensorLogError` where there is a file and it cannot be read, or the scalars are not those of the digest.
  public func tensor(of digest: TensorDigest) throws -> Tensor? {
    try index.withLock { index in
      guard let now = state() else { return nil }
      if let index, let place = index.places[digest], index.state.inode == now.inode {
        return try HDF5File(url, tables: [Layout.values]).tensor(of: digest, at: place)
      }
      if let index, !index.isStale(now) { return nil }
      let places = try HDF5File(url, tables: [Layout.contents, Layout.values]).contentEntries()
      index = Index(places: places, state: now)
      return try places[digest].map { try HDF5File(url, tables: [Layout.values]).tensor(of: digest, at: $0) }
    }
  }

  private func state() -> State? {
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: url.path) else { return nil }
    return State(
      inode: attributes[.systemFileNumber] as? UInt64 ?? 0, bytes: attributes[.size] as? Int ?? 0,
      changed: attributes[.modificationDate] as? Date ?? Date(), read: Date())
  }
}
