import Palimpsest
import Tasks
import Testing

private typealias Mark = SymbolLanguage.Mark

@Suite struct `The language of symbols` {
  @Test func `has a word for every id but the first`() {
    #expect(SymbolLanguage.words.count == SymbolLanguage.vocabulary)
    #expect(Set(SymbolLanguage.words).count == SymbolLanguage.vocabulary)
    #expect(SymbolLanguage.entities.count == 96 && SymbolLanguage.relations.count == 12)
    #expect(SymbolLanguage.noise.count == 96 && SymbolLanguage.noise.upperBound == SymbolLanguage.vocabulary)
    #expect(Mark.allCases.map(\.rawValue) == Array(0..<SymbolLanguage.entities.lowerBound))
    for id in 1..<SymbolLanguage.vocabulary { #expect(SymbolLanguage.id(of: SymbolLanguage.words[id]) == id) }
  }

  @Test func `is counted word by word, in sentences of the same bytes`() {
    let item = SymbolTask(SymbolTask.Settings()).item(3, seed: 1)
    for index in 0..<item.count {
      let text = SymbolLanguage.text(of: item.sentence(index))
      #expect(WordTokenizer().count(text) == 5 && text.utf8.count + 1 == SymbolLanguage.sentenceBytes)
      #expect(SymbolLanguage.tokens(of: text) == item.sentence(index))
    }
    #expect(SymbolLanguage.tokens(of: "fact bara owns a dene .") == nil)
  }

  @Test func `finds facts wherever they stand`() {
    let (one, two) = (SymbolFact(20, 115, 30), SymbolFact(21, 116, 31))
    #expect(SymbolFact.all(in: [5] + one.tokens + two.tokens.dropLast() + [9] + two.tokens) == [one, two])
    #expect(SymbolFact.all(in: Array(one.tokens.dropLast())).isEmpty)
  }
}

@Suite struct `A symbol task` {
  static func settings(
    _ variety: SymbolTask.Variety, links: Int = 3, order: LedgerTask.Order = .random, chunks: Int = 6,
    placement: Placement = .uniform, split: LedgerTask.Split = .all, count: Int = 24
  ) -> SymbolTask.Settings {
    var settings = SymbolTask.Settings()
    settings.variety = variety
    settings.links = links
    settings.order = order
    settings.chunks = chunks
    settings.placement = placement
    settings.split = split
    settings.count = count
    settings.bait = true
    return settings
  }

  static let facts: [SymbolTask.Variety] = [.hopchain, .key, .multi, .revise, .chainvar]

  @Test(arguments: SymbolTask.Variety.allCases, LedgerTask.Order.allCases)
  func `has one answer, which a reader of the whole text finds`(
    _ variety: SymbolTask.Variety, _ order: LedgerTask.Order
  ) async throws {
    for question in SymbolTask(Self.settings(variety, order: order)).questions(seed: 3) {
      let text = String(decoding: try await bytes(of: question), as: UTF8.self)
      let found = solve(question.ask, sentences(text))
      // The values of a key are found in the order of the text, and each once.
      let isRight =
        variety == .multi
        ? Set(found) == Set(question.answers) && found.count == 3 : found == question.answers
      #expect(isRight, "\(question.id): \(question.ask) \(found)")
    }
  }

  @Test(arguments: facts, LedgerTask.Order.allCases)
  func `needs its evidence and nothing else`(_ variety: SymbolTask.Variety, _ order: LedgerTask.Order) async throws {
    for question in SymbolTask(Self.settings(variety, order: order)).questions(seed: 4) {
      let bytes = try await bytes(of: question)
      let ranges = question.evidence.sorted { $0.lowerBound < $1.lowerBound }
      let facts = ranges.map { String(decoding: bytes[$0], as: UTF8.self) }
      #expect(facts.count == (variety == .key ? 1 : 3))
      // Values of a key are found in the order of the text.
      #expect(Set(solve(question.ask, facts)) == Set(question.answers))
      // Of a revised key only the last write decides.
      for left in facts.indices where variety != .revise || left == facts.count - 1 {
        let rest = facts.indices.filter { $0 != left }.map { facts[$0] }
        #expect(Set(solve(question.ask, rest)) != Set(question.answers))
      }
    }
  }

  @Test(arguments: SymbolTask.Variety.allCases)
  func `cannot be answered from the question`(_ variety: SymbolTask.Variety) {
    for question in SymbolTask(Self.settings(variety, count: 60)).questions(seed: 5) {
      let words = Set(question.ask.split(separator: " ").map(String.init))
      #expect(words.isDisjoint(with: question.answers))
    }
  }

  @Test func `leaves out what a probe answers without the text`() throws {
    let task = SymbolTask(Self.settings(.hopchain, count: 60))
    let lucky = Set((0..<5).map { task.item($0, seed: 1).question.answers[0] })
    let left = try ProbedTask(task) { lucky.contains($0.answers[0]) }.questions(seed: 1).map(\.answers)
    #expect(!left.isEmpty && left.count < 60 && left.allSatisfy { !lucky.contains($0[0]) })
  }

