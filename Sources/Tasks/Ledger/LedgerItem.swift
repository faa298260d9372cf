import Palimpsest

/// One ledger question: its chain, what misleads from it, and where everything stands.
struct LedgerItem: Sendable {
  let id: String
  /// What random numbers derive from: the same facts at every length, in every order and place.
  private let session: String
  let hops: Int
  /// The facts to follow, in the order of the question.
  let chain: [LedgerFact]
  /// What stands in the text, each with the place of its gold fact in the chain; nil for the rest.
  let statements: [Statement]
  private let settings: LedgerTask.Settings
  private let seed: UInt64

  struct Statement: Sendable {
    var text: String
    /// Index into `chain` for the last word on a gold fact.
    var gold: Int?
    /// Index into `chain` for an older word on it, which must stand before the last.
    var outdated: Int?
  }

  init(_ index: Int, _ settings: LedgerTask.Settings, seed: UInt64) {
    self.settings = settings
    self.seed = seed
    hops = settings.hops == 0 ? 1 + index % 4 : settings.hops
    session = "ledger-\(hops)-\(index)"
    id = "ledger-\(hops)-\(settings.order.rawValue)-\(settings.tokens)-\(index)"
    var generator = SeededGenerator(seed: seed, session: session, purpose: "ledger.facts")
    let book = LedgerBook(hops: hops, settings: settings, using: &generator)
    chain = book.chain
    statements = book.statements
  }

  /// Tokens of all statements.
  func cost(by tokenizer: any Tokenizer) -> Int {
    statements.reduce(0) { $0 + tokenizer.count(unit: Array(($1.text + " ").utf8)) }
  }

  func question(_ tokenizer: any Tokenizer) -> Question { question(tokenizer, intruding: nil, at: 0).question }

  /// The question with something put into its text that the text does not make room for: all else stays as it is.
  ///
  /// - Parameter share: the place, as a share of the filler.
  /// - Returns: the question, and the range of what was put in.
  func question(
    _ tokenizer: any Tokenizer, intruding text: String?, at share: Double
  ) -> (question: Question, intrusion: Range<Int>?) {
    func made(_ placed: [(unit: Int, statement: Statement)], in hay: Hay) -> InsertedText {
      InsertedText(hay, inserting: placed.map { .init(before: $0.unit, $0.statement.text + " ") })
    }
    let hay = Hay(tokens: settings.tokens - cost(by: tokenizer), by: tokenizer) { [seed, session] in
      LedgerFiller.sentence($0, seed: seed, session: session)
    }.fitted(to: settings.tokens, by: tokenizer) { made(placed(in: $0), in: $0) }
    var standing = placed(in: hay)
    var place: Int?
    if let text {
      let unit = Int(share * Double(hay.count))
      place = standing.firstIndex { $0.unit > unit } ?? standing.count
      standing.insert((unit, Statement(text: text)), at: place ?? 0)
    }
    let whole = made(standing, in: hay)
    let gold = standing.indices.filter { standing[$0].statement.gold != nil }
    let ranges = gold.map { (hop: standing[$0].statement.gold ?? 0, range: whole.range(of: $0)) }
    // Recognised when met: every earlier hop stands earlier in the text.
    let causal = ranges.filter { fact in
      ranges.allSatisfy { $0.hop >= fact.hop || $0.range.lowerBound < fact.range.lowerBound }
    }
    let question = Question(
      id: id, ask: ask, answers: [chain[hops - 1].tail], evidence: ranges.map(\.range),
      causalEvidence: causal.map(\.range),
      traits: [
        "hops": "\(hops)", "order": settings.order.rawValue, "placement": settings.placement.rawValue,
        "answer": chain[hops - 1].relation.object.rawValue, "revisions": "\(min(settings.revisions, hops))",
        "length": "\(settings.tokens)",
      ],
      source: .text(whole))
    return (question, place.map { whole.range(of: $0) })
  }

