import JSON

/// Fields of a configuration file, each asked for by name; nil where it is missing or null.
extension JSONNode {
  /// No published configuration has a tenth of it.
  private static let largest = 1 << 20

  /// The table that a file holds.
  init(configuration file: String) throws {
    let held = try HeldBytes(mapping: file)
    guard held.count <= Self.largest else {
      throw CheckpointError.unreadable(
        file: file, reason: "it has \(held.count) bytes and a configuration at most \(Self.largest)")
    }
    self.init(try JSONText(held.withBytes(Array.init), file: file))
    _ = try rawMembers()
  }

  func fault(_ key: String, expected: String) throws -> JSONFault { try at(key).fails(expected) }

  func has(_ key: String) throws -> Bool { try at(key).present != nil }

  func inner(_ key: String) throws -> JSONNode? {
    let inner = try at(key).present
    _ = try inner?.rawMembers()
    return inner
  }

  func text(_ key: String) throws -> String? { try at(key).present?.string() }

  func bool(_ key: String) throws -> Bool? { try at(key).present?.bool() }

  func whole(_ key: String, in range: ClosedRange<Int>) throws -> Int? { try at(key).present?.whole(in: range) }

  func needed(_ key: String, in range: ClosedRange<Int>) throws -> Int { try at(key).whole(in: range) }

  func real(_ key: String, in range: ClosedRange<Double>) throws -> Double? { try at(key).present?.real(in: range) }

  func texts(_ key: String) throws -> [String]? { try at(key).present?.list().map { try $0.string() } }

  /// One token id or a list of them.
  func tokens(_ key: String) throws -> [Int] {
    guard let node = try at(key).present else { return [] }
    let nodes = if case .list = node.value { try node.list() } else { [node] }
    return try nodes.map { node in
      guard let id = node.text.whole(node.value), (0..<ModelConfiguration.most).contains(id) else {
        throw node.fails("a token id or a list of them")
      }
      return id
    }
  }
}
