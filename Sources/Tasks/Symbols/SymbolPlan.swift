import Palimpsest

/// What a text of symbols is made of: the question, the facts to find, and the rules for everything else.
struct SymbolPlan: Sendable {
  var query: [Int] = []
  var answers: [Int] = []
  var gold: [SymbolFact] = []
  /// Heads of misleading facts in other relations.
  var heads: [Int] = []
  /// Relations of misleading facts of other heads.
  var relations: [Int] = []
  /// Facts of a misleading chain.
  var decoys: [SymbolFact] = []
  /// No other fact may speak of these heads in these relations.
  var settled: Set<[Int]> = []
  /// No other assignment may have these variables or values on either side.
  var chain: Set<Int> = []
  var bait: SymbolFact?
  /// Shares of facts: at random, of the same head, of the same relation, of the decoy chain.
  var shares: [Double] = [0.40, 0.20, 0.24, 0.16]
  /// The words of a frequency text by rank, and the running sum of their shares.
  var ranks: [Int] = []
  var sums: [Double] = []

  typealias Language = SymbolLanguage

  /// Nothing.
  init() {}

  /// nil where this draw cannot be used.
  init?(_ settings: SymbolTask.Settings, seed: UInt64, session: String, using random: inout SeededGenerator) {
    var drawn: Set<Int> = []
    func entity() -> Int {
      while true {
        let one = Int.random(in: Language.entities, using: &random)
        if drawn.insert(one).inserted { return one }
      }
    }
    func relation() -> Int { Int.random(in: Language.relations, using: &random) }
    switch settings.variety {
    case .hopchain:
      hopchain((0...settings.links).map { _ in entity() }, (0...settings.links).map { _ in entity() }) { relation() }
    case .key: key(entity(), relation(), entity())
    case .multi: multi(entity(), relation(), (0..<settings.links).map { _ in entity() })
    case .revise: revise(entity(), relation(), (0..<settings.links).map { _ in entity() })
    case .chainvar:
      chainvar((0...settings.links).map { _ in entity() }, (0...settings.links).map { _ in entity() })
    case .freq:
      guard freq(settings, seed: seed, session: session, using: &random) else { return nil }
      return
    }
    if settings.bait, settings.variety != .chainvar {
      bait = SymbolFact(entity(), relation(), answers[answers.count - 1])
    }
    guard gold.allSatisfy({ settings.split.contains(triple: $0.triple) }) else { return nil }
    settled.formUnion(gold.map { [$0.head, $0.relation] })
    if let fact = bait, settled.contains([fact.head, fact.relation]) { return nil }
  }

  /// A sentence that is neither gold nor bait.
  func sentence(density: Double, using random: inout SeededGenerator) -> [Int] {
    if !ranks.isEmpty { return frequent(using: &random) }
    guard Double.random(in: 0..<1, using: &random) < density else {
      return (0..<4).map { _ in Int.random(in: Language.noise, using: &random) } + [Language.Mark.stop.rawValue]
    }
    var share = Double.random(in: 0..<shares.reduce(0, +), using: &random)
    let kind = shares.firstIndex { part in
      defer { share -= part }
      return share < part
    }
    var fact = SymbolFact(
      Int.random(in: Language.entities, using: &random), Int.random(in: Language.relations, using: &random),
      Int.random(in: Language.entities, using: &random))
    switch kind {
    case 1: fact.head = heads[Int.random(in: heads.indices, using: &random)]
    case 2: fact.relation = relations[Int.random(in: relations.indices, using: &random)]
    case 3: fact = decoys[Int.random(in: decoys.indices, using: &random)]
    default: break
    }
    return freed(fact, using: &random).tokens
  }

  /// The fact, changed where it would say something about what is asked.
  private func freed(_ fact: SymbolFact, using random: inout SeededGenerator) -> SymbolFact {
    var fact = fact
    if fact.relation == Language.Mark.gets.rawValue {
      // An assignment among strangers.
      while chain.contains(fact.head) { fact.head = Int.random(in: Language.entities, using: &random) }
      while chain.contains(fact.tail) || fact.tail == fact.head {
        fact.tail = Int.random(in: Language.entities, using: &random)
      }
    }
    while settled.contains([fact.head, fact.relation]) {
      fact.relation = Int.random(in: Language.relations, using: &random)
    }
    return fact
  }
}
