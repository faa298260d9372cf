import Learning
import Palimpsest
import Tasks

/// The second lesson, for chains of two hops: to write the facts that a question leads through.
///
/// A sequence has facts over few heads and relations, whose tails are heads too, among noise; then some questions
/// `seek e r₁ r₂ ? write fact e r₁ x . fact x r₂ y . end`. Everything behind `write` is predicted. Where a link is
/// missing, `end` stands in its place. Without this lesson an imitation of chains does not get beyond four of five.
public struct ChainRecall: Sendable, Codable, Hashable {
  /// Sequences of a batch.
  public var batch = 16
  /// Questions of a sequence.
  public var questions = 4
  /// Share of questions without a first link.
  public var absent = 0.15
  /// Share of the others for which a question without a second link is sought.
  public var broken = 0.3
  /// Decides the batches.
  public var seed: UInt64 = 1

  private static let (side, facts, noise) = (6, 12, 4)

  /// Batches of 16 sequences by default.
  public init() {}

  /// The batch of a step.
  public func batch(at step: Int) -> SupervisedBatch {
    var random = SeededGenerator(seed: seed, step: step, purpose: "chain recall")
    let made = (0..<batch).map { _ in sequence(using: &random) }
    return SupervisedBatch(made.map(\.tokens), targets: made.map(\.targets))
  }

  private func sequence(using random: inout SeededGenerator) -> (tokens: [Int], targets: [Int]) {
    let heads = Array(Array(SymbolLanguage.entities).shuffled(using: &random).prefix(Self.side))
    let relations = Array(Array(SymbolLanguage.relations).shuffled(using: &random).prefix(Self.side))
    let pairs = heads.flatMap { head in relations.map { (head, $0) } }.shuffled(using: &random)
    let known = pairs.prefix(Self.facts).map { head, relation in
      SymbolFact(head, relation, heads.filter { $0 != head }.randomElement(using: &random) ?? head)
    }
    func fact(_ head: Int, _ relation: Int) -> SymbolFact? {
      known.first { $0.head == head && $0.relation == relation }
    }
    var (tokens, targets) = (Recall.text(of: known, noise: Self.noise, using: &random), [Int]())
    for _ in 0..<questions {
      let start = known[Int.random(in: known.indices, using: &random)]
      let isAbsent = Double.random(in: 0..<1, using: &random) < absent
      let first = isAbsent ? relations[Int.random(in: relations.indices, using: &random)] : start.relation
      let link = fact(start.head, first)
      let wantsBroken = Double.random(in: 0..<1, using: &random) < broken
      let fitting = relations.filter { relation in (link.flatMap { fact($0.tail, relation) } == nil) == wantsBroken }
      let second = (fitting.isEmpty ? relations : fitting)[
        Int.random(in: 0..<(fitting.isEmpty ? relations.count : fitting.count), using: &random)]
      tokens += [Mark.seek.rawValue, start.head, first, second, Mark.question.rawValue, Mark.write.rawValue]
      let chain = [link, link.flatMap { fact($0.tail, second) }].prefix { $0 != nil }.compactMap(\.self)
      let reply = chain.flatMap(\.tokens) + [Mark.end.rawValue]
      targets += tokens.count..<(tokens.count + reply.count)
      tokens += reply
    }
    return (tokens, targets)
  }
}
