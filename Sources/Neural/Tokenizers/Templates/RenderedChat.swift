import JSON

/// A conversation as tokens.
public struct RenderedChat: Sendable, Hashable {
  /// Token ids of the whole conversation, up to where the reply begins.
  public var ids: [Int]
  /// For each gap of the messages, in order, the index of the id behind it.
  public var gaps: [Int]
  /// Warnings, such as two begin-of-text tokens.
  public var warnings: [String]
  /// Bytes of the conversation that have no token in the vocabulary.
  public var lostBytes: Int

  /// Without gaps the messages hold nothing but text.
  public init(ids: [Int], gaps: [Int] = [], warnings: [String] = [], lostBytes: Int = 0) {
    self.ids = ids
    self.gaps = gaps
    self.warnings = warnings
    self.lostBytes = lostBytes
  }

  /// The warning for a chat behind the tokens that a tokenizer's files put before every text (`opening`): the
  /// chat may begin with them already. A rendered chat is complete; this check is for callers that open all
  /// prompts alike.
  ///
  /// - Returns: the warning; nil where no token stands twice.
  public func warning(behindOpeningOf tokenizer: BytePairTokenizer) -> String? {
    guard let opening = tokenizer.opening.last, ids.first == opening else { return nil }
    return Self.twice(opening, in: tokenizer)
  }

  static func twice(_ id: Int, in tokenizer: BytePairTokenizer) -> String {
    let token = tokenizer.bytes(of: id).map { String(decoding: $0, as: UTF8.self) } ?? ""
    return "the prompt begins with two begin-of-text tokens (\(id), \(shown(token))); models are trained with one"
  }
}