  /// Chunk by chunk: the labels of the item against the ranges of the question and the chunks of a reader.
  @Test(arguments: facts, [16, 7])
  func `marks the chunks that hold evidence`(_ variety: SymbolTask.Variety, _ sentences: Int) async throws {
    var settings = Self.settings(variety, chunks: 9)
    settings.sentences = sentences
    let task = SymbolTask(settings)
    for index in 0..<10 {
      let item = task.item(index, seed: 6)
      let (question, labels) = (item.question, item.labels())
      guard case .text(let text) = question.source else { return }
      let bytes = try await text.bytes(in: 0..<1_000_000)
      #expect(!labels.straddles && labels.evidence.count == 9)
      for chunk in 0..<9 {
        // A reader's chunk of as many tokens: the blank before its first sentence is its own.
        let start = chunk * sentences * 22
        let range = max(0, start - 1)..<min(bytes.count, start + sentences * 22 - 1)
        #expect(WordTokenizer().count(String(decoding: bytes[range], as: UTF8.self)) == sentences * 5)
        #expect(labels.evidence[chunk] == question.isEvidence(range))
        #expect(labels.causal[chunk] == question.causalEvidence.contains { $0.overlaps(range) })
        let tokens = SymbolLanguage.tokens(of: String(decoding: bytes[range], as: UTF8.self))
        #expect(tokens == item.chunk(chunk))
      }
      #expect(labels.last == labels.evidence.lastIndex(of: true))
    }
  }

  /// One fact at sentence 1: tokens 5 to 9. In chunks of 7 tokens it touches 0 and 1.
  @Test func `marks both sides of a fact that a border cuts`() throws {
    var settings = Self.settings(.key, chunks: 2)
    settings.sentences = 5
    let item = try #require((0..<50).lazy.map { SymbolTask(settings).item($0, seed: 1) }.first { $0.places == [1] })
    let labels = item.labels(chunk: 7)
    #expect(labels.evidence == [true, true] + Array(repeating: false, count: 6) && labels.straddles)
    #expect(labels.last == 1)
  }

  @Test func `counts as causal what a forward reader can know`() {
    for index in 0..<10 {
      let forward = SymbolTask(Self.settings(.hopchain, order: .forward)).item(index, seed: 7)
      #expect(forward.places == forward.places.sorted() && forward.causal == [0, 1, 2])
      let reverse = SymbolTask(Self.settings(.chainvar, order: .reverse)).item(index, seed: 7)
      #expect(reverse.places == reverse.places.sorted().reversed() && reverse.causal == [0])
      #expect(SymbolTask(Self.settings(.multi, order: .reverse)).item(index, seed: 7).causal == [0, 1, 2])
      let revised = SymbolTask(Self.settings(.revise, order: .reverse)).item(index, seed: 7)
      #expect(revised.places == revised.places.sorted())
    }
  }

  @Test func `keeps to its placement`() {
    for index in 0..<20 {
      func places(_ placement: Placement) -> [Int] {
        SymbolTask(Self.settings(.hopchain, chunks: 30, placement: placement)).item(index, seed: 8).places
      }
      #expect(places(.first).allSatisfy { $0 < 96 } && places(.last).allSatisfy { $0 >= 384 })
      #expect(Set(places(.onePerChunk).map { $0 / 16 }).count == 3)
      #expect(Set(places(.uniform)).count == 3)
    }
  }

  @Test func `asks the same at every length, in every order and place`() {
    func asked(_ settings: SymbolTask.Settings) -> [[String]] {
      SymbolTask(settings).questions(seed: 2).map { [$0.ask] + $0.answers }
    }
    let one = asked(Self.settings(.hopchain))
    #expect(one == asked(Self.settings(.hopchain, order: .reverse, chunks: 700, placement: .first)))
    #expect(Set(one).count == one.count)
  }

  @Test(arguments: facts)
  func `keeps the gold triples of its splits apart`(_ variety: SymbolTask.Variety) {
    let triples = [LedgerTask.Split.train, .dev, .test].map { split in
      Set((0..<150).flatMap { SymbolTask(Self.settings(variety, split: split)).item($0, seed: 9).gold })
    }
    #expect(triples[0].isDisjoint(with: triples[1]) && triples[0].isDisjoint(with: triples[2]))
    #expect(triples[1].isDisjoint(with: triples[2]) && triples.allSatisfy { $0.count > 100 })
  }