  /// An answer of the right kind that the text does not have.
  func falseAnswer(seed: UInt64) -> String {
    var generator = SeededGenerator(seed: seed, session: session, purpose: "poison.payload")
    let kind = chain[hops - 1].relation.object
    while true {
      let answer = LedgerNames.object(kind, using: &generator)
      if !statements.contains(where: { $0.text.contains(answer) }) { return answer }
    }
  }

  var ask: String {
    let person = chain.dropLast().reduce(chain[0].head) { "the \($1.relation.name) of \($0)" }
    return chain[hops - 1].relation.question(of: person)
  }

  /// Every statement with the filler sentence it stands before, in rising order.
  private func placed(in hay: Hay) -> [(unit: Int, statement: Statement)] {
    var generator = SeededGenerator(seed: seed, session: session, purpose: "ledger.place")
    var order = Array(0..<hops)
    switch settings.order {
    case .forward: break
    case .reverse: order.reverse()
    case .random: order.shuffle(using: &generator)
    }
    let stretches = settings.tokens / settings.chunk
    let units = settings.placement.units(hops, of: hay.count, stretches: stretches, using: &generator)
    let unitOfHop = Dictionary(uniqueKeysWithValues: zip(order, units))
    var placed: [(unit: Int, statement: Statement)] = statements.map { statement in
      if let hop = statement.gold { return (unitOfHop[hop] ?? 0, statement) }
      if let hop = statement.outdated {
        // An older word stands before the last one.
        return (Int.random(in: 0...(unitOfHop[hop] ?? 0), using: &generator), statement)
      }
      return (Int.random(in: 0..<max(hay.count, 1), using: &generator), statement)
    }
    // At the same place an older word comes first; otherwise the order of the statements holds.
    let rank = { (statement: Statement) in statement.outdated == nil ? 1 : 0 }
    placed = placed.enumerated().sorted {
      ($0.element.unit, rank($0.element.statement), $0.offset)
        < ($1.element.unit, rank($1.element.statement), $1.offset)
    }.map(\.element)
    return placed
  }
}

/// Draws the facts of an item, so that the answer is unique and nothing gives it away.
private struct LedgerBook {
  private(set) var chain: [LedgerFact] = []
  private(set) var statements: [LedgerItem.Statement] = []
  private var people: Set<String> = []
  /// What is settled: no later fact may speak of the same person in the same relation.
  private var settled: Set<String> = []

  init(hops: Int, settings: LedgerTask.Settings, using generator: inout SeededGenerator) {
    let relations = Self.relations(hops, using: &generator)
    chain = draw(along: relations, split: settings.split, using: &generator)
    let revised = Set((0..<hops).shuffled(using: &generator).prefix(settings.revisions))
    for (hop, fact) in chain.enumerated() {
      guard revised.contains(hop) else {
        state(fact, gold: hop, using: &generator)
        continue
      }
      let old = freshObject(fact.relation.object, besides: chain.map(\.tail), using: &generator)
      state(LedgerFact(head: fact.head, relation: fact.relation, tail: old), outdated: hop, using: &generator)
      statements.append(
        .init(text: fact.relation.revision(fact.head, from: old, to: fact.tail), gold: hop))
    }
    for _ in 0..<settings.decoys {
      for fact in draw(along: relations, split: .all, using: &generator) { state(fact, using: &generator) }
    }
    for index in 0..<settings.distractors { mislead(index, using: &generator) }
    if settings.bait {
      let tail = chain[hops - 1].tail
      statements.append(.init(text: "There was much talk of \(tail) at the inn that evening."))
    }
  }

  /// Relations of a chain: people all along, sometimes a town or a year at the end.
  private static func relations(_ hops: Int, using generator: inout SeededGenerator) -> [LedgerRelation] {
    var relations = Array(LedgerRelation.people.shuffled(using: &generator).prefix(hops))
    switch Int.random(in: 0..<4, using: &generator) {
    case 0: relations[hops - 1] = .home
    case 1: relations[hops - 1] = .birth
    default: break
    }
    return relations
  }

