import Foundation
import MemoryBanks
import Palimpsest
import Testing

private func entry(after span: Double, strength: Double) -> MemoryEntry {
  var bank = Bank(budget: BankBudget(tokens: 100))
  var random = SeededGenerator(seed: 1, purpose: "test")
  let content = EntryContent(.turn, "x", sources: [EntrySource(0)], tokens: 1)
  _ = try? bank.write([.add(content)], as: .administrator, at: 0, because: "", random: &random)
  for _ in 1..<max(Int(strength), 1) {
    _ = try? bank.write([.touch(0, .access)], as: .administrator, at: 0, because: "", random: &random)
  }
  return bank.entries[0] ?? MemoryEntry(Slot(id: 0, content: .text(""), tokens: 0))
}

private func curve(_ mode: ForgettingCurve.Mode = .hazard, scale: Double = 1) -> ForgettingCurve {
  var settings = ForgettingCurve.Settings()
  settings.mode = mode
  settings.scale = scale
  return ForgettingCurve(settings)
}

@Suite struct `The forgetting curve` {
  /// §7 of the specification.
  @Test(arguments: [
    (1.0, 1.0, 0.367879), (3, 1, 0.049787), (3, 2, 0.223130), (3, 5, 0.548812), (7, 2, 0.030197),
  ])
  func `is exp of minus t over S`(_ time: Double, _ strength: Double, _ wanted: Double) {
    let value = curve().retention(of: entry(after: 0, strength: strength), at: time)
    #expect(abs(value - wanted) < 1e-6)
  }

  @Test func `rises with strength, which the released code's does not`() {
    let values = (1...6).map { curve().retention(of: entry(after: 0, strength: Double($0)), at: 3) }
    #expect(zip(values, values.dropFirst()).allSatisfy { $0.0 < $0.1 })
  }

  @Test func `starts again at a recall`() throws {
    var bank = Bank(budget: BankBudget(tokens: 100))
    var random = SeededGenerator(seed: 1, purpose: "test")
    let content = EntryContent(.turn, "x", sources: [EntrySource(0)], tokens: 1)
    try bank.write([.add(content)], as: .administrator, at: 0, because: "", random: &random)
    try bank.write([.touch(0, .access)], as: .administrator, at: 3, because: "", random: &random)
    let recalled = try #require(bank.entries[0])
    #expect(abs(curve().retention(of: recalled, at: 4) - 0.606531) < 1e-6)
  }

  /// Entries of strength 2 over [0, 3] and [3, 7]: exp(−3.5) however the span is cut; by draws exp(−1.5) · exp(−3.5).
  @Test(arguments: [
    (ForgettingCurve.Mode.hazard, [3.0, 7], 0.030197), (.hazard, [1, 2, 3, 7], 0.030197), (.draw, [3, 7], 0.006738),
  ])
  func `does not depend on the path as a hazard, and compounds as draws`(
    _ mode: ForgettingCurve.Mode, _ times: [Double], _ wanted: Double
  ) throws {
    let count = 20_000
    var bank = Bank(budget: BankBudget(tokens: count))
    var random = SeededGenerator(seed: 7, purpose: "test")
    let contents = (0..<count).map { BankOperation.add(EntryContent(.turn, "", sources: [EntrySource($0)], tokens: 0)) }
    try bank.write(contents, as: .administrator, at: 0, because: "", random: &random)
    try bank.write((0..<count).map { .touch($0, .access) }, as: .administrator, at: 0, because: "", random: &random)
    for time in times {
      try bank.write([.noop], as: .administrator, at: time, because: "", forgetting: curve(mode), random: &random)
    }
    let share = Double(bank.entries.count) / Double(count)
    #expect(abs(share - wanted) < 4 * (wanted * (1 - wanted) / Double(count)).squareRoot())
  }
}

@Suite struct `Rerankers` {
  private func vector(_ seed: Int, width: Int = 6) -> [Double] {
    var random = SeededGenerator(seed: UInt64(seed), purpose: "rerank")
    return (0..<width).map { _ in Double.random(in: -1..<1, using: &random) }
  }

  /// §7 of the specification.
  @Test func `give an ordered pick its probability, and sample it by Gumbel's noise`() {
    let scores = [2.0, 1, 0.5, 0]
    #expect(abs(ResidualReranker.logProbability(of: [0, 1], scores: scores) + 1.226276) < 1e-6)
    #expect(abs(ResidualReranker.logProbability(of: [1, 0], scores: scores) + 1.852362) < 1e-6)
    let pairs = (0..<4).flatMap { a in (0..<4).compactMap { b in a == b ? nil : [a, b] } }
    let sum = pairs.reduce(0) { $0 + exp(ResidualReranker.logProbability(of: $1, scores: scores)) }
    #expect(pairs.count == 12 && abs(sum - 1) < 1e-12)
    var random = SeededGenerator(seed: 3, purpose: "gumbel")
    var counts: [[Int]: Int] = [:]
    let draws = 100_000
    for _ in 0..<draws { counts[ResidualReranker.gumbelTop(2, of: scores, using: &random), default: 0] += 1 }
    for pair in pairs {
      let p = exp(ResidualReranker.logProbability(of: pair, scores: scores))
      let sigma = (p * (1 - p) / Double(draws)).squareRoot()
      #expect(abs(Double(counts[pair, default: 0]) / Double(draws) - p) < 4 * sigma, "\(pair)")
    }
  }

