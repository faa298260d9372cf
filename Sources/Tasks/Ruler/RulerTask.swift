import Palimpsest

/// The thirteen tasks of RULER with its own rules: what is hidden, among what, how often, and how long.
///
/// A length is the tokens of RULER's prompt and of the reply, by the run's tokenizer. As in RULER the number of units
/// of filler (lines, words, documents) is searched once and used for every sample; a sample that is too long is drawn
/// again with fewer, from the same random numbers. Samples equal RULER's in distribution: they derive from our own random numbers, and sentences of
/// essays are cut by our rules, not by Punkt.
///
/// RULER's essays and word lists are not shipped: without `essay` the hay is generated prose, without `words` the
/// words are short lists of our own and generated ones. The trait `hay` says which; only samples with RULER's own files
/// are comparable with published scores.
///
/// As a `ReadingTask` the context is the text and the question stands alone; `samples` and `RulerRecord` give the prompts.
///
/// Traits: `variety`, `length`, `hay`, `depth` (percent of the text before the first evidence), `match`: `all` or `any`.
public struct RulerTask: ReadingTask {
  /// The task, its length and its files.
  public struct Settings: Codable, Sendable {
    /// Which of the thirteen.
    public var variety = RulerKind.nIAHSingle1
    /// Tokens of prompt and reply together.
    public var tokens = 4096
    /// Samples.
    public var count = 500
    /// Tokens kept free for a chat template; part of the length.
    public var templateTokens = 0
    /// The text around needles where RULER has essays: a text file, or JSON with the key `text`.
    public var essay = ""
    /// A folder with `nounlist.txt`, `adjectivelist.txt` and `verblist.txt`, one word a line.
    public var words = ""
    /// SQuAD's JSON for `qa_1`, HotpotQA's for `qa_2`.
    public var file = ""

    /// 500 samples of one needle in 4,096 tokens by default, as in RULER.
    public init(
      variety: RulerKind = .nIAHSingle1, tokens: Int = 4096, count: Int = 500, templateTokens: Int = 0,
      essay: String = "",
      words: String = "", file: String = ""
    ) {
      self.variety = variety
      self.tokens = tokens
      self.count = count
      self.templateTokens = templateTokens
      self.essay = essay
      self.words = words
      self.file = file
    }
  }

  /// Checked when samples are made.
  public var settings: Settings
  /// Counts `settings.tokens`.
  public var tokenizer: any Tokenizer

  /// Settings are checked when samples are made.
  public init(_ settings: Settings, tokenizer: any Tokenizer = WordTokenizer()) {
    self.settings = settings
    self.tokenizer = tokenizer
  }

  /// The samples of a seed, made one by one.
  ///
  /// - Throws: `SettingError` where the length leaves no room for the task, or a file that it needs is not named;
  ///   `TextError` and `QAError` for files that cannot be read or are not what they should be.
  public func samples(seed: UInt64, limit: Int? = nil) throws -> RulerSamples {
    let family = try self.family(seed: seed)
    let count = min(settings.count, limit ?? .max)
    if let exist = family.count, count > exist {
      throw SettingError.outOfRange(
        "task.count", found: "\(settings.count)",
        why: "\(settings.file) has \(exist) questions; ask for at most as many")
    }
    return try RulerSamples(family, settings: settings, tokenizer: tokenizer, seed: seed, count: count)
  }

  /// The lists of words, and the essays.
  public func filesInFolders() throws -> [FilesInFolder] {
    let essays = PublishedFile.isFolder(settings.essay) ? try Documents(settings.essay).files : []
    return WordList.files(in: settings.words) + PublishedFile.files("essay", settings.essay, essays)
  }

  /// The same samples as questions about their contexts.
  public func questions(seed: UInt64) throws -> any Sequence<Question> { try questions(seed: seed, limit: nil) }

  /// The first questions: each sample derives from the seed and its number alone.
  public func questions(seed: UInt64, limit: Int?) throws -> any Sequence<Question> {
    let samples = try samples(seed: seed, limit: limit)
    let (settings, hay) = (settings, samples.hay)
    return samples.lazy.map { sample in
      let depth = sample.evidence.first.map { 100 * $0.lowerBound / max(1, sample.context.utf8.count) }
      return Question(
        id: "ruler-\(settings.variety.rawValue)-\(sample.index)-\(settings.tokens)", ask: sample.ask,
        answers: sample.outputs,
        evidence: sample.evidence, causalEvidence: sample.evidence, cluster: sample.cluster,
        traits: [
          "variety": settings.variety.rawValue, "length": "\(settings.tokens)", "hay": hay,
          "match": settings.variety.needsAnyGold ? "any" : "all",
        ].merging(depth.map { ["depth": "\($0)"] } ?? [:]) { $1 },
        source: .text(sample.context))
    }
  }

