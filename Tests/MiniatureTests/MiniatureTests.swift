import Learning
import Miniature
import Palimpsest
import Tasks
import Tensors
import Testing
import Transformers

private typealias Mark = SymbolLanguage.Mark

@Suite struct `A tiny model's prompts` {
  let prompts = SymbolPrompts()
  let item = SymbolTask(SymbolTask.Settings()).item(0, seed: 1)

  /// 6 + 1 + 15 + 1 + 80 + 6 + 1, and 6 + 1 + 15 + 6 + 1, whatever the page holds.
  @Test func `have the same length whatever the page holds`() {
    for page in [[], [1], item.gold[0].tokens, Array(repeating: 7, count: 15), Array(repeating: 7, count: 40)] {
      #expect(prompts.update(item.query, page: page, chunk: item.chunk(0)).count == 110)
      #expect(prompts.answer(item.query, page: page).count == 29)
    }
  }

  /// By hand: the question of four words fills its first slot from the left and its second from the right.
  @Test func `hold the question in front and behind`() {
    let (pad, read) = (Mark.pad.rawValue, prompts.answer(item.query, page: [30]))
    #expect(item.query.count == 4)
    #expect(Array(read[0..<7]) == item.query + [pad, pad, Mark.memory.rawValue])
    #expect(Array(read[7..<22]) == [30] + [Int](repeating: pad, count: 14))
    #expect(Array(read[22..<29]) == [pad, pad] + item.query + [Mark.answer.rawValue])
  }

  @Test func `take any reply as a page`() {
    let end = Mark.end.rawValue
    #expect(prompts.page(of: [5, 6, end, 7]) == [5, 6] && prompts.page(of: [end]).isEmpty)
    #expect(prompts.page(of: Array(20..<40)) == Array(20..<35))
    #expect(prompts.page(of: prompts.reply(for: item.gold)) == item.gold[0].tokens)
  }
}

@Suite struct `A lesson` {
  @Test(arguments: Recall.Level.allCases)
  func `of recall asks for what stands before`(_ level: Recall.Level) {
    let (recall, end) = (Recall(), Mark.end.rawValue)
    let batch = recall.batch(at: 3, level)
    #expect(batch == recall.batch(at: 3, level) && batch != recall.batch(at: 4, level))
    var (absent, all) = (0, 0)
    for (tokens, places) in zip(batch.sequences, batch.targets) {
      #expect(places.count == 16)
      let facts = SymbolFact.all(in: Array(tokens.prefix(level == .small ? 30 : 80)))
      #expect(facts.count == (level == .small ? 4 : 12))
      for place in places {
        let asks = tokens[place - 1] == Mark.question.rawValue
        let (head, relation) = (tokens[place - (asks ? 3 : 2)], tokens[place - (asks ? 2 : 1)])
        let right = facts.first { $0.head == head && $0.relation == relation }?.tail ?? end
        #expect(tokens[place] == right)
        all += 1
        if right == end { absent += 1 }
      }
    }
    // 512 questions of share 0.3: six standard deviations are 0.12.
    #expect(abs(Double(absent) / Double(all) - 0.3) < 0.12)
  }

  /// Without faults, every reply is the good writer's page on the page that is shown, or the right answer.
  @Test func `of imitation is the good writer's`() {
    var settings = SymbolTask.Settings()
    settings.links = 2
    settings.order = .random
    let batch = Imitation(settings).batch(at: 5)
    #expect(batch.sequences.count == 64)
    var answers = 0
    for (tokens, places) in zip(batch.sequences, batch.targets) {
      let (prompt, reply) = (Array(tokens.prefix(places[0])), places.map { tokens[$0] })
      let query = prompt[0..<6].filter { $0 != Mark.pad.rawValue }
      let page = SymbolFact.all(in: Array(prompt[7..<22]))
      if prompt.count == 29 {
        answers += 1
        let held = SymbolWriter.good(query, page: page, chunk: [])
        // A chain is spelled out.
        #expect(held.count == 2 && reply == held.map(\.tail))
      } else {
        let chunk = SymbolFact.all(in: Array(prompt[23..<103]))
        let wanted = SymbolWriter.good(query, page: page, chunk: chunk)
        #expect(reply == wanted.flatMap(\.tokens) + [Mark.end.rawValue])
      }
    }
    #expect(answers == 13)
  }

