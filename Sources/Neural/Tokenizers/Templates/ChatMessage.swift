/// One turn of a conversation.
public struct ChatMessage: Sendable, Codable, Hashable {
  public enum Role: String, Sendable, Codable { case system, user, assistant }
  public var role: Role
  /// Foreign text: whatever stands in it becomes plain text tokens.
  public var content: String

  public init(_ role: Role, _ content: String) {
    self.role = role
    self.content = content
  }
}
