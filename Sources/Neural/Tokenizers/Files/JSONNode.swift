/// A value of a JSON document together with where it stands, so that every question that a file
/// answers wrongly ends in an error that names the key.
struct JSONNode {
  let text: JSONText
  let key: String
  let value: JSONText.Value?

  init(_ text: JSONText) {
    self.init(text: text, key: "", value: text.root)
  }

  private init(text: JSONText, key: String, value: JSONText.Value?) {
    self.text = text
    self.key = key
    self.value = value
  }

  func fails(_ expected: String) -> TokenizerError {
    .unexpected(
      file: text.file, key: key.isEmpty ? "the document" : key, expected: expected, found: shortened(text.words(value)))
  }

  /// Whether there is nothing here: the key is missing, or its value is null.
  var isAbsent: Bool {
    switch value {
    case nil, .null: true
    default: false
    }
  }

  private func child(_ name: String, _ value: JSONText.Value?) -> JSONNode {
    JSONNode(text: text, key: key.isEmpty ? name : "\(key).\(name)", value: value)
  }

  /// The members of a table, in their order.
  func members() throws -> [(name: String, node: JSONNode)] {
    try rawMembers().map { member in
      let name = text.string(member.key)
      return (name, child(name, member.value))
    }
  }

  func rawMembers() throws -> [JSONText.Member] {
    guard case .table(let members) = value else { throw fails("a table") }
    return members
  }

  /// What stands at a name; absent where the table does not have it.
  ///
  /// - Throws: where this is no table.
  func at(_ name: String) throws -> JSONNode {
    let wanted = Array(name.utf8)
    return child(name, try rawMembers().first { text.text($0.key) == wanted }?.value)
  }

  func rawList() throws -> [JSONText.Value] {
    guard case .list(let list) = value else { throw fails("a list") }
    return list
  }

  func list() throws -> [JSONNode] {
    try rawList().enumerated().map { child("\($0.offset)", $0.element) }
  }

  func string() throws -> String {
    guard case .string(let quoted) = value else { throw fails("a string") }
    return text.string(quoted)
  }

  func bool() throws -> Bool {
    guard case .bool(let bool) = value else { throw fails("true or false") }
    return bool
  }

  /// - Parameter fallback: the value where there is none.
  func bool(or fallback: Bool) throws -> Bool { isAbsent ? fallback : try bool() }

  /// A token's id: not negative, below `Limits.ids`.
  func id() throws -> Int {
    guard let id = Self.id(value, in: text) else { throw fails("an id from 0 to \(Limits.ids - 1)") }
    return id
  }

  static func id(_ value: JSONText.Value?, in text: JSONText) -> Int? {
    guard case .number(let range) = value, let id = Int(String(decoding: text.bytes[range], as: UTF8.self)),
      0..<Limits.ids ~= id
    else { return nil }
    return id
  }

  /// - Throws: where the table has a key besides these: it might change what the others mean.
  func allows(only names: Set<String>) throws {
    for (name, node) in try members() where !names.contains(name) {
      throw node.fails("absent, since it is not known here (known: \(names.sorted().joined(separator: ", ")))")
    }
  }
}

/// What a tokenizer's files may hold at most. Each is several times what any published one has.
enum Limits {
  static let fileBytes = 256 << 20
  static let ids = 1 << 24
  static let tokenBytes = 8192
  static let addedTokens = 1 << 16
}
