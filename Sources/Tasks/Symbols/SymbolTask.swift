import Palimpsest

/// Questions over texts of a language of 222 words: what a model of a hundred thousand parameters can learn to
/// remember, in texts of any length.
///
/// - `hopchain`: `seek e₀ r₁ … r_h ?` follows h facts `fact e_{k−1} r_k e_k .`; the answer is e_h.
/// - `key`: one needle among noise and needles of other keys.
/// - `multi`: all values of a key; every one is an answer, and reading must not stop early.
/// - `revise`: a key is written several times, and the last value counts; reading must not stop early.
/// - `chainvar`: variables that get each other's value; all variables that have a given value.
/// - `freq`: the three most frequent words besides `blah`.
///
/// Distractors: facts of the same head in another relation, of another head in the same relation, a decoy chain
/// along the same relations from another start, facts at random, noise, and where asked for a sentence that names the
/// answer in a useless fact. What the question asks for is unique by construction.
///
/// The words of the answer never stand in the question. Items depend on seed and number alone: the same question
/// is asked at every length, in every order and place. A text is made sentence by sentence when it is read, so
/// its length costs no memory. Gold triples of the splits are disjoint; an item of `freq` has no triples, and its
/// splits draw other items.
///
/// Our own generator, after HOPCHAIN of the project's miniature of MemAgent (arXiv:2507.02259); `key` and `multi` are
/// RULER's needles, `chainvar` its variable tracking, `freq` its frequent words (arXiv:2404.06654). Traits:
/// `variety`, `links`, `order`, `placement`, `chunks`, `split`, and `answers` (`one` or `all`).
public struct SymbolTask: ReadingTask {
  /// The kinds of questions.
  public enum Variety: String, Choice { case hopchain, key, multi, revise, chainvar, freq }

  /// Length, facts and distractors of the items; all have defaults.
  public struct Settings: Codable, Sendable, Hashable {
    /// The kind of questions.
    public var variety = Variety.hopchain
    /// Hops of a chain, values of a key, writes of a key, variables of a chain; 1...3. `key` and `freq` ignore it.
    public var links = 1
    /// The order in which the links stand in the text; the writes of `revise` are always in order.
    public var order = LedgerTask.Order.forward
    /// The part of the text in which they stand.
    public var placement = Placement.uniform
    /// Chunks of a text.
    public var chunks = 6
    /// Sentences of a chunk, of five tokens each.
    public var sentences = 16
    /// Questions, each with a text of its own.
    public var count = 32
    /// Share of sentences that are facts and not noise, 0...1.
    public var density = 0.5
    /// Whether one sentence names the answer in a useless fact.
    public var bait = false
    /// The part of all possible triples that gold facts are of.
    public var split = LedgerTask.Split.all

    /// 32 chains of one hop over six chunks of 80 tokens by default.
    public init() {}
  }

  /// Checked when the task is made.
  public let settings: Settings

  /// - Precondition: settings in the ranges their comments give, and room for the links and the bait.
  public init(_ settings: Settings) {
    precondition(
      (1...3).contains(settings.links) && settings.chunks > 0 && settings.sentences > 0
        && (0...1).contains(settings.density) && settings.chunks * settings.sentences > 4,
      "\(settings.links) links in \(settings.chunks) chunks of \(settings.sentences) sentences, density "
        + "\(settings.density)")
    self.settings = settings
  }

  /// Deterministic and lazy: a question is made when it is reached.
  public func questions(seed: UInt64) -> any Sequence<Question> { questions(seed: seed, limit: nil) }

  /// The first ones: questions derive from the seed and their number.
  public func questions(seed: UInt64, limit: Int?) -> any Sequence<Question> {
    items(min(settings.count, limit ?? .max)) { item($0, seed: seed).question }
  }

  /// The item of a number, for trainers that read token ids; there is one for every number.
  public func item(_ index: Int, seed: UInt64) -> SymbolItem { SymbolItem(index, settings, seed: seed) }
}

/// A task without the questions that a reader answers without the text.
///
/// Source: the filter of MemAgent's training data (arXiv:2507.02259, §4.1), whose code drops a question if
/// any of four answers without context is right.
public struct ProbedTask<Base: ReadingTask>: ReadingTask {
  /// Whose questions are filtered.
  public var base: Base
  /// Whether a question is answered without its text.
  public var isAnswered: @Sendable (Question) throws -> Bool

  /// - Parameter isAnswered: asks a model that sees the question alone; called when a question is reached.
  public init(_ base: Base, without isAnswered: @escaping @Sendable (Question) throws -> Bool) {
    self.base = base
    self.isAnswered = isAnswered
  }

  /// The remaining questions, in their order.
  public func questions(seed: UInt64) throws -> any Sequence<Question> {
    func remaining(_ questions: some Sequence<Question>) throws -> [Question] {
      try questions.filter { try !isAnswered($0) }
    }
    return try remaining(base.questions(seed: seed))
  }
}
