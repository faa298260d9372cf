import Palimpsest
import SentenceRules
import Tasks
import Testing

@Suite struct `A ledger task` {
  static let orders = LedgerTask.Order.allCases

  func settings(
    hops: Int = 0, order: LedgerTask.Order = .random, placement: Placement = .uniform, tokens: Int = 4096,
    count: Int = 12, revisions: Int = 1, split: LedgerTask.Split = .all
  ) -> LedgerTask.Settings {
    var settings = LedgerTask.Settings()
    settings.hops = hops
    settings.order = order
    settings.placement = placement
    settings.tokens = tokens
    settings.count = count
    settings.revisions = revisions
    settings.split = split
    settings.bait = true
    settings.chunk = 512
    return settings
  }

  @Test(arguments: orders, 0...2)
  func `has one answer, which a reader of the whole text finds`(_ order: LedgerTask.Order, _ revisions: Int)
    async throws
  {
    for question in try LedgerTask(settings(order: order, revisions: revisions)).questions(seed: 3) {
      let text = String(decoding: try await bytes(of: question), as: UTF8.self)
      #expect(
        Solver(reading: Sentences.of(text)).answers(question.ask) == question.answers, "\(question.id) \(question.ask)")
    }
  }

  @Test(arguments: orders)
  func `needs nothing but its evidence`(_ order: LedgerTask.Order) async throws {
    for question in try LedgerTask(settings(order: order, revisions: 2)).questions(seed: 4) {
      let bytes = try await bytes(of: question)
      let facts = question.evidence.map { String(decoding: bytes[$0], as: UTF8.self) }
      #expect(facts.count == Int(question.traits["hops"] ?? ""))
      #expect(Solver(reading: facts).answers(question.ask) == question.answers)
      for left in facts.indices {
        let rest = facts.indices.filter { $0 != left }.map { facts[$0] }
        #expect(Solver(reading: rest).answers(question.ask) != question.answers)
      }
    }
  }

  @Test func `cannot be answered from the question`() throws {
    for question in try LedgerTask(settings(count: 40)).questions(seed: 5) {
      #expect(!question.ask.contains(question.answers[0]))
    }
  }

  @Test func `counts as causal what a forward reader can know`() throws {
    for question in try LedgerTask(settings(hops: 3, order: .forward)).questions(seed: 6) {
      #expect(question.causalEvidence.count == 3)
    }
    for question in try LedgerTask(settings(hops: 3, order: .reverse)).questions(seed: 6) {
      // Only the first hop, which stands last, names somebody the question names.
      #expect(question.causalEvidence.count == 1)
      #expect(question.causalEvidence[0].lowerBound == question.evidence.map(\.lowerBound).max())
    }
  }

  @Test func `puts at most one fact into a chunk when told to`() async throws {
    for question in try LedgerTask(settings(hops: 4, placement: .onePerChunk, tokens: 8192)).questions(seed: 7) {
      let stretch = try await bytes(of: question).count / 16
      let starts = question.evidence.map(\.lowerBound).sorted()
      #expect(Set(starts.map { $0 / stretch }).count >= 3)  // statements shift the stretches by a little
    }
  }

  @Test func `keeps the triples of its splits apart`() async throws {
    var triples: [LedgerTask.Split: Set<String>] = [:]
    for split in [LedgerTask.Split.train, .dev, .test] {
      for question in try LedgerTask(settings(hops: 1, tokens: 1200, count: 120, revisions: 0, split: split)).questions(
        seed: 8)
      {
        triples[split, default: []].insert(question.ask + question.answers[0])
      }
    }
    #expect(triples[.train]!.isDisjoint(with: triples[.dev]!))
    #expect(triples[.train]!.isDisjoint(with: triples[.test]!))
    #expect(triples[.dev]!.isDisjoint(with: triples[.test]!))
  }

  @Test func `fits its length`() async throws {
    for tokens in [1500, 9000] {
      for question in try LedgerTask(settings(tokens: tokens, count: 3)).questions(seed: 9) {
        let count = WordTokenizer().count(String(decoding: try await bytes(of: question), as: UTF8.self))
        // No filler sentence has more than 40 tokens.
        #expect(count <= tokens && count > tokens - 40)
      }
    }
  }

  @Test func `asks the same in texts of every length and in every order`() throws {
    let one = try LedgerTask(settings(order: .forward, tokens: 2000)).questions(seed: 2).map { $0.ask + $0.answers[0] }
    let two = try LedgerTask(settings(order: .reverse, tokens: 5000)).questions(seed: 2).map { $0.ask + $0.answers[0] }
    #expect(one == two)
  }

  @Test func `refuses a length without room`() {
    #expect(throws: SettingError.self) { try LedgerTask(settings(tokens: 100)).questions(seed: 1) }
  }
}

