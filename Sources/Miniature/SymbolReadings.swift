import Learning
import Palimpsest
import Statistics
import Tasks
import Tensors
import Transformers
import Verifiers

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
  /// What the model writes at a chunk.
  public var form = SymbolForm.page
  /// Whether a reply that says so ends the reading. Otherwise it is read to the end, and the place is noted.
  public var obeysExit = true
  /// What decides about the update gate, where the form has one.
  public var gate = SymbolGate.reply

  /// Whether conversations are kept for learning; long texts have many.
  public var keepsSamples = true

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
    /// The answer.
    public var answer: [Int]
    /// The chunks that were read.
    public private(set) var turns: [SymbolTurn] = []
    /// The first chunk whose reply says that the page suffices.
    public private(set) var firstExit: Int?
    /// The last chunk that holds evidence.
    public var lastEvidence: Int?
    /// Facts to find, and those of them that stand on the last page.
    public var gold = 0, held = 0
    /// Tokens of its prompts, and of its replies.
    public var read = 0, written = 0
    /// Its conversations, for learning.
    public var samples: [TrainingSample]

    /// A finished reading.
    public init(
      isRight: Bool, page: [Int] = [], answer: [Int] = [], turns: [SymbolTurn] = [], lastEvidence: Int? = nil,
      samples: [TrainingSample] = []
    ) {
      self.isRight = isRight
      self.page = page
      self.answer = answer
      self.lastEvidence = lastEvidence
      self.samples = samples
      for turn in turns { add(turn) }
    }

    mutating func add(_ turn: SymbolTurn) {
      if turn.exits, firstExit == nil { firstExit = turns.count }
      turns.append(turn)
    }

    /// Where the reading ended, or would have: the first exit, or the last chunk.
    public func exit(of chunks: Int) -> Int { firstExit ?? chunks - 1 }
  }

  /// Reads items; all have the same number of chunks.
  ///
  /// - Parameters:
  ///   - ids: question and rollout of each reading, none twice.
  ///   - toEnd: those that are read to the end whatever their replies say, by their place. The exits behind the first
  ///     one have no effect there, so they are masked in the samples.
  public func read(
    _ items: [SymbolItem], as ids: [CallID], seed: UInt64, toEnd: Set<Int> = []
  ) -> [Reading] {
    precondition(items.count == ids.count, "\(items.count) items with \(ids.count) identities")
    guard let chunks = items.first?.settings.chunks else { return [] }
    precondition(items.allSatisfy { $0.settings.chunks == chunks }, "items of different lengths")
    let labels = items.map { $0.labels() }
    var readings = labels.map { Reading(isRight: false, lastEvidence: $0.last) }
    // One batch for all chunks: its cache grows once.
    var batch = Batch(model, width: width)
    func write(
      _ places: [Int], _ read: [[Int]], _ purpose: CallID.Purpose, ends: Set<Int>, _ limit: (Int) -> Int
    ) -> [[Int]] {
      let calls = places.map {
        CallID(
          question: ids[$0].question, rollout: ids[$0].rollout, step: readings[$0].turns.count, purpose: purpose)
      }
      let requests = places.indices.map { index in
        GenerationRequest(
          Passage(read[index]), limit: limit(places[index]), choice: choice, ends: ends,
          random: calls[index].random(seed: seed, for: "tokens"))
      }
      let written = batch.continuations(of: requests)
      for (index, one) in written.enumerated() {
        readings[places[index]].read += read[index].count
        readings[places[index]].written += one.tokens.count
        guard keepsSamples else { continue }
        readings[places[index]].samples.append(
          TrainingSample(
            call: calls[index], prompt: read[index], tokens: one.tokens, mask: one.tokens.map { _ in true },
            // A ratio compares with the distribution that a token was drawn from.
            logProbabilities: choice.isPlain ? one.logProbabilities : one.samplerLogProbabilities))
      }
      return written.map(\.tokens)
    }
    var active = Array(items.indices)
    for step in 0..<chunks where !active.isEmpty {
      let forced = active.map { form.isGated ? opening(of: ids[$0], labels[$0], step, seed: seed) : [] }
      // Readings of one item stand side by side.
      var last: (place: Int, chunk: [Int])?
      let read = zip(active, forced).map { place, forced in
        let chunk =
          last.flatMap { items[$0.place].isSame(as: items[place]) ? $0.chunk : nil } ?? items[place].chunk(step)
        last = (place, chunk)
        return prompts.update(items[place].query, page: readings[place].page, chunk: chunk) + forced
      }
      let written = write(active, read, .draft, ends: form.ends) { _ in prompts.limit(of: form) }
      var left: [Int] = []
      for (index, place) in active.enumerated() {
        let hadExit = readings[place].firstExit != nil
        var reply = SymbolReply(forced[index] + written[index], form: form, limit: prompts.page)
        if gate == .evidence { reply?.exits = step == labels[place].last }
        if let reply, reply.updates { readings[place].page = reply.page }
        readings[place].add(SymbolTurn(holdsEvidence: labels[place].evidence[step], reply: reply))
        if hadExit, form == .gates, reply != nil, keepsSamples, let sample = readings[place].samples.indices.last {
          readings[place].samples[sample].mask[written[index].count - 1] = false
        }
        if !(reply?.exits ?? false) || !obeysExit || toEnd.contains(place) { left.append(place) }
      }
      active = left
    }
    let all = Array(items.indices)
    let read = all.map { prompts.answer(items[$0].query, page: readings[$0].page) }
    let answers = write(all, read, .answer, ends: [Mark.end.rawValue]) { items[$0].reply.count }
    for place in all {
      let facts = SymbolFact.all(in: readings[place].page)
      readings[place].gold = items[place].gold.count
      readings[place].held = items[place].gold.count { facts.contains($0) }
      readings[place].answer = answers[place]
      readings[place].isRight = items[place].isRight(answers[place])
    }
    return readings
  }

  /// The gate that is put in the model's mouth, where another than the reply decides.
  private func opening(of id: CallID, _ labels: ChunkLabels, _ step: Int, seed: UInt64) -> [Int] {
    let opens: Bool
    switch gate {
    case .reply: return []
    case .random(let share):
      var random = CallID(question: id.question, rollout: id.rollout, step: step).random(seed: seed, for: "gate")
      opens = Double.random(in: 0..<1, using: &random) < share
    case .evidence: opens = labels.evidence[step]
    }
    return [opens ? Mark.yes.rawValue : Mark.no.rawValue]
  }

  /// The groups of a round: some items, each read several times. The reward is 1 for the right answer, less a price for
  /// each token of the last page. With gates it is GRU-Mem's: the format is rewarded too, and with an exit gate the
  /// place of the exit; each turn is rewarded for its update gate.
  ///
  /// - Parameters:
  ///   - round: its items are the next ones of the task, and its identities no other round's.
  ///   - rollouts: G.
  ///   - toEnd: share of the rollouts of each question that are read to the end, whatever their replies say. Their exit
  ///     is where the first reply says so. Without them a model that exits learns nothing about the chunks behind.
  public func groups(
    _ task: SymbolTask, round: Int, questions: Int, rollouts: Int, seed: UInt64, price: Double = 0, toEnd: Double = 0
  ) -> [RolloutGroup] {
    readings(task, round: round, questions: questions, rollouts: rollouts, seed: seed, toEnd: toEnd).map { group in
      RolloutGroup(group.map { rollout(of: $0, chunks: task.settings.chunks, price: price) })
    }
  }

  /// The readings that the groups of a round are made of, question by question.
  public func readings(
    _ task: SymbolTask, round: Int, questions: Int, rollouts: Int, seed: UInt64, toEnd: Double = 0
  ) -> [[Reading]] {
    let places = (0..<questions).flatMap { question in (0..<rollouts).map { (question, $0) } }
    let items = (0..<questions).map { task.item(round * questions + $0, seed: seed) }
    let whole = Int((toEnd * Double(rollouts)).rounded())
    let readings = read(
      places.map { items[$0.0] }, as: places.map { CallID(question: "\(items[$0.0].id).\(round)", rollout: $0.1) },
      seed: seed, toEnd: Set(places.indices.filter { places[$0].1 < whole }))
    return (0..<questions).map { question in Array(readings[(question * rollouts)..<((question + 1) * rollouts)]) }
  }

  /// A reading with its rewards.
  public func rollout(of reading: Reading, chunks: Int, price: Double = 0) -> Rollout {
    let (outcome, page) = (reading.isRight ? 1.0 : 0, Double(reading.page.count))
    var rollout = Rollout(
      reading.samples, reward: outcome - price * page, measures: ["outcome": outcome, "page": page])
    guard form.isGated else { return rollout }
    let format = GatedReward.format(reading.turns.map(\.isWellFormed))
    var exit = 0.0
    if form == .gates, let last = reading.lastEvidence {
      let timing = GatedReward.Timing(exit: reading.exit(of: chunks), evidence: last)
      exit = GatedReward.exit(timing)
      rollout.measures["exact"] = timing == .exact ? 1 : 0
    }
    rollout.reward = GatedReward.trajectory(outcome: rollout.reward, exit: exit, format: format)
    rollout.measures["format"] = format
    rollout.measures["chunks"] = Double(reading.turns.count)
    for (step, turn) in reading.turns.enumerated() {
      rollout.turnRewards[step] = GatedReward.update(isOpen: turn.updates, holdsEvidence: turn.holdsEvidence)
    }
    return rollout
  }

  /// Accuracy with its 95 % interval, mean page and counts on the first items of a task.
  public func judge(_ task: SymbolTask, items count: Int, seed: UInt64) -> SymbolScore {
    var score = SymbolScore(chunks: task.settings.chunks)
    var (readings, counts) = (self, ReadingCounts())
    readings.keepsSamples = false
    for start in stride(from: 0, to: count, by: width) {
      let items = (start..<min(count, start + width)).map { task.item($0, seed: seed) }
      for reading in readings.read(items, as: items.map { CallID(question: $0.id) }, seed: seed) {
        score.add(reading.isRight, page: reading.page.count)
        counts.add(reading, of: task.settings.chunks)
      }
    }
    score.counts = counts
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
  /// Gates and costs; nil where readings were not followed turn by turn.
  public internal(set) var counts: ReadingCounts?

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
