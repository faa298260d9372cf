/// One turn of a conversation.
public struct ChatMessage: Sendable, Hashable {
  public enum Role: String, Sendable, Codable { case system, user, assistant }
  public var role: Role
  /// Foreign text: whatever stands in it becomes plain text tokens. Between two pieces is a gap, into
  /// which something that is not text will be put.
  public var pieces: [String]

  /// The text without its gaps.
  public var content: String { pieces.joined() }

  public init(_ role: Role, _ content: String) { self.init(role, pieces: [content]) }

  public init(_ role: Role, pieces: [String]) {
    self.role = role
    self.pieces = pieces
  }
}
