import Foundation
import Palimpsest
import PolicyExtractive
import Verifiers

/// Learns the weights of the clues by which an answer is told from other spans.
///
/// A log-linear model over the spans of the final page: the weights maximise the expected reward of a
/// span drawn by its share, in the logarithm and with a penalty on their squares. An exact match earns 1,
/// a span whose F1 is above 0.5 earns 0.3 of it. Adagrad (Duchi et al. 2011), in an order that the seed decides. Only the tuning half of the questions is used.
///
///     swift run -c release --disable-default-traits ReadingBench fit=TABLE half=tune limit=4000
struct Fit {
  private struct Item {
    var spans: [[(place: Int, amount: Double)]]
    var rewards: [Double]
    var identities: [UInt64]
    var weight: Double
    var fold: Int
    var set: String
  }

  private var items: [Item] = []
  private(set) var weights = [Double](repeating: 0, count: ExtractivePolicy.clueCount)
  private let options: Options

  init(_ options: Options) async throws {
    self.options = options
    for set in options.sets {
      for documents in options.documents {
        for arm in options.arms { try await collect(set, documents, arm) }
      }
    }
  }

  private mutating func collect(_ set: String, _ documents: Int, _ arm: Arm) async throws {
    let reader = try arm.reader(tokens: options.tokens, chunk: options.chunk, weights: options.weights)
    let policy = try ExtractivePolicy(tokenizer: WordTokenizer(), weights: options.weights)
    var (asked, answerable) = (0, 0)
    for question in try options.questions(of: set, documents: documents) {
      let trace = try await reader.read(question)
      guard let prompt = trace.answer?.prompt else { continue }
      let candidates = try policy.candidates(for: prompt)
      guard !candidates.isEmpty else { continue }
      asked += 1
      let rewards = try candidates.map { try Self.reward(of: $0.text, question.answers) }
      guard rewards.contains(where: { $0 > 0 }) else { continue }
      answerable += rewards.contains(1) ? 1 : 0
      var generator = SeededGenerator(seed: 1, session: question.id, purpose: "fold")
      items.append(
        Item(
          spans: candidates.map(\.clues), rewards: rewards, identities: candidates.map(\.identity),
          weight: set == "squad" ? 1 : options.hopWeight, fold: Int(generator.next() % UInt64(Self.folds)), set: set))
    }
    print("# \(set) \(documents) \(arm): \(asked) asked, \(answerable) have the answer among their spans")
  }

  private static func reward(of text: String, _ answers: [String]) throws -> Double {
    let f1 = try SQuAD.f1(text, golds: answers)
    return f1 == 1 ? 1 : f1 > 0.5 ? 0.3 * f1 : 0
  }

  private static let folds = 5

  /// Prints for each penalty how often the first choice is right where the weights were learnt from the
  /// other folds; then learns from all.
  mutating func run() {
    for penalty in options.penalties {
      var right: [String: [Bool]] = [:]
      for fold in 0..<Self.folds {
        weights = learn(items.filter { $0.fold != fold }, penalty: penalty)
        for item in items where item.fold == fold { right[item.set, default: []].append(isRight(item)) }
      }
      let shares = options.sets.map { set in
        "\(set) \(Interval.share(right[set, default: []].count { $0 }, of: right[set, default: []].count))"
      }
      print("# penalty \(penalty), right where not learnt: \(shares.joined(separator: ", "))")
    }
    weights = learn(items, penalty: options.penalties.last ?? 1)
  }

  private func isRight(_ item: Item) -> Bool {
    let shares = shares(item, weights)
    var sums: [UInt64: Double] = [:]
    for (identity, share) in zip(item.identities, shares) { sums[identity, default: 0] += share }
    var best = 0
    for (index, identity) in item.identities.enumerated() {
      let (sum, record) = (sums[identity, default: 0], sums[item.identities[best], default: 0])
      if (sum, shares[index]) > (record, shares[best]) { best = index }
    }
    return item.rewards[best] == 1
  }

  private func shares(_ item: Item, _ weights: [Double]) -> [Double] {
    let ratings = item.spans.map { $0.reduce(0) { $0 + weights[$1.place] * $1.amount } }
    let top = ratings.max() ?? 0
    let shares = ratings.map { exp($0 - top) }
    let sum = shares.reduce(0, +)
    return shares.map { $0 / sum }
  }

  private func learn(_ items: [Item], penalty: Double) -> [Double] {
    var weights = [Double](repeating: 0, count: weights.count)
    var squares = [Double](repeating: 1e-6, count: weights.count)
    let total = items.reduce(0) { $0 + $1.weight }
    for epoch in 0..<40 {
      var generator = SeededGenerator(seed: UInt64(epoch), session: "fit", purpose: "order")
      for item in items.shuffled(using: &generator) {
        let shares = shares(item, weights)
        let reward = zip(shares, item.rewards).reduce(0) { $0 + $1.0 * $1.1 }
        var slope: [Int: Double] = [:]
        for (index, span) in item.spans.enumerated() {
          let pull = shares[index] * (1 - item.rewards[index] / max(reward, 1e-12)) * item.weight
          guard pull != 0 else { continue }
          for clue in span { slope[clue.place, default: 0] += pull * clue.amount }
        }
        for (place, value) in slope.sorted(by: { $0.key < $1.key }) {
          let slope = value + penalty * weights[place] * item.weight / total
          squares[place] += slope * slope
          weights[place] -= 0.3 * slope / squares[place].squareRoot()
        }
      }
    }
    return weights
  }
}
