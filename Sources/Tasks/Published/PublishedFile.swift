import Basics
import Foundation
import JSON
import Palimpsest

/// Finds the files of a benchmark below a path of the user's. Nothing is fetched.
enum PublishedFile {
  /// The file itself where the path is one; of a folder the first of the known names that is there.
  ///
  /// - Parameters:
  ///   - setting: the setting that gives the path, for messages.
  ///   - names: places below the folder.
  ///   - what: the benchmark, and where its files come from.
  /// - Throws: `SettingError.outOfRange` without a path, `QAError.unreadable` where nothing is found.
  static func find(_ path: String, setting: String, names: [String], what: String) throws -> String {
    guard !path.isEmpty else {
      throw SettingError.outOfRange(
        "task.\(setting)", found: "empty", why: "name the file or the folder of \(what), task.\(setting)=PATH")
    }
    guard isFolder(path) else { return path }
    for name in names where FileManager.default.fileExists(atPath: "\(path)/\(name)") { return "\(path)/\(name)" }
    throw QAError.unreadable(
      path, reason: "the folder has none of \(names.joined(separator: ", ")); name the file itself, or get \(what)")
  }

  static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
  }

  /// The files of a setting; none where it names a file itself, whose hash a run keeps anyway.
  static func files(_ setting: String, _ path: String, _ files: [String]) -> [FilesInFolder] {
    isFolder(path) ? [FilesInFolder(setting: setting, folder: path, files: files)] : []
  }
}

/// A string of a data file by its place: texts of a benchmark take gigabytes, and one is needed at a time.
struct StoredText: Sendable {
  var string: JSONString
  /// Equal texts have equal ones: questions about one text share a cluster.
  var cluster: String
}

extension DataFile {
  /// The text of a string of the file.
  func text(of stored: StoredText) -> String {
    withReader { $0.text(stored.string) }
  }

  /// Checks the string that comes next and keeps its place.
  func storedText(_ reader: inout JSONReader, _ field: RecordField) throws -> StoredText {
    try reader.demand(.string, field, "a string")
    let string = try reader.string()
    return StoredText(string: string, cluster: "text-" + String(format: "%016llx", fingerprint(of: string)))
  }

  /// Equal for equal bytes: FNV-1a over words of eight bytes, whose upper half is mixed into the lower one.
  private func fingerprint(of string: JSONString) -> UInt64 {
    data.withUnsafeBytes { bytes in
      let text = UnsafeRawBufferPointer(
        rebasing: bytes[(start + string.range.lowerBound)..<(start + string.range.upperBound)])
      var hash = FNV1a()
      var place = 0
      while place + 8 <= text.count {
        hash.mix(UInt64(littleEndian: text.loadUnaligned(fromByteOffset: place, as: UInt64.self)))
        hash.hash ^= hash.hash >> 32
        place += 8
      }
      for byte in text[place...] { hash.mix(byte) }
      return hash.hash
    }
  }
}

extension DataFile {
  /// A number as it is written, or a string.
  func written(_ reader: inout JSONReader, _ field: RecordField) throws -> String {
    switch reader.kind {
    case .string: return reader.text(try reader.string())
    case .number:
      let range = try reader.number()
      return String(decoding: data[(data.startIndex + start + range.lowerBound)...].prefix(range.count), as: UTF8.self)
    default: throw reader.unfit(field, "a string or a number")
    }
  }

  /// One such value, or a list of them; a list in a list stands for its elements.
  func allWritten(_ reader: inout JSONReader, _ field: RecordField, isInside: Bool = false) throws -> [String] {
    guard reader.kind == .list else { return [try written(&reader, field)] }
    return try reader.list(of: field) { reader, field in
      reader.kind == .list && !isInside
        ? try allWritten(&reader, field, isInside: true) : [try written(&reader, field)]
    }.flatMap { $0 }
  }
}

/// Questions of a file that are drawn and made one by one.
struct StoredItems<Item: Sendable>: Sendable {
  var items: [Item] = []
  private var ids: Set<String> = []

  /// - Throws: `QAError.repeatedID`.
  mutating func add(_ item: Item, id: String, of file: String) throws {
    guard ids.insert(id).inserted else { throw QAError.repeatedID(file, id: id) }
    items.append(item)
  }

  /// - Parameter cluster: the text of an item.
  func questions(
    seed: UInt64, limit: Int?, cluster: (Item) -> String, _ question: @escaping @Sendable (Item) -> Question
  ) -> any Sequence<Question> {
    evenSample(of: items.map(cluster), limit: limit ?? .max, seed: seed).map { items[$0] }.lazy.map(question)
  }
}
