import Basics
import Foundation
import Palimpsest

/// Why the file of a bank cannot be used.
public enum BankFileError: Failure, Hashable {
  /// Another writer has it.
  case busy(String)
  case file(String, reason: String)

  public var exitClass: ExitClass { .machine }

  public var description: String {
    switch self {
    case .busy(let path): "\(path) has another writer; end it first, or open a copy of the file"
    case .file(let path, let reason): "\(path): \(reason)"
    }
  }
}

/// A bank in a file of JSON Lines, one record a line, with one writer.
///
/// A write is on disk when it returns. A crash at any byte leaves the last whole operation: the rest of a line that was
/// being written is cut off at the next opening. A purge writes the file anew, and puts it in the place of the old one.
///
///     var file = try BankFile(at: url, budget: BankBudget(tokens: 4096))
///     try file.write([.add(content)], as: viewer, at: 1, because: "told", random: &random)
public struct BankFile: ~Copyable {
  /// What the file holds.
  public private(set) var bank: Bank
  private let path: String
  private let lock: Int32
  private var descriptor: Int32
  private let embedder: (any Embedder)?

  /// Opens a file, or makes an empty one.
  ///
  /// - Parameter budget: of a new bank; a file that is there has its own.
  /// - Throws: `BankFileError.busy` where another writer has it, `BankLogError` where it is no bank.
  public init(at url: URL, budget: BankBudget, embedder: (any Embedder)? = nil) throws {
    let path = url.path
    // Beside the file, because a purge puts another file in its place.
    let lock = open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
    guard lock >= 0 else { throw BankFileError.file(path, reason: String(cString: strerror(errno))) }
    guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      close(lock)
      throw BankFileError.busy(path)
    }
    do {
      if !FileManager.default.fileExists(atPath: path) {
        try Self.replace(path, with: Bank(budget: budget).jsonLines)
      }
      (bank, descriptor) = try Self.load(path, embedder: embedder)
    } catch {
      close(lock)
      throw error
    }
    self.path = path
    self.lock = lock
    self.embedder = embedder
  }

  deinit {
    close(descriptor)
    close(lock)
  }

  /// Does operations as `Bank.write`, and keeps them.
  ///
  /// - Throws: `BankFileError` where they cannot be kept; bank and file then are as they were before.
  @discardableResult
  public mutating func write(
    _ operations: [BankOperation], as viewer: BankViewer, at time: Double, because cause: String,
    forgetting: any Forgetting = OldestFirst(), random: inout SeededGenerator, knowing known: Int? = nil
  ) throws -> BankOutcome {
    let outcome = try bank.write(
      operations, as: viewer, at: time, because: cause, forgetting: forgetting, random: &random, knowing: known)
    guard !outcome.records.isEmpty else { return outcome }
    do {
      if outcome.records.contains(where: { $0.operation.kind == .purge }) {
        try Self.replace(path, with: bank.jsonLines)
        let opened = try Self.opened(path)
        close(descriptor)
        descriptor = opened
      } else {
        try append(outcome.records.reduce(into: Data()) { $0 += BankRecord.canonical($1) + Data("\n".utf8) })
      }
    } catch {
      // What is on disk is what is true.
      let (kept, opened) = try Self.load(path, embedder: embedder)
      close(descriptor)
      (bank, descriptor) = (kept, opened)
      throw error
    }
    return outcome
  }

  private func append(_ data: Data) throws(BankFileError) {
    let end = lseek(descriptor, 0, SEEK_END)
    var rest = data[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        let fault = BankFileError.file(path, reason: String(cString: strerror(errno)))
        _ = ftruncate(descriptor, end)
        throw fault
      }
      rest = rest.dropFirst(count)
    }
    guard fsync(descriptor) == 0 else { throw .file(path, reason: String(cString: strerror(errno))) }
  }

  /// Reads a file up to its last whole line, and cuts off what stands behind it.
  private static func load(_ path: String, embedder: (any Embedder)?) throws -> (Bank, Int32) {
    let data: Data
    do {
      data = try Data(contentsOf: URL(filePath: path))
    } catch {
      throw BankFileError.file(path, reason: error.systemReason)
    }
    let end = data.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    let bank = try Bank(jsonLines: String(decoding: data.prefix(end), as: UTF8.self), embedder: embedder)
    let descriptor = try opened(path)
    if end < data.count, ftruncate(descriptor, off_t(end)) != 0 || fsync(descriptor) != 0 {
      let fault = BankFileError.file(path, reason: String(cString: strerror(errno)))
      close(descriptor)
      throw fault
    }
    return (bank, descriptor)
  }

  private static func opened(_ path: String) throws(BankFileError) -> Int32 {
    let descriptor = open(path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { throw .file(path, reason: String(cString: strerror(errno))) }
    return descriptor
  }

  private static func replace(_ path: String, with text: String) throws(BankFileError) {
    do {
      try WholeFile.write(to: path) { try $0.write(Data(text.utf8)) }
    } catch let fault as FileFault {
      throw .file(path, reason: fault.reason)
    } catch {
      throw .file(path, reason: error.systemReason)
    }
  }
}
