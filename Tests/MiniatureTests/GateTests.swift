import Learning
import Miniature
import Palimpsest
import Tasks
import Tensors
import Testing
import Transformers

private typealias Mark = SymbolLanguage.Mark

private let (yes, no, end, go, halt) = (
  Mark.yes.rawValue, Mark.no.rawValue, Mark.end.rawValue, Mark.go.rawValue, Mark.halt.rawValue
)

/// A model that was shown gated turns for a moment: it knows the form, and little else.
let formal: ConvolvedDecoder = {
  let blank = ConvolvedDecoder(
    .init(vocabulary: SymbolLanguage.vocabulary, width: 32, layers: 1, heads: 2, innerWidth: 32), seed: 3)
  var imitation = Imitation(SymbolTask.Settings(), good: 0.5)
  (imitation.gates, imitation.batch) = (Imitation.Gates(), 16)
  var training = Training(blank, TrainingSettings(Schedule(.constant, peak: 1e-2)), on: "form")
  for step in 0..<60 {
    let batch = imitation.batch(at: step)
    _ = try? training.learn { model, _ in model.loss(on: batch).loss }
  }
  return training.model
}()

@Suite struct `A gated reply` {
  @Test(arguments: [
    ([yes, 30, 31, end, go], true, [30, 31], false), ([yes, end, halt], true, [], true),
    ([no, end, go], false, [], false),
    ([no, end, halt], false, [], true),
  ])
  func `states both gates`(_ tokens: [Int], _ updates: Bool, _ page: [Int], _ exits: Bool) {
    let reply = SymbolReply(updates: updates, page: page, exits: exits)
    #expect(SymbolReply(tokens, form: .gates, limit: 15) == reply)
    #expect(reply.tokens(form: .gates) == tokens)
    // Without an exit gate the same reply ends with the page.
    #expect(SymbolReply(tokens.dropLast(), form: .update, limit: 15) == SymbolReply(updates: updates, page: page))
  }

  @Test(arguments: [
    [], [yes], [end], [yes, 30, go], [30, end, go], [no, 30, end, go], [yes, 30, end], [yes, 30, end, 30],
    [yes, 30, end, go, go], [end, go], [yes] + Array(repeating: 30, count: 16) + [end, go],
  ])
  func `is malformed otherwise`(_ tokens: [Int]) {
    #expect(SymbolReply(tokens, form: .gates, limit: 15) == nil)
  }

  @Test func `has room for its gates`() {
    let prompts = SymbolPrompts()
    let full = SymbolReply(updates: true, page: Array(repeating: 30, count: prompts.page), exits: true)
    for form in SymbolForm.allCases { #expect(full.tokens(form: form).count == prompts.limit(of: form)) }
  }
}

@Suite struct `A lesson in gates` {
  private func turns(good: Double, faults: Double = 0) -> [(reply: [Int], query: [Int], page: [Int], chunk: [Int])] {
    var imitation = Imitation(SymbolTask.Settings(), good: good, faults: faults)
    (imitation.gates, imitation.batch) = (Imitation.Gates(), 200)
    let batch = imitation.batch(at: 2)
    return zip(batch.sequences, batch.targets).compactMap { tokens, places in
      let prompt = Array(tokens.prefix(places[0]))
      guard prompt.count == 110 else { return nil }
      return (
        places.map { tokens[$0] }, prompt[0..<6].filter { $0 != 0 }, prompt[7..<22].filter { $0 != 0 },
        Array(prompt[23..<103])
      )
    }
  }

  /// The good writer opens the update gate for what is new and needed, and the exit gate once it has the fact.
  @Test func `shows when to write and when to stop`() throws {
    var seen: Set<[Bool]> = []
    for turn in turns(good: 1) {
      let reply = try #require(SymbolReply(turn.reply, form: .gates, limit: 15))
      let (page, chunk) = (SymbolFact.all(in: turn.page), SymbolFact.all(in: turn.chunk))
      let wanted = SymbolWriter.good(turn.query, page: page, chunk: chunk)
      #expect(reply.updates == (wanted != page))
      #expect(reply.page == (reply.updates ? wanted.flatMap(\.tokens) : []))
      #expect(reply.exits == (wanted.count == 1))
      seen.insert([reply.updates, reply.exits])
    }
    // To wait, to write and stop, to stop again; one hop never writes and waits.
    #expect(seen == [[false, false], [true, true], [false, true]])
  }