  /// Behind each `write` stand the facts that the question leads through, and `end` where a link is missing.
  @Test func `of chains writes link after link`() {
    let batch = ChainRecall().batch(at: 2)
    #expect(batch == ChainRecall().batch(at: 2) && batch != ChainRecall().batch(at: 3) && batch.sequences.count == 16)
    var lengths = [0, 0, 0]
    for (tokens, places) in zip(batch.sequences, batch.targets) {
      let facts = SymbolFact.all(in: Array(tokens.prefix(80)))
      #expect(facts.count == 12)
      var place = 80
      while place < tokens.count {
        let (query, start) = (Array(tokens[place..<(place + 5)]), place + 6)
        #expect(tokens[start - 1] == Mark.write.rawValue)
        let chain = SymbolWriter.good(query, page: [], chunk: facts)
        let reply = chain.flatMap(\.tokens) + [Mark.end.rawValue]
        #expect(Array(tokens[start..<(start + reply.count)]) == reply)
        #expect(places.filter { (start..<(start + reply.count)).contains($0) }.count == reply.count)
        lengths[chain.count] += 1
        place = start + reply.count
      }
      #expect(place == tokens.count && !places.contains { $0 < 80 })
    }
    #expect(lengths.allSatisfy { $0 > 0 } && lengths.reduce(0, +) == 64)
  }

  /// Question, text, question: 6 + 1 + 5 · 16 · chunks + 6 + 1 tokens, of 1, 2 and 3 chunks in turn.
  @Test func `of a whole text has all of it in the context`() {
    var settings = SymbolTask.Settings()
    settings.chunks = 3
    let lesson = WholeText(settings)
    #expect((0..<4).map { lesson.batch(at: $0).sequences[0].count } == [95, 175, 255, 95])
    let batch = lesson.batch(at: 1)
    for (tokens, places) in zip(batch.sequences, batch.targets) {
      let query = tokens[0..<6].filter { $0 != Mark.pad.rawValue }
      let held = SymbolWriter.good(query, page: [], chunk: SymbolFact.all(in: Array(tokens[7..<167])))
      #expect(places == [174] && tokens[174] == held.last?.tail)
    }
  }

  /// Targets at 1 and 3 of [1, 2, 3, 4]: their log-probabilities behind [1] and [1, 2, 3], averaged.
  @Test func `counts its targets alone`() {
    let model = ConvolvedDecoder(.init(vocabulary: 9, width: 8, layers: 1, heads: 2, innerWidth: 8), seed: 1)
    let found = model.loss(on: SupervisedBatch([[1, 2, 3, 4]], targets: [[1, 3]]))
    let each = model.logLikelihoods(of: [[1, 2, 3, 4]]).scalars
    #expect(abs(found.loss.scalar + (each[0] + each[2]) / 2) < 1e-5 && found.hits.map(\.count) == [2])
  }
}

@Suite struct `Readings of symbols` {
  static let model = ConvolvedDecoder(
    .init(vocabulary: SymbolLanguage.vocabulary, width: 16, layers: 1, heads: 2, innerWidth: 16), seed: 1)

  static func task(_ chunks: Int = 2) -> SymbolTask {
    var settings = SymbolTask.Settings()
    settings.chunks = chunks
    return SymbolTask(settings)
  }

  @Test func `make groups of one question, all of whose rows can be learned`() throws {
    let readings = SymbolReadings(Self.model, choice: TokenChoice())
    let groups = readings.groups(Self.task(), round: 1, questions: 2, rollouts: 3, seed: 4)
    #expect(groups == readings.groups(Self.task(), round: 1, questions: 2, rollouts: 3, seed: 4))
    #expect(groups.map(\.rollouts.count) == [3, 3])
    let samples = groups.flatMap { $0.samples(GroupAdvantages()) }
    #expect(samples.count == 2 * 3 * 3 && Set(samples.map(\.call)).count == samples.count)
    #expect(Set(samples.map(\.call.purpose)) == [.draft, .answer])
    // Rollouts of one question differ.
    #expect(groups[0].rollouts[0].samples[0].tokens != groups[0].rollouts[1].samples[0].tokens)
    var rule = LearningRule.memAgent
    rule.selection = .all
    let settings = RewardSettings(rule, TrainingSettings(Schedule(.constant, peak: 1e-3)), minibatches: 2)
    var learner = try RewardTraining(Self.model, settings, on: "symbols")
    #expect(try learner.learn(from: groups).rows == 18)
  }

  /// The next update sees the page that the last one wrote.
  @Test func `hand the page on`() throws {
    let prompts = SymbolPrompts()
    let item = Self.task(3).item(0, seed: 1)
    let reading = SymbolReadings(Self.model).read([item], as: [CallID(question: "q")], seed: 1)[0]
    #expect(reading.samples.map(\.call.step) == [0, 1, 2, 3])
    var page: [Int] = []
    for (step, sample) in reading.samples.dropLast().enumerated() {
      #expect(sample.prompt == prompts.update(item.query, page: page, chunk: item.chunk(step)))
      page = prompts.page(of: sample.tokens)
    }
    #expect(reading.page == page && reading.samples[3].prompt == prompts.answer(item.query, page: page))
  }

