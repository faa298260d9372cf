import Learning
import Palimpsest
import Tasks

/// The first lesson of a tiny model: to look up facts that stand before a question, and to say when there is none.
///
/// A sequence has some facts over few heads and relations among noise, then 16 questions. In half of the
/// sequences these are `seek e r ? x`, in the others `fact e r x .`; the tail x is predicted, and `end` where there is
/// no such fact. Imitating a good writer from nothing does not form this skill in ten million tokens; with this
/// lesson before it, it takes one or two.
///
/// Source: associative recall, as in arXiv:2212.14052; measured in docs/measurements.md.
public struct Recall: Sendable, Codable, Hashable {
  /// How much stands before the questions.
  public enum Level: String, Choice {
    /// 4 facts over 3 heads and 3 relations, 2 sentences of noise.
    case small
    /// 12 facts over 6 heads and 6 relations, 4 sentences of noise.
    case full
  }

  /// Sequences of a batch.
  public var batch = 32
  /// Questions of a sequence.
  public var questions = 16
  /// Share of questions without a fact.
  public var absent = 0.3
  /// Decides the batches.
  public var seed: UInt64 = 1

  /// Batches of 32 sequences by default.
  public init() {}

  /// The batch of a step.
  public func batch(at step: Int, _ level: Level) -> SupervisedBatch {
    var random = SeededGenerator(seed: seed, step: step, purpose: "recall")
    let made = (0..<batch).map { _ in sequence(level, using: &random) }
    return SupervisedBatch(made.map(\.tokens), targets: made.map(\.targets))
  }

  private func sequence(_ level: Level, using random: inout SeededGenerator) -> (tokens: [Int], targets: [Int]) {
    let (side, facts, noise) = level == .small ? (3, 4, 2) : (6, 12, 4)
    let heads = Array(SymbolLanguage.entities).shuffled(using: &random).prefix(side)
    let relations = Array(SymbolLanguage.relations).shuffled(using: &random).prefix(side)
    let pairs = heads.flatMap { head in relations.map { (head, $0) } }.shuffled(using: &random)
    let known = pairs.prefix(facts).map { head, relation in
      SymbolFact(head, relation, Int.random(in: SymbolLanguage.entities, using: &random))
    }
    var (tokens, targets) = (Self.text(of: known, noise: noise, using: &random), [Int]())
    let asks = Bool.random(using: &random)
    for _ in 0..<questions {
      var fact = known[Int.random(in: known.indices, using: &random)]
      if Double.random(in: 0..<1, using: &random) < absent {
        let pair = pairs[Int.random(in: facts..<pairs.count, using: &random)]
        fact = SymbolFact(pair.0, pair.1, Mark.end.rawValue)
      }
      if asks {
        tokens += [Mark.seek.rawValue, fact.head, fact.relation, Mark.question.rawValue, fact.tail]
        targets.append(tokens.count - 1)
      } else {
        tokens += fact.tokens
        targets.append(tokens.count - 2)
      }
    }
    return (tokens, targets)
  }

  /// The tokens of facts among sentences of noise.
  static func text(of facts: [SymbolFact], noise: Int, using random: inout SeededGenerator) -> [Int] {
    var sentences = facts.map(\.tokens)
    for _ in 0..<noise {
      let words = (0..<4).map { _ in Int.random(in: SymbolLanguage.noise, using: &random) }
      sentences.insert(words + [Mark.stop.rawValue], at: Int.random(in: 0...sentences.count, using: &random))
    }
    return Array(sentences.joined())
  }

  /// Of the questions with a fact and of those without, the share that was right.
  public static func shares(_ loss: SupervisedLoss, _ batch: SupervisedBatch) -> (found: Double, absent: Double) {
    shares(loss.hits, batch)
  }

  /// The same from what was predicted: per sequence and target, whether the likeliest token is the right one.
  public static func shares(_ hits: [[Bool]], _ batch: SupervisedBatch) -> (found: Double, absent: Double) {
    var (counts, right) = ([0, 0], [0, 0])
    for (index, places) in batch.targets.enumerated() {
      for (target, place) in places.enumerated() {
        let kind = batch.sequences[index][place] == Mark.end.rawValue ? 1 : 0
        counts[kind] += 1
        if hits[index][target] { right[kind] += 1 }
      }
    }
    func share(_ kind: Int) -> Double { counts[kind] == 0 ? 1 : Double(right[kind]) / Double(counts[kind]) }
    return (share(0), share(1))
  }
}
