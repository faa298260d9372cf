import Palimpsest

/// Questions such as `Who is the doctor of the mentor of Ada Brook?`: facts about people in natural
/// sentences, scattered over a text of any length, among sentences that could mislead.
///
/// - The question follows `hops` facts; each stands in one sentence of its own, in forward, reverse
///   or random order. In reverse order, a reader that goes forward only cannot recognise a later
///   hop when it meets it: `evidence` has all facts, `causalEvidence` those that such a reader can
///   recognise.
/// - `revisions`: facts of the chain that were stated differently before; the last statement
///   counts.
/// - `distractors`: sentences about the same people in other relations and about other people in
///   the same relations. `decoys`: whole chains along the same relations from another start.
///   `bait`: a sentence that names the answer and says nothing about the question.
///
/// The answer is unique by construction and follows from the evidence alone; no item can be answered
/// from its question. Items depend only on seed and number, and the gold triples of the splits are
/// disjoint.
///
/// Our own generator. Traits: `hops`, `order`, `placement`, `revisions`, `answer` (person, town or
/// year).
public struct LedgerTask: ReadingTask {
  /// The order in which the facts of the chain stand in the text.
  public enum Order: String, Choice { case forward, reverse, random }
  /// Disjoint parts of all possible facts, for training and testing.
  public enum Split: String, Choice { case all, train, dev, test }

  /// Length, chain and misleading facts of the items; all have defaults.
  public struct Settings: Codable, Sendable {
    /// Facts to follow, 1...4; 0 uses each number in turn.
    public var hops = 2
    /// The order in which the facts of the chain stand in the text.
    public var order = Order.random
    /// The part of the text in which the facts stand.
    public var placement = Placement.uniform
    /// Tokens of a text.
    public var tokens = 16_384
    /// Questions, each with a text of its own.
    public var count = 32
    /// Facts of the chain that were stated differently before, 0...hops.
    public var revisions = 0
    /// Misleading sentences of either kind.
    public var distractors = 8
    /// Misleading chains.
    public var decoys = 1
    /// Whether one sentence names the answer in passing.
    public var bait = false
    /// Tokens of a stretch for the placement `onePerChunk`: the reader's chunk size.
    public var chunk = 1024
    /// The part of all possible facts that items use.
    public var split = Split.all

    /// 32 texts of 16,384 tokens with chains of two facts by default.
    public init() {}
  }

  /// Checked when the task is made.
  public var settings: Settings
  /// Counts `settings.tokens`.
  public var tokenizer: any Tokenizer

  /// - Precondition: settings in the ranges their comments give.
  public init(_ settings: Settings, tokenizer: any Tokenizer = WordTokenizer()) {
    precondition(
      (0...4).contains(settings.hops) && settings.revisions >= 0 && settings.distractors >= 0
        && settings.decoys >= 0 && settings.chunk > 0,
      "a ledger of \(settings.hops) hops, \(settings.revisions) revisions, \(settings.distractors) "
        + "distractors, \(settings.decoys) decoys, chunks of \(settings.chunk)")
    self.settings = settings
    self.tokenizer = tokenizer
  }

  /// - Throws: `SettingError` where the length leaves no room for the facts.
  public func questions(seed: UInt64) throws -> any Sequence<Question> { try questions(seed: seed, limit: nil) }

  /// The first ones: questions derive from the seed and their number, and each has a text of its own.
  public func questions(seed: UInt64, limit: Int?) throws -> any Sequence<Question> {
    for index in 0..<min(settings.count, 4) {
      let least = 2 * LedgerItem(index, settings, seed: seed).cost(by: tokenizer)
      guard settings.tokens >= least else {
        throw SettingError.outOfRange(
          "task.tokens", found: "\(settings.tokens)",
          why: "that leaves no room for the facts of an item and as much text around them; "
            + "give \(least) or more, or fewer distractors and decoys")
      }
    }
    return items(min(settings.count, limit ?? .max)) { [self] index in
      LedgerItem(index, settings, seed: seed).question(tokenizer)
    }
  }
}