  @Test func `price the page where they are told to`() {
    let readings = SymbolReadings(Self.model, choice: TokenChoice())
    func rewards(_ price: Double) -> [Double] {
      readings.groups(Self.task(), round: 0, questions: 1, rollouts: 4, seed: 4, price: price)[0].rollouts.map(\.reward)
    }
    let (free, dear) = (rewards(0), rewards(0.01))
    #expect(zip(free, dear).allSatisfy { $0 >= $1 } && free != dear)
    #expect(zip(free, dear).allSatisfy { $0 - $1 <= 0.15 + 1e-9 })
  }

  @Test func `are judged on the same items at the same time or not`() {
    var one = SymbolReadings(Self.model)
    one.width = 3
    let (narrow, wide) = (
      one.judge(Self.task(), items: 7, seed: 2), SymbolReadings(Self.model).judge(Self.task(), items: 7, seed: 2)
    )
    #expect(narrow.items == 7 && narrow.right == wide.right && narrow.chunks == 2)
    #expect(narrow.interval.high! > narrow.accuracy)
    // Pairs that are all equal differ by 0, by how much otherwise seven pairs cannot say.
    let same = narrow.difference(from: narrow)
    #expect(same.value == 0 && same.n == 7 && (same.high ?? 0) > 0)
  }

  /// A chain of two is right when its end is, behind one entity before it; several answers count in any order.
  @Test func `are right by the end of a chain or by all answers`() {
    var settings = SymbolTask.Settings()
    settings.links = 2
    let chain = SymbolTask(settings).item(0, seed: 1)
    let (first, last) = (chain.gold[0].tail, chain.gold[1].tail)
    #expect(chain.reply == [first, last] && chain.isRight([first, last]) && chain.isRight([7, last]))
    #expect(!chain.isRight([last, first]) && !chain.isRight([last]) && !chain.isRight([]))
    settings.variety = .multi
    let several = SymbolTask(settings).item(0, seed: 1)
    #expect(several.isRight(several.answers.reversed()) && !several.isRight([several.answers[0]]))
  }

  /// Appended notes are the pages that the model writes from empty ones; a gate that never opens leaves nothing, and
  /// one that is always open is the plain memory; the oracle's page is the evidence.
  @Test func `are compared with other rules for the page`() {
    let (readings, task) = (SymbolReadings(Self.model), Self.task(3))
    let plain = readings.judge(task, items: 5, seed: 2)
    let open = readings.judge(.randomGate(1), task, items: 5, seed: 2)
    #expect(open.hits == plain.hits && open.page == plain.page)
    #expect(readings.judge(.randomGate(0), task, items: 5, seed: 2).page == 0)
    #expect(readings.judge(.oracle, task, items: 5, seed: 2).page == 5)
    let notes = (0..<5).map { index in
      let item = task.item(index, seed: 2)
      return (0..<3).reduce(0) { sum, step in
        let prompt = readings.prompts.update(item.query, page: [], chunk: item.chunk(step))
        let request = GenerationRequest(
          Passage(prompt), limit: 16, choice: .greedy, ends: [Mark.end.rawValue],
          random: SeededGenerator(seed: 1, session: "", purpose: ""))
        return sum + readings.prompts.page(of: Self.model.continuations(of: [request])[0].tokens).count
      }
    }
    #expect(readings.judge(.append, task, items: 5, seed: 2).page == Double(notes.reduce(0, +)) / 5)
  }

  /// Greedy replies without a cache are those with one.
  @Test func `have the same answers without a cache`() {
    let item = Self.task().item(0, seed: 3)
    let prompts = [readingsPrompt(item, [4, 5]), readingsPrompt(item, [])]
    let cached = prompts.map { prompt in
      Self.model.continuations(of: [
        GenerationRequest(
          Passage(prompt), limit: 3, choice: .greedy, random: SeededGenerator(seed: 1, session: "", purpose: ""))
      ])[0].tokens
    }
    #expect(Self.model.replies(to: prompts, of: [3, 2]) == [cached[0], Array(cached[1].prefix(2))])
  }

  private func readingsPrompt(_ item: SymbolItem, _ page: [Int]) -> [Int] {
    SymbolPrompts().answer(item.query, page: page)
  }
}
