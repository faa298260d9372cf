import JSON

/// What a tokenizer's files may hold at most. Each is several times what any published one has.
enum Limits {
  static let fileBytes = 256 << 20
  static let ids = 1 << 24
  static let tokenBytes = 8192
  static let addedTokens = 1 << 16
  static let missingBytes = 128
}

extension JSONNode {
  /// A token's id: not negative, below `Limits.ids`.
  func id() throws -> Int {
    guard let id = text.id(value) else { throw fails("an id from 0 to \(Limits.ids - 1)") }
    return id
  }
}

extension JSONText {
  func id(_ value: Value?) -> Int? { whole(value).flatMap { 0..<Limits.ids ~= $0 ? $0 : nil } }
}

/// What is read from JSON, with errors of this room.
func reading<Result>(_ body: () throws -> Result) throws -> Result {
  do { return try body() } catch let fault as JSONFault { throw TokenizerError(fault) }
}