  /// 43,750 chunks, 3.5 million tokens: read from both ends, equal to the item's sentences, and made in no time.
  @Test func `makes a text of any length piece by piece`() async throws {
    let item = SymbolTask(Self.settings(.hopchain, chunks: 43_750)).item(0, seed: 1)
    let question = item.question
    guard case .text(let text) = question.source else { return }
    let size = 43_750 * 16 * 22 - 1
    for start in [0, 21, 22, 5_000_007, size - 30, size - 1] {
      let piece = try #require(try await text.piece(from: start))
      // Small, since a page asks for single chunks here and there.
      #expect(piece.count <= 4096 && start + piece.count <= size)
      let index = start / 22
      let sentence = Array((SymbolLanguage.text(of: item.sentence(index)) + " ").utf8).dropFirst(start - index * 22)
      #expect(Array(piece.prefix(sentence.count)) == Array(sentence.prefix(piece.count)))
    }
    #expect(try await text.piece(from: size) == nil)
    #expect(item.labels().evidence.count == 43_750 && question.evidence.allSatisfy { $0.upperBound <= size })
    var steps = 0
    for step in SymbolTask(Self.settings(.hopchain, order: .forward, chunks: 2000)).item(0, seed: 1).demonstration {
      steps += 1
      #expect(step.page.count <= 15)
    }
    #expect(steps == 2000)
  }
}

@Suite struct `A demonstration` {
  @Test(arguments: SymbolTask.Variety.allCases)
  func `ends with a page that holds the answer`(_ variety: SymbolTask.Variety) {
    for index in 0..<20 {
      let item = SymbolTask(`A symbol task`.settings(variety, order: .forward)).item(index, seed: 2)
      var page: [Int] = []
      for step in item.demonstration {
        #expect(step.before == page && step.updates == (step.page != page))
        page = step.page
      }
      #expect(item.answer(from: page).map(Set.init) == Set(item.answers))
      if variety == .revise { #expect(page.count == 5) }
    }
  }

  /// A fact enters the page in the chunk that holds it, and the exit opens with the last one.
  @Test(arguments: [SymbolTask.Variety.hopchain, .key, .chainvar])
  func `opens its gates where the evidence stands`(_ variety: SymbolTask.Variety) {
    for index in 0..<20 {
      let item = SymbolTask(`A symbol task`.settings(variety, order: .forward)).item(index, seed: 3)
      let (labels, steps) = (item.labels(), Array(item.demonstration))
      #expect(steps.map(\.updates) == labels.evidence)
      #expect(steps.firstIndex(where: \.exits) == labels.last)
    }
  }

  @Test(arguments: [SymbolTask.Variety.multi, .revise, .freq])
  func `never exits where what comes later counts`(_ variety: SymbolTask.Variety) {
    let item = SymbolTask(`A symbol task`.settings(variety)).item(0, seed: 3)
    #expect(item.demonstration.allSatisfy { !$0.exits })
  }

  @Test func `reads forward only`() {
    let item = SymbolTask(`A symbol task`.settings(.hopchain, order: .reverse)).item(1, seed: 3)
    let page = item.demonstration.reduce([]) { $1.page }
    #expect(item.answer(from: page) == nil)
  }

  /// By hand: the question knows 20 and 115; a fact that shares one of them, or a symbol of the page, is new.
  @Test func `of a naive writer keeps what shares a symbol, newest first`() {
    let query = [Mark.seek.rawValue, 20, 115, Mark.question.rawValue]
    let held = SymbolFact(20, 116, 30)
    let chunk = [SymbolFact(40, 117, 41), SymbolFact(42, 115, 43), SymbolFact(30, 118, 44), SymbolFact(45, 119, 20)]
    #expect(SymbolWriter.naive(query, page: [held], chunk: chunk) == [chunk[3], chunk[2], chunk[1]])
    var random = SeededGenerator(seed: 1, purpose: "test")
    for _ in 0..<20 {
      #expect(SymbolWriter.corrupted([held, chunk[0]], chunk: chunk, using: &random).count <= 3)
    }
  }
}

private func sentences(_ text: String) -> [String] {
  text.split(separator: ".").map { $0.split(separator: " ").joined(separator: " ") + " ." }
}

/// Reads sentences and follows a question; written against the words, not against the generator.
private func solve(_ ask: String, _ sentences: [String]) -> [String] {
  let asked = ask.split(separator: " ").map(String.init)
  let facts = sentences.map { $0.split(separator: " ").map(String.init) }.filter { $0.count == 5 && $0[0] == "fact" }
  switch asked[0] {
  case "seek":
    var here = asked[1]
    for relation in asked[2..<(asked.count - 1)] {
      guard let next = facts.last(where: { $0[1] == here && $0[2] == relation }) else { return [] }
      here = next[3]
    }
    return [here]
  case "each":
    return facts.filter { $0[1] == asked[1] && $0[2] == asked[2] }.map { $0[3] }
  case "vars":
    var found = [asked[1]]
    while let next = facts.first(where: { $0[2] == "gets" && $0[3] == found[found.count - 1] && !found.contains($0[1]) }
    ) {
      found.append(next[1])
    }
    return Array(found.dropFirst())
  default:
    var counts: [String: Int] = [:]
    for word in sentences.flatMap({ $0.split(separator: " ") }) where word != "blah" && word != "." {
      counts[String(word), default: 0] += 1
    }
    return counts.sorted { ($1.value, SymbolLanguage.id(of: $0.key)!) < ($0.value, SymbolLanguage.id(of: $1.key)!) }
      .prefix(3).map(\.key)
  }
}