  private func family(seed: UInt64) throws -> any RulerFamily {
    switch settings.variety {
    case .variables: VariableChains(tokens: settings.tokens, tokenizer: tokenizer, seed: seed)
    case .commonWords: try CommonWords(tokens: settings.tokens, words: settings.words, seed: seed)
    case .frequentWords: try FrequentWords(tokens: settings.tokens, seed: seed)
    case .squad, .hotpot: try RulerDocuments(settings.variety, file: settings.file, seed: seed)
    default: try RulerNeedles(settings, seed: seed)
    }
  }
}

/// What is particular to a task: how a sample of a size is drawn.
protocol RulerFamily: Sendable {
  /// By how many units a sample that is too long is shortened.
  var step: Int { get }
  /// The least units of filler.
  var least: Int { get }
  /// What the filler is, for the trait `hay`.
  var hay: String { get }
  /// How many samples there are; nil for any number.
  var count: Int? { get }
  /// The size of all samples.
  ///
  /// - Parameters:
  ///   - budget: tokens of a prompt.
  ///   - tokens: of the prompt of a size.
  func fitted(to budget: Int, tokens: (Int) -> Int) -> Int?
  /// A sample with so many units of filler.
  func sample(_ index: Int, size: Int, using generator: inout SeededGenerator) -> RulerSample
}

extension RulerFamily {
  var count: Int? { nil }
  var least: Int { step }

  /// The largest size that fits: one unit more would not. The search is bounded for any text.
  func fitted(to budget: Int, tokens: (Int) -> Int) -> Int? {
    let first = tokens(least)
    guard first <= budget else { return nil }
    return largestSize(within: budget, from: least, hint: least * budget / max(1, first), tokens: tokens)
  }
}

/// The samples of a task, in order.
public struct RulerSamples: Sequence, Sendable {
  /// What the filler of the samples is: `noise`, `needles`, `essay FILE`, `generated`, ….
  public let hay: String
  /// Units of filler in every sample that is not too long.
  public let size: Int
  private let family: any RulerFamily
  private let settings: RulerTask.Settings
  private let tokenizer: any Tokenizer
  private let seed: UInt64
  private let count: Int
  private let budget: Int

  init(
    _ family: any RulerFamily, settings: RulerTask.Settings, tokenizer: any Tokenizer, seed: UInt64, count: Int
  ) throws {
    self.family = family
    self.settings = settings
    self.tokenizer = tokenizer
    self.seed = seed
    self.count = count
    hay = family.hay
    let budget = settings.tokens - settings.variety.tokensToGenerate - settings.templateTokens
    self.budget = budget
    func tokens(of size: Int) -> Int {
      var generator = SeededGenerator(seed: seed, session: settings.variety.rawValue, purpose: "ruler.fit")
      return tokenizer.count(family.sample(0, size: size, using: &generator).prompt)
    }
    func tooShort(_ least: Int, _ what: String) -> SettingError {
      .outOfRange(
        "task.tokens", found: "\(settings.tokens)",
        why: "\(what) needs at least \(least + settings.tokens - budget) with this tokenizer, reply included")
    }
    guard let size = family.fitted(to: budget, tokens: tokens) else {
      throw tooShort(tokens(of: family.least), settings.variety.rawValue)
    }
    self.size = size
    // RULER would shorten such a sample for ever. The shortest ones are small, so all are looked at beforehand.
    for index in 0..<count {
      let least = tokenizer.count(sample(index, of: family.least).prompt)
      guard least <= budget else { throw tooShort(least, "sample \(index) of \(settings.variety.rawValue)") }
    }
  }

  private func sample(_ index: Int, of size: Int) -> RulerSample {
    var generator = SeededGenerator(
      seed: seed, session: "\(settings.variety.rawValue)-\(index)", purpose: "ruler.draw")
    return family.sample(index, size: size, using: &generator)
  }

  /// A sample by its number, shortened until it fits.
  private func fitting(_ index: Int) -> RulerSample {
    var size = size
    while true {
      let sample = sample(index, of: size)
      if size == family.least || tokenizer.count(sample.prompt) <= budget { return sample }
      size = Swift.max(size - family.step, family.least)
    }
  }

  /// Makes the samples one after the other.
  public func makeIterator() -> AnyIterator<RulerSample> {
    var index = 0
    return AnyIterator {
      guard index < count else { return nil }
      defer { index += 1 }
      return fitting(index)
    }
  }
}
