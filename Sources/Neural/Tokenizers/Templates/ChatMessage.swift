/// One turn of a conversation.
public struct ChatMessage: Sendable, Hashable {
  /// The speaker of a turn.
  public enum Role: String, Sendable, Codable { case system, user, assistant }
  /// The speaker.
  public var role: Role
  /// Foreign text: all of it becomes plain text tokens. Between two pieces is a gap for content that
  /// is not text.
  public var pieces: [String]

  /// The text without its gaps.
  public var content: String { pieces.joined() }

  /// A turn without gaps.
  public init(_ role: Role, _ content: String) { self.init(role, pieces: [content]) }

  /// A turn with a gap between each two pieces.
  public init(_ role: Role, pieces: [String]) {
    self.role = role
    self.pieces = pieces
  }
}