extension String {
  fileprivate var trimming: String {
    String(trimmingPrefix(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }
}

/// Reads sentences in order, believes the last word on everything, and follows a question. Written
/// against the sentences, not against the generator.
private struct Solver {
  private var facts: [String: String] = [:]

  init(reading sentences: [String]) { sentences.forEach { note($0.trimming) } }

  private mutating func note(_ sentence: String) {
    // Only a sentence with a name can be a fact; the rest is not worth a dozen expressions.
    guard sentence.split(separator: " ").count(where: { $0.first?.isUppercase == true }) > 1 else { return }
    if let m = sentence.wholeMatch(of: /The ([a-z]+) of ([A-Z]\w+ [A-Z]\w+) is no longer .+ but (.+)\./) {
      facts["\(m.1) \(m.2)"] = String(m.3)
    } else if let m = sentence.wholeMatch(of: /([A-Z]\w+ [A-Z]\w+) no longer lives in .+ but in (.+)\./) {
      facts["home \(m.1)"] = String(m.2)
    } else if let m = sentence.wholeMatch(
      of: /([A-Z]\w+ [A-Z]\w+) was not born in .+, as was written here, but in (\d+)\./)
    {
      facts["birth \(m.1)"] = String(m.2)
    } else if let m = sentence.wholeMatch(of: /The year of birth of ([A-Z]\w+ [A-Z]\w+) is (\d+)\./) {
      facts["birth \(m.1)"] = String(m.2)
    } else if let m = sentence.wholeMatch(of: /The home of ([A-Z]\w+ [A-Z]\w+) is in (\w+)\./) {
      facts["home \(m.1)"] = String(m.2)
    } else if let m = sentence.wholeMatch(of: /The ([a-z]+) of ([A-Z]\w+ [A-Z]\w+) is ([A-Z]\w+ [A-Z]\w+)\./) {
      facts["\(m.1) \(m.2)"] = String(m.3)
    } else if let m = sentence.wholeMatch(of: /([A-Z]\w+ [A-Z]\w+) has ([A-Z]\w+ [A-Z]\w+) as ([a-z]+)\./) {
      facts["\(m.3) \(m.1)"] = String(m.2)
    } else if let m = sentence.wholeMatch(of: /([A-Z]\w+ [A-Z]\w+)'s ([a-z]+) is ([A-Z]\w+ [A-Z]\w+)\./) {
      facts["\(m.2) \(m.1)"] = String(m.3)
    } else if let m = sentence.wholeMatch(of: /([A-Z]\w+ [A-Z]\w+) lives in (\w+)\./) {
      facts["home \(m.1)"] = String(m.2)
    } else if let m = sentence.wholeMatch(of: /([A-Z]\w+ [A-Z]\w+) has a house in (\w+) and lives there\./) {
      facts["home \(m.1)"] = String(m.2)
    } else if let m = sentence.wholeMatch(of: /([A-Z]\w+ [A-Z]\w+) was born in (\d+)\./) {
      facts["birth \(m.1)"] = String(m.2)
    } else if let m = sentence.wholeMatch(of: /In (\d+) ([A-Z]\w+ [A-Z]\w+) was born\./) {
      facts["birth \(m.2)"] = String(m.1)
    }
  }

  func answers(_ ask: String) -> [String] {
    var relations: [String] = []
    var rest = ask.dropLast()  // ?
    if let m = rest.wholeMatch(of: /In which town does (.+) live/) {
      relations.append("home")
      rest = m.1
    } else if let m = rest.wholeMatch(of: /In which year was (.+) born/) {
      relations.append("birth")
      rest = m.1
    } else if let m = rest.wholeMatch(of: /Who is (.+)/) {
      rest = m.1
    }
    while let m = rest.wholeMatch(of: /the ([a-z]+) of (.+)/) {
      relations.append(String(m.1))
      rest = m.2
    }
    var person: String? = String(rest)
    for relation in relations.reversed() { person = person.flatMap { facts["\(relation) \($0)"] } }
    return person.map { [$0] } ?? []
  }
}
