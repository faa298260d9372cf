import Palimpsest

extension SymbolPlan {
  private static func marks(_ open: Language.Mark, _ words: [Int]) -> [Int] {
    [open.rawValue] + words + [Language.Mark.question.rawValue]
  }

  /// HOPCHAIN: facts to be followed from the first entity along the relations, and a decoy along the same relations.
  mutating func hopchain(_ chain: [Int], _ other: [Int], relation: () -> Int) {
    relations = chain.dropFirst().map { _ in relation() }
    gold = relations.indices.map { SymbolFact(chain[$0], relations[$0], chain[$0 + 1]) }
    decoys = relations.indices.map { SymbolFact(other[$0], relations[$0], other[$0 + 1]) }
    heads = Array(chain.dropLast())
    query = Self.marks(.seek, [chain[0]] + relations)
    answers = [chain[chain.count - 1]]
  }

  /// KEY: one needle; every other fact is a needle of another key. A density of 0 is RULER's single needle, 1 its
  /// haystack of needles.
  mutating func key(_ key: Int, _ relation: Int, _ value: Int) {
    gold = [SymbolFact(key, relation, value)]
    relations = [relation]
    shares = [0, 0, 1, 0]
    query = Self.marks(.seek, [key, relation])
    answers = [value]
  }

  /// MULTI: several values of one key.
  mutating func multi(_ key: Int, _ relation: Int, _ values: [Int]) {
    gold = values.map { SymbolFact(key, relation, $0) }
    heads = [key]
    relations = [relation]
    shares = [0.4, 0.3, 0.3, 0]
    query = Self.marks(.each, [key, relation])
    answers = values
  }

  /// REVISE: a key that is written several times; the last value counts.
  mutating func revise(_ key: Int, _ relation: Int, _ values: [Int]) {
    multi(key, relation, values)
    query = Self.marks(.seek, [key, relation])
    answers = [values[values.count - 1]]
  }

  /// CHAINVAR: the first variable gets a value, and each further one gets what the one before has.
  mutating func chainvar(_ chain: [Int], _ other: [Int]) {
    let gets = Language.Mark.gets.rawValue
    gold = chain.indices.dropFirst().map { SymbolFact(chain[$0], gets, chain[$0 - 1]) }
    decoys = other.indices.dropFirst().map { SymbolFact(other[$0], gets, other[$0 - 1]) }
    heads = Array(chain.dropFirst())
    relations = [gets]
    self.chain = Set(chain)
    query = Self.marks(.vars, [chain[0]])
    answers = Array(chain.dropFirst())
  }

  /// FREQ: words by Zipf's law with exponent 2, the most frequent one of which does not count.
  ///
  /// - Returns: false where the third and the fourth word are as frequent, so that there is no answer.
  mutating func freq(
    _ settings: SymbolTask.Settings, seed: UInt64, session: String, using random: inout SeededGenerator
  ) -> Bool {
    ranks = [Language.Mark.blah.rawValue] + Array(Language.noise).shuffled(using: &random)
    sums = ranks.indices.reduce(into: []) { sums, rank in
      sums.append((sums.last ?? 0) + 1 / Double((rank + 1) * (rank + 1)))
    }
    var counts = SymbolCounts()
    for index in 0..<(settings.chunks * settings.sentences) {
      var random = SeededGenerator(seed: seed, session: session, step: index, purpose: "symbols.sentence")
      counts.add(frequent(using: &random))
    }
    let top = counts.top(4)
    query = Self.marks(.tops, [])
    answers = top.prefix(3).map(\.word)
    return top.count == 3 || top.count == 4 && top[2].count > top[3].count
  }

  func frequent(using random: inout SeededGenerator) -> [Int] {
    (0..<4).map { _ in
      let share = Double.random(in: 0..<(sums.last ?? 1), using: &random)
      var (low, high) = (0, sums.count - 1)
      while low < high {
        let middle = (low + high) / 2
        if sums[middle] > share { high = middle } else { low = middle + 1 }
      }
      return ranks[low]
    } + [Language.Mark.stop.rawValue]
  }
}

/// How often each noise word stood in a text.
struct SymbolCounts: Sendable {
  private var counts = [Int](repeating: 0, count: SymbolLanguage.noise.count)

  mutating func add(_ tokens: [Int]) {
    for token in tokens where SymbolLanguage.noise.contains(token) {
      counts[token - SymbolLanguage.noise.lowerBound] += 1
    }
  }

  /// The most frequent words, most frequent first, of equal ones the first by id.
  func top(_ wanted: Int) -> [(word: Int, count: Int)] {
    let pairs = counts.enumerated().filter { $0.element > 0 }
      .sorted { ($1.element, $0.offset) < ($0.element, $1.offset) }
    return pairs.prefix(wanted).map { ($0.offset + SymbolLanguage.noise.lowerBound, $0.element) }
  }
}
