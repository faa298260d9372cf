/// The answer to a question, and the recollection it was made from.
public struct Answer: Sendable, Codable {
  /// The last call: the question, the recollection, the policy's reply.
  public var exchange: Exchange
  /// Calls that the memory made to recall, before the last call.
  public var recalls: [Exchange]
  /// The recollection as text; nil where it had no text. For a page it is the page; for a memory that
  /// holds more than it recalls, it is the recalled part.
  public var recollection: String?
  /// The slots that the recollection was made of.
  public var used: [Slot.ID]

  /// Without recalls the memory made no call for the answer.
  public init(
    _ exchange: Exchange, recalls: [Exchange] = [], recollection: String? = nil, used: [Slot.ID] = []
  ) {
    self.exchange = exchange
    self.recalls = recalls
    self.recollection = recollection
    self.used = used
  }

  /// The prompt of the last call.
  public var prompt: Prompt { exchange.prompt }
  /// The reply that holds the answer.
  public var reply: Reply { exchange.reply }
}
