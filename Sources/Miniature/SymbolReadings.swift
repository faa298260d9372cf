import Learning
import Palimpsest
import Statistics
import Tasks
import Tensors
import Transformers

/// Reads items of a `SymbolTask` with a model, side by side: each chunk rewrites the page, and the answer is given from
/// the last page alone.
///
/// Random numbers derive from the seed and the identity of each call, so rollouts of one question differ and a round
/// can be repeated.
public struct SymbolReadings<Model: Backbone>: Sendable {
  /// Who reads.
  public var model: Model
  /// How prompts are laid out.
  public var prompts = SymbolPrompts()
  /// How tokens are chosen; temperature 1 for rollouts, greedy for judging.
  public var choice: TokenChoice
  /// Readings at the same time.
  public var width = 128

  /// - Parameter choice: greedy unless told otherwise.
  public init(_ model: Model, choice: TokenChoice = .greedy) {
    self.model = model
    self.choice = choice
  }

  /// One finished reading.
  public struct Reading: Sendable, Hashable {
    /// Whether the answer is that of the item: the end of a chain, whose links are written before it; of several answers
    /// all, in any order.
    public var isRight: Bool
    /// The last page.
    public var page: [Int]
    /// Its conversations, for learning.
    public var samples: [TrainingSample]
  }

  /// Reads items; all have the same number of chunks.
  ///
  /// - Parameter ids: question and rollout of each reading, none twice.
  public func read(_ items: [SymbolItem], as ids: [CallID], seed: UInt64) -> [Reading] {
    precondition(items.count == ids.count, "\(items.count) items with \(ids.count) identities")
    guard let chunks = items.first?.settings.chunks else { return [] }
    precondition(items.allSatisfy { $0.settings.chunks == chunks }, "items of different lengths")
    var pages = items.map { _ in [Int]() }
    var samples = items.map { _ in [TrainingSample]() }
    // One batch for all chunks: its cache grows once.
    var batch = Batch(model, width: width)
    func turn(_ read: [[Int]], _ step: Int, _ purpose: CallID.Purpose, _ limits: [Int]) -> [[Int]] {
      let calls = ids.map { CallID(question: $0.question, rollout: $0.rollout, step: step, purpose: purpose) }
      let requests = read.indices.map { index in
        GenerationRequest(
          Passage(read[index]), limit: limits[index], choice: choice, ends: [Mark.end.rawValue],
          random: calls[index].random(seed: seed, for: "tokens"))
      }
      let written = batch.continuations(of: requests)
      for (index, one) in written.enumerated() {
        samples[index].append(
          TrainingSample(
            call: calls[index], prompt: read[index], tokens: one.tokens, mask: one.tokens.map { _ in true },
            logProbabilities: one.logProbabilities))
      }
      return written.map(\.tokens)
    }
    for step in 0..<chunks {
      let read = items.indices.map { prompts.update(items[$0].query, page: pages[$0], chunk: items[$0].chunk(step)) }
      pages = turn(read, step, .draft, read.map { _ in prompts.updateLimit }).map { prompts.page(of: $0) }
    }
    let read = items.indices.map { prompts.answer(items[$0].query, page: pages[$0]) }
    let answers = turn(read, chunks, .answer, items.map(\.reply.count))
    return items.indices.map { index in
      Reading(
        isRight: items[index].isRight(answers[index]), page: pages[index], samples: samples[index])
    }
  }

  /// The groups of a round: some items, each read several times. The reward is 1 for the right answer, less a price for
  /// each token of the last page.
  ///
  /// - Parameters:
  ///   - round: its items are the next ones of the task, and its identities no other round's.
  ///   - rollouts: G.
  public func groups(
    _ task: SymbolTask, round: Int, questions: Int, rollouts: Int, seed: UInt64, price: Double = 0
  ) -> [RolloutGroup] {
    let places = (0..<questions).flatMap { question in (0..<rollouts).map { (question, $0) } }
    let items = (0..<questions).map { task.item(round * questions + $0, seed: seed) }
    let readings = read(
      places.map { items[$0.0] }, as: places.map { CallID(question: "\(items[$0.0].id).\(round)", rollout: $0.1) },
      seed: seed)
    return (0..<questions).map { question in
      RolloutGroup(
        readings[(question * rollouts)..<((question + 1) * rollouts)].map { reading in
          let (outcome, page) = (reading.isRight ? 1.0 : 0, Double(reading.page.count))
          return Rollout(
            reading.samples, reward: outcome - price * page, measures: ["outcome": outcome, "page": page])
        })
    }
  }

  /// Accuracy with its 95 % interval and mean page on the first items of a task.
  public func judge(_ task: SymbolTask, items count: Int, seed: UInt64) -> SymbolScore {
    var score = SymbolScore(chunks: task.settings.chunks)
    for start in stride(from: 0, to: count, by: width) {
      let items = (start..<min(count, start + width)).map { task.item($0, seed: seed) }
      for reading in read(items, as: items.map { CallID(question: $0.id) }, seed: seed) {
        score.add(reading.isRight, page: reading.page.count)
      }
    }
    return score
  }
}

/// How a model did at one length.
public struct SymbolScore: Sendable, Codable, Hashable {
  /// Chunks of each text.
  public var chunks: Int
  /// Of each item, whether it was answered rightly: what two scores on the same items are compared by.
  public private(set) var hits: [Bool] = []
  /// Tokens of all last pages.
  public private(set) var pageTokens = 0

  init(chunks: Int) { self.chunks = chunks }

  mutating func add(_ isRight: Bool, page: Int) {
    hits.append(isRight)
    pageTokens += page
  }

  /// Items read.
  public var items: Int { hits.count }
  /// Items answered rightly.
  public var right: Int { hits.count { $0 } }
  /// Mean tokens of the last page.
  public var page: Double { Double(pageTokens) / Double(max(1, items)) }
  /// Share of right answers.
  public var accuracy: Double { Double(right) / Double(max(1, items)) }
  /// Wilson's 95 % interval.
  public var interval: Interval { .share(right, of: items) }

  /// How much higher this score is than another on the same items, with a 95 % interval from resampling pairs.
  public func difference(from other: SymbolScore) -> Interval { scores.difference(from: other.scores) }

  private var scores: Scores {
    Scores(hits.enumerated().map { .init(id: "\($0.offset)", score: $0.element ? 1 : 0) })
  }
}
