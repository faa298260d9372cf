/// The answer to a question, and what the memory gave to answer from.
public struct Answer: Sendable, Codable {
  /// The last call: the question, the recollection, the policy's reply.
  public var exchange: Exchange
  /// Calls that the memory made to recall; they came before.
  public var recalls: [Exchange]
  /// The recollection as text; nil where it had none. For a page it is the page, for a memory that holds
  /// more than it recalls, what it chose.
  public var recollection: String?
  /// The slots that the recollection was made of.
  public var used: [Slot.ID]

  public init(
    _ exchange: Exchange, recalls: [Exchange] = [], recollection: String? = nil, used: [Slot.ID] = []
  ) {
    self.exchange = exchange
    self.recalls = recalls
    self.recollection = recollection
    self.used = used
  }

  public var prompt: Prompt { exchange.prompt }
  public var reply: Reply { exchange.reply }
}