  @Test func `keep the retriever's order untrained, and have the gradient of their probability`() {
    var reranker = ResidualReranker()
    let rows = (0..<4).map { vector($0 + 10) }
    let q = vector(1)
    #expect(reranker.scores(of: rows, for: q) == rows.map { zip(q, $0).reduce(0) { $0 + $1.0 * $1.1 } })
    reranker.learn(cited: [2], shown: [0, 2], among: rows, for: q)
    let gradient = reranker.gradient(of: 1, among: rows, for: q)
    func logP(_ change: (inout [Double], inout [Double]) -> Void) -> Double {
      reranker.logProbability(of: 1, among: rows, for: q, changing: change)
    }
    let step = 1e-6
    for place in stride(from: 0, to: 36, by: 5) {
      let byQuery = (logP { query, _ in query[place] += step } - logP { query, _ in query[place] -= step }) / (2 * step)
      let byEntry = (logP { _, entry in entry[place] += step } - logP { _, entry in entry[place] -= step }) / (2 * step)
      #expect(abs(byQuery - gradient.query[place]) < 1e-6 * max(1, abs(byQuery)))
      #expect(abs(byEntry - gradient.entry[place]) < 1e-6 * max(1, abs(byEntry)))
    }
  }

  @Test func `learn to keep what is cited`() {
    var settings = ResidualReranker.Settings()
    settings.rate = 0.05
    var reranker = ResidualReranker(settings)
    let rows = (0..<6).map { vector($0 + 40) }
    let q = vector(2)
    let before = reranker.scores(of: rows, for: q)
    let worst = before.indices.min { before[$0] < before[$1] } ?? 0
    for _ in 0..<200 { reranker.learn(cited: [worst], shown: [worst], among: rows, for: q) }
    let after = reranker.scores(of: rows, for: q)
    #expect(after.indices.max { after[$0] < after[$1] } == worst)
  }
}

@Suite struct `The fit of SCM` {
  @Test func `ends for every budget, and drops the most similar entry last`() {
    var random = SeededGenerator(seed: 5, purpose: "fit")
    for _ in 0..<2000 {
      let count = Int.random(in: 0..<8, using: &random)
      let raw = (0..<count).map { _ in Int.random(in: 1..<50, using: &random) }
      let short = raw.map { Int.random(in: 1...$0, using: &random) }
      for budget in [0, 1, 10, 60, 1000] {
        let costs = FittingDistiller.costs(raw: raw, summary: short, budget: budget)
        #expect(costs.reduce(0, +) <= budget)
        if let first = costs.first, first == 0, count > 0 { #expect(costs.allSatisfy { $0 == 0 }) }
        if raw.reduce(0, +) <= budget { #expect(costs == raw) }
      }
    }
  }
}

@Suite struct `Retrievers` {
  @Test(arguments: retrievers.map(\.name))
  func `never return what is retired or out of scope`(_ name: String) throws {
    let retriever = try Catalog("retriever", retrievers).make(Spec(name))
    var bank = Bank(budget: BankBudget(tokens: 1000), embedder: LexicalEmbedder())
    var random = SeededGenerator(seed: 1, purpose: "test")
    var operations: [BankOperation] = (0..<6).map {
      .add(EntryContent(.fact, "the key of Anna, copy \($0)", key: "key", sources: [EntrySource($0)], tokens: 6))
    }
    var secret = EntryContent(.fact, "the key of Anna, secret", key: "key", sources: [EntrySource(9)], tokens: 6)
    secret.scope = EntryScope(owner: "anna", visibility: .owner)
    operations += [.add(secret), .archive(1), .link(0, .init(.related, to: 1)), .link(0, .init(.related, to: 6))]
    try bank.write(operations, as: .administrator, at: 1, because: "", random: &random)
    let ben = BankViewer("ben", owner: "ben")
    let found = retriever.candidates(for: BankQuery("the key of Anna", at: 2, as: ben), in: bank, count: 20).map(\.id)
    #expect(Set(found) == [0, 2, 3, 4, 5])
    let before = retriever.candidates(for: BankQuery("the key of Anna", at: 2, as: ben, asOf: 0), in: bank, count: 20)
    #expect(before.isEmpty)
    let anna = BankViewer("anna", owner: "anna")
    #expect(
      retriever.candidates(for: BankQuery("the key of Anna", at: 2, as: anna), in: bank, count: 20).map(\.id).contains(
        6))
  }
}
