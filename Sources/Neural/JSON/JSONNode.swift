/// A value of a document together with its key, so that every error about a wrong value names the key.
///
///     let node = JSONNode(try JSONText(bytes, file: "config.json"))
///     let width = try node.at("hidden_size").whole(in: 1...65_536)
///     let base = try node.at("rope_theta").present?.real(in: 1...1e12) ?? 10_000
///
/// - Throws: `JSONFault.unexpected` where the value is of another kind.
public struct JSONNode: Sendable {
  /// The document it is a part of.
  public let text: JSONText
  /// The keys on the way to it, joined by full stops; empty for the document.
  public let key: String
  /// Nil where the table has no such key.
  public let value: JSONText.Value?

  /// The document's root.
  public init(_ text: JSONText) {
    self.init(text: text, key: "", value: text.root)
  }

  private init(text: JSONText, key: String, value: JSONText.Value?) {
    self.text = text
    self.key = key
    self.value = value
  }

  /// The error for a value of the wrong kind.
  public func fails(_ expected: String) -> JSONFault {
    .unexpected(
      file: text.file, key: key.isEmpty ? "the document" : key, expected: expected, found: text.words(value))
  }

  /// Whether there is nothing here: the key is missing, or its value is null.
  public var isAbsent: Bool {
    switch value {
    case nil, .null: true
    default: false
    }
  }

  /// Itself, if there is something here.
  public var present: JSONNode? { isAbsent ? nil : self }

  private func child(_ name: String, _ value: JSONText.Value?) -> JSONNode {
    JSONNode(text: text, key: key.isEmpty ? name : "\(key).\(name)", value: value)
  }

  // MARK: Tables and lists

  /// The value of a name; absent where the table does not have the name.
  ///
  /// - Throws: where this is no table.
  public func at(_ name: String) throws -> JSONNode {
    child(name, try rawMembers().first { text.isEqual($0.key, name) }?.value)
  }

  /// The members of a table, in their order.
  public func members() throws -> [(name: String, node: JSONNode)] {
    try rawMembers().map { member in
      let name = text.text(member.key)
      return (name, child(name, member.value))
    }
  }

  /// Keys and values in the order of the file.
  /// - Throws: where the value is not a table.
  public func rawMembers() throws -> [JSONText.Member] {
    guard case .table(let members)? = value else { throw fails("a table") }
    return members
  }

  /// - Throws: where the value is not a list.
  public func list() throws -> [JSONNode] {
    try rawList().enumerated().map { child("\($0.offset)", $0.element) }
  }

  /// The values alone, for long lists.
  /// - Throws: where the value is not a list.
  public func rawList() throws -> [JSONText.Value] {
    guard case .list(let list)? = value else { throw fails("a list") }
    return list
  }

  /// - Throws: where the table has a key besides these: it might change the meaning of the others.
  public func allows(only names: Set<String>) throws {
    for (name, node) in try members() where !names.contains(name) {
      throw node.fails("absent, since it is not known here (known: \(names.sorted().joined(separator: ", ")))")
    }
  }

  // MARK: Single values

  /// - Throws: where the value is not a string.
  public func string() throws -> String {
    guard case .string(let string)? = value else { throw fails("a string") }
    return text.text(string)
  }

  /// - Throws: where the value is not `true` or `false`.
  public func bool() throws -> Bool {
    guard case .bool(let bool)? = value else { throw fails("true or false") }
    return bool
  }

  /// - Parameter fallback: the value where there is none.
  public func bool(or fallback: Bool) throws -> Bool { try present?.bool() ?? fallback }

  /// A whole number, which may be written as 1.0 or 1e3 too.
  public func whole(in range: ClosedRange<Int>) throws -> Int {
    guard let whole = text.whole(value) ?? text.real(value).flatMap(Int.init(exactly:)), range.contains(whole) else {
      throw fails("a whole number in \(range.lowerBound)...\(range.upperBound)")
    }
    return whole
  }

  /// - Throws: where the value is not a number in the range.
  public func real(in range: ClosedRange<Double>) throws -> Double {
    guard let real = text.real(value), range.contains(real) else {
      throw fails("a number in \(range.lowerBound)...\(range.upperBound)")
    }
    return real
  }
}