  /// 160 turns of share 0.15: four standard deviations are 0.11.
  @Test func `stops at random where the writer is naive`() throws {
    let replies = try turns(good: 0).map { try #require(SymbolReply($0.reply, form: .gates, limit: 15)) }
    #expect(replies.count { $0.updates } == replies.count)
    #expect(abs(Double(replies.count(where: \.exits)) / Double(replies.count) - 0.15) < 0.11)
  }

  @Test func `has faults in pages alone`() throws {
    let (clean, faulty) = (turns(good: 0.5), turns(good: 0.5, faults: 1))
    #expect(clean.map(\.reply) != faulty.map(\.reply))
    for turn in faulty { #expect(SymbolReply(turn.reply, form: .gates, limit: 15) != nil) }
  }
}

@Suite struct `Readings with gates` {
  static func task(_ chunks: Int = 4) -> SymbolTask {
    var settings = SymbolTask.Settings()
    settings.chunks = chunks
    return SymbolTask(settings)
  }

  static func readings(_ choice: TokenChoice = TokenChoice()) -> SymbolReadings<ConvolvedDecoder> {
    var readings = SymbolReadings(formal, choice: choice)
    readings.form = .gates
    return readings
  }

  typealias Reading = SymbolReadings<ConvolvedDecoder>.Reading

  static func reading(_ turns: [(evidence: Bool, SymbolReply?)], isRight: Bool) -> Reading {
    Reading(
      isRight: isRight, turns: turns.map { SymbolTurn(holdsEvidence: $0.evidence, reply: $0.1) },
      lastEvidence: turns.lastIndex { $0.evidence })
  }

  /// GRU-Mem's table by hand: outcome, exit and format for the reading, +1 or −1 for each turn.
  @Test func `are rewarded by outcome, exit, format and turn`() {
    let (wait, write, leave) = (
      SymbolReply(updates: false), SymbolReply(updates: true, page: [30]), SymbolReply(updates: true, exits: true)
    )
    func rollout(_ turns: [(evidence: Bool, SymbolReply?)], isRight: Bool, price: Double = 0) -> Rollout {
      Self.readings().rollout(of: Self.reading(turns, isRight: isRight), chunks: 3, price: price)
    }
    let exact = rollout([(false, wait), (true, leave)], isRight: true)
    #expect(exact.reward == 1 + 0 + 1 && exact.turnRewards == [0: 1, 1: 1])
    #expect(rollout([(true, write), (true, leave), (false, write)], isRight: true).turnRewards[2] == -1)
    // Too early, though right by luck.
    let early = Reading(
      isRight: true, turns: [SymbolTurn(holdsEvidence: false, reply: leave)], lastEvidence: 2)
    #expect(Self.readings().rollout(of: early, chunks: 3).reward == 1 - 0.75 + 1)
    #expect(rollout([(true, write), (false, wait), (false, wait)], isRight: false).reward == 0 - 0.5 + 1)
    // Without an exit the reading ends with the last chunk, which is exact where it holds the evidence.
    #expect(rollout([(false, wait), (false, wait), (true, write)], isRight: true).reward == 2)
    let broken = rollout([(true, nil), (false, wait), (false, wait)], isRight: false)
    #expect(broken.reward == -0.5 && broken.turnRewards == [0: -1, 1: 1, 2: 1])
    // Without an exit gate no exit is rewarded.
    var updates = Self.readings()
    updates.form = .update
    #expect(updates.rollout(of: early, chunks: 3).reward == 2)
  }

  @Test func `end where the reply says so, and only there`() {
    let items = (0..<12).map { Self.task().item($0, seed: 2) }
    let ids = items.map { CallID(question: $0.id) }
    let obeyed = Self.readings().read(items, as: ids, seed: 5)
    var deaf = Self.readings()
    deaf.obeysExit = false
    let ignored = deaf.read(items, as: ids, seed: 5)
    for (one, other) in zip(obeyed, ignored) {
      #expect(other.turns.count == 4 && one.turns.count == one.exit(of: 4) + 1)
      #expect(one.turns == Array(other.turns.prefix(one.turns.count)))
      #expect(one.exit(of: 4) == other.exit(of: 4))
      #expect(one.samples.last?.call.step == one.turns.count && one.samples.last?.call.purpose == .answer)
    }
    #expect(Set(obeyed.map(\.turns.count)).count > 1)
  }

  /// Of four rollouts the first is read to the end. The exits behind its first one decide nothing and are not learned.
  @Test func `are read to the end in part, without learning from exits without effect`() throws {
    let groups = Self.readings().readings(Self.task(), round: 0, questions: 6, rollouts: 4, seed: 3, toEnd: 0.25)
    var masked = 0
    for group in groups {
      #expect(group[0].turns.count == 4)
      for reading in group.dropFirst() {
        #expect(reading.turns.count == reading.exit(of: 4) + 1)
        #expect(reading.samples.allSatisfy { !$0.mask.contains(false) })
      }
      for (step, sample) in group[0].samples.dropLast().enumerated() {
        let isIdle = step > group[0].exit(of: 4) && group[0].turns[step].isWellFormed
        #expect(sample.mask == sample.tokens.indices.map { !isIdle || $0 < sample.tokens.count - 1 })
        if isIdle { masked += 1 }
      }
    }
    #expect(masked > 0)
    var rule = LearningRule.gruMem
    rule.objective.divergenceWeight = 0
    var learner = try RewardTraining(
      formal, RewardSettings(rule, TrainingSettings(Schedule(.constant, peak: 1e-3))), on: "gates")
    let rows = groups.flatMap { $0.flatMap(\.samples) }.count
    #expect(
      try learner.learn(
        from: Self.readings().groups(Self.task(), round: 0, questions: 6, rollouts: 4, seed: 3, toEnd: 0.25)
      ).rows == rows)
  }

  @Test func `obey another gate where they are told to`() {
    func counts(_ gate: SymbolGate) -> ReadingCounts {
      var readings = Self.readings(.greedy)
      (readings.gate, readings.obeysExit) = (gate, gate == .evidence)
      return readings.judge(Self.task(), items: 20, seed: 4).counts ?? ReadingCounts()
    }
    let (never, always, oracle) = (counts(.random(0)), counts(.random(1)), counts(.evidence))
    #expect(never.writtenEvidence + never.writtenRest == 0 && never.turns == 80)
    #expect(always.updateRecall > 0.5 && always.restraint < 0.5)
    #expect(oracle.writtenRest == 0 && oracle.exactExits == 1 && oracle.chunksRead < 1)
    // 80 draws of 0.5: four standard deviations are 0.22, and a malformed page is not written.
    let half = counts(.random(0.5))
    #expect(half == counts(.random(0.5)) && half.writtenRest < always.writtenRest)
  }

  @Test func `are counted`() {
    let (write, leave) = (SymbolReply(updates: true), SymbolReply(updates: false, exits: true))
    var counts = ReadingCounts()
    counts.add(Self.reading([(false, write), (true, write), (false, leave)], isRight: true), of: 5)
    counts.add(Self.reading([(true, nil), (true, leave)], isRight: false), of: 5)
    #expect(counts.readings == 2 && counts.wellFormed == 1 && counts.turns == 5 && counts.chunks == 10)
    #expect(counts.updatePrecision == 1 / 2 && counts.updateRecall == 1 / 3 && counts.restraint == 1 / 2)
    #expect(counts.exact == 1 && counts.late == 1 && counts.early == 0 && counts.meanDeviation == 0.5)
    #expect(counts.formatValidity == 0.5 && counts.chunksRead == 0.5)
  }

  /// Of the facts to find, those that stand on the last page.
  @Test func `say what the last page holds`() {
    let items = (0..<8).map { Self.task().item($0, seed: 2) }
    var readings = Self.readings(.greedy)
    readings.gate = .evidence
    for (item, reading) in zip(items, readings.read(items, as: items.map { CallID(question: $0.id) }, seed: 5)) {
      let facts = SymbolFact.all(in: reading.page)
      #expect(reading.gold == 1 && reading.held == (facts.contains(item.gold[0]) ? 1 : 0))
      #expect(reading.read == 110 * reading.turns.count + reading.turns.count + 29)
    }
  }

  /// What is drawn with a temperature is compared with what it was drawn from.
  @Test func `give the sampler's probabilities where it is not the model`() {
    let items = [Self.task().item(0, seed: 2)]
    func samples(_ choice: TokenChoice) -> [TrainingSample] {
      Self.readings(choice).read(items, as: [CallID(question: "q")], seed: 1)[0].samples
    }
    for (choice, isModel) in [(TokenChoice(), true), (TokenChoice(temperature: 0.5), false)] {
      let samples = samples(choice)
      let scores = formal.scores(of: samples).rows
      let same = zip(samples, scores).allSatisfy { sample, scores in
        zip(sample.logProbabilities, scores).allSatisfy { abs($0 - $1) < 1e-3 }
      }
      #expect(same == isModel)
    }
  }
}