  /// A chain of people not mentioned before; its triples belong to the split.
  private mutating func draw(
    along relations: [LedgerRelation], split: LedgerTask.Split, using generator: inout SeededGenerator
  ) -> [LedgerFact] {
    while true {
      // From some people no town of the split can be reached; then another chain is begun.
      if let facts = attempt(along: relations, split: split, using: &generator) {
        people.insert(facts[0].head)
        for fact in facts {
          people.insert(fact.tail)
          settled.insert(fact.head + "|" + fact.relation.name)
        }
        return facts
      }
    }
  }

  private func attempt(
    along relations: [LedgerRelation], split: LedgerTask.Split, using generator: inout SeededGenerator
  ) -> [LedgerFact]? {
    var facts: [LedgerFact] = []
    var taken = people
    var head = LedgerNames.person(using: &generator)
    guard taken.insert(head).inserted else { return nil }
    for relation in relations {
      guard let fact = fact(of: head, relation, besides: taken, split: split, using: &generator) else {
        return nil
      }
      facts.append(fact)
      taken.insert(fact.tail)
      head = fact.tail
    }
    return facts
  }

  private func fact(
    of head: String, _ relation: LedgerRelation, besides taken: Set<String>, split: LedgerTask.Split,
    using generator: inout SeededGenerator
  ) -> LedgerFact? {
    for _ in 0..<128 {
      let tail = LedgerNames.object(relation.object, using: &generator)
      let fact = LedgerFact(head: head, relation: relation, tail: tail)
      let isFree = !taken.contains(tail) && !chain.contains { $0.tail == tail }
      if isFree, split.contains(fact) { return fact }
    }
    return nil
  }

  private mutating func state(
    _ fact: LedgerFact, gold: Int? = nil, outdated: Int? = nil, using generator: inout SeededGenerator
  ) {
    let templates = Int.random(in: 0..<3, using: &generator)
    statements.append(
      .init(
        text: fact.relation.sentence(fact.head, fact.tail, templates: templates), gold: gold, outdated: outdated))
  }

  /// In turn: the same person in another relation, another person in the same relation.
  private mutating func mislead(_ index: Int, using generator: inout SeededGenerator) {
    let fact = chain[(index / 2) % chain.count]
    let others = (LedgerRelation.people + [.home, .birth]).filter {
      !settled.contains(fact.head + "|" + $0.name)
    }
    let isSameHead = index.isMultiple(of: 2) && !others.isEmpty
    let relation = isSameHead ? others[Int.random(in: others.indices, using: &generator)] : fact.relation
    let head = isSameHead ? fact.head : freshObject(.person, besides: [], using: &generator)
    let tail = freshObject(relation.object, besides: chain.map(\.tail), using: &generator)
    settled.insert(head + "|" + relation.name)
    state(LedgerFact(head: head, relation: relation, tail: tail), using: &generator)
  }

  /// A person not mentioned before, or a town or year that is none of these.
  private mutating func freshObject(
    _ kind: LedgerRelation.Object, besides taken: [String], using generator: inout SeededGenerator
  ) -> String {
    while true {
      let object = LedgerNames.object(kind, using: &generator)
      if kind == .person {
        if people.insert(object).inserted { return object }
      } else if !taken.contains(object) {
        return object
      }
    }
  }
}

extension LedgerTask.Split {
  fileprivate func contains(_ fact: LedgerFact) -> Bool {
    contains(triple: [fact.head, fact.relation.name, fact.tail].joined(separator: "|"))
  }

  /// Eight tenths of all triples are for training, one each for the others.
  func contains(triple: String) -> Bool {
    guard self != .all else { return true }
    var generator = SeededGenerator(seed: 0, session: triple, purpose: "ledger.split")
    let tenth = Int.random(in: 0..<10, using: &generator)
    return switch self {
    case .all: true
    case .train: tenth < 8
    case .dev: tenth == 8
    case .test: tenth == 9
    }
  }
}
