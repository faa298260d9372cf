import Foundation
import Palimpsest

/// RULER's frequent words: coded words whose counts follow a zeta distribution; the most frequent one is written as
/// dots and is noise.
struct FrequentWords: RulerFamily {
  let hay = "coded words"
  let step: Int
  let least: Int
  private let start: Int
  private let vocabulary: Int
  private let seed: UInt64

  static let alpha = 2.0
  private static let zeta = Double.pi * Double.pi / 6
  private static let letters = 6

  /// - Throws: `SettingError` where the length leaves no vocabulary of four words.
  init(tokens: Int, seed: UInt64) throws {
    let budget = tokens - RulerKind.frequentWords.tokensToGenerate
    self.seed = seed
    vocabulary = budget / 50
    step = max(1, budget / 32)
    start = budget / Self.letters
    // The counts of the second to the fifth rank must differ, or there are no three most frequent words.
    least = (1...).first { size in (2...4).allSatisfy { Self.count(of: $0, size) > Self.count(of: $0 + 1, size) } } ?? 1
    guard vocabulary >= 5 else {
      throw SettingError.outOfRange(
        "task.tokens", found: "\(tokens)",
        why: "fwe has a word of its vocabulary for every 50 tokens and needs five; "
          + "give at least \(5 * 50 + RulerKind.frequentWords.tokensToGenerate)")
    }
  }

  /// How often the word of a rank stands among so many.
  static func count(of rank: Int, _ size: Int) -> Int {
    Int(Double(size) * pow(Double(rank), -alpha) / zeta)
  }

  /// RULER's own search: up in steps while the prompt is shorter than the budget, then one step back.
  func fitted(to budget: Int, tokens: (Int) -> Int) -> Int? {
    guard tokens(least) <= budget else { return nil }
    var size = start
    while tokens(size) < budget { size += step }
    return max(size - step, least)
  }

  func sample(_ index: Int, size: Int, using generator: inout SeededGenerator) -> RulerSample {
    var drawn: Set<String> = []
    while drawn.count < vocabulary {
      drawn.insert(
        String(decoding: (0..<Self.letters).map { _ in UInt8.random(in: 97...122, using: &generator) }, as: UTF8.self))
    }
    var order = SeededGenerator(seed: seed, session: "fwe.vocabulary", purpose: "ruler.order")
    var words = drawn.sorted().shuffled(using: &order)
    words[0] = "..."
    var all: [Int] = []
    for rank in words.indices { all += repeatElement(rank, count: Self.count(of: rank + 1, size)) }
    order = SeededGenerator(seed: seed, session: "fwe.text", purpose: "ruler.order")
    all.shuffle(using: &order)
    let question =
      "Do not provide any explanation. Please ignore the dots '....'. What are the three most frequently appeared words "
      + "in the above coded text?"
    return RulerSample(
      kind: .frequentWords, index: index,
      before:
        "Read the following coded text and track the frequency of each coded word. Find the three most frequently "
        + "appeared coded words. ",
      context: all.map { words[$0] }.joined(separator: " "), after: "\nQuestion: \(question)", ask: question,
      answerPrefix: " Answer: According to the coded text above, the three most frequently appeared words are:",
      outputs: Array(words[1...3]), size: size)
  }
}
