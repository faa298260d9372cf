import Learning
import Palimpsest
import Tasks

/// Batches of single turns of readings by rule: what a tiny model imitates before it is rewarded.
///
/// Of each item one random turn of a reading of a few chunks is taken, a fifth of them the answer. Each turn before it
/// and the turn itself is written by the good writer or the naive one. With `good` at 1 the model learns to keep
/// what is needed and nothing else; with 0.5 and some faults it becomes a weak start with room for reward, which stands
/// in for a pretrained model.
///
/// In a form with gates the good writer opens the update gate where it takes something from the chunk, and the exit gate
/// where the page holds all that can be asked for. The naive one always writes, and says at random that it suffices.
public struct Imitation: Sendable, Codable, Hashable {
  /// The questions; readings have their `chunks`.
  public var task: SymbolTask.Settings
  /// Turns of a batch.
  public var batch = 64
  /// Share of turns that the good writer writes, 0...1.
  public var good = 1.0
  /// Share of updates with one fault, 0...1.
  public var faults = 0.0
  /// Share of turns that answer.
  public var answers = 0.2
  /// Share of turns of chains of a single hop, 0...1, where the task has longer ones.
  public var eased = 0.0
  /// How updates state their gates; nil for pages without gates.
  public var gates: Gates?
  /// Decides items and turns.
  public var seed: UInt64 = 1

  /// Turns with gates.
  public struct Gates: Sendable, Codable, Hashable {
    /// What an update looks like.
    public var form = SymbolForm.gates
    /// With an exit gate, the share of naive turns that open it.
    public var halts = 0.15

    /// Both gates; the naive writer stops at 0.15 of its turns.
    public init(_ form: SymbolForm = .gates, halts: Double = 0.15) {
      self.form = form
      self.halts = halts
    }
  }

  /// Readings of three chunks, written by the good writer.
  ///
  /// - Parameter task: its number of chunks is set to 3.
  public init(_ task: SymbolTask.Settings, good: Double = 1, faults: Double = 0) {
    self.task = task
    self.task.chunks = 3
    self.good = good
    self.faults = faults
  }

  /// The batch of a step.
  public func batch(at step: Int, _ prompts: SymbolPrompts = SymbolPrompts()) -> SupervisedBatch {
    var short = task
    short.links = 1
    let (items, easy) = (SymbolTask(task), SymbolTask(short))
    return SupervisedBatch(
      replies: (0..<batch).map { index in
        // Every so many turns, so that answers and updates have the same share of them.
        let isEasy = Int(Double(index + 1) * eased) > Int(Double(index) * eased)
        let item = (isEasy ? easy : items).item(step * batch + index, seed: seed)
        var random = SeededGenerator(seed: seed, session: item.id, purpose: "imitation")
        return Double(index) < answers * Double(batch)
          ? answer(item, prompts, using: &random) : update(item, prompts, using: &random)
      })
  }

  /// The answer from a page with the gold facts and up to two others, in any order.
  private func answer(
    _ item: SymbolItem, _ prompts: SymbolPrompts, using random: inout SeededGenerator
  ) -> (prompt: [Int], reply: [Int]) {
    let chunk = item.chunk(Int.random(in: 0..<task.chunks, using: &random))
    let others = SymbolFact.all(in: chunk).filter { !item.gold.contains($0) }.shuffled(using: &random)
    let room = max(0, prompts.page / SymbolLanguage.sentence - item.gold.count)
    let page = item.gold + others.prefix(Int.random(in: 0...room, using: &random))
    return (prompts.answer(item.query, page: page.shuffled(using: &random).flatMap(\.tokens)), item.reply)
  }

  private func update(
    _ item: SymbolItem, _ prompts: SymbolPrompts, using random: inout SeededGenerator
  ) -> (prompt: [Int], reply: [Int]) {
    if let gates, gates.form.isGated { return gated(item, gates, prompts, using: &random) }
    let turn = Int.random(in: 0..<task.chunks, using: &random)
    func next(_ page: [SymbolFact], _ chunk: [SymbolFact]) -> [SymbolFact] {
      Double.random(in: 0..<1, using: &random) < good
        ? SymbolWriter.good(item.query, page: page, chunk: chunk)
        : SymbolWriter.naive(item.query, page: page, chunk: chunk)
    }
    let page = (0..<turn).reduce([]) { next($0, SymbolFact.all(in: item.chunk($1))) }
    let chunk = SymbolFact.all(in: item.chunk(turn))
    var written = next(page, chunk)
    if Double.random(in: 0..<1, using: &random) < faults {
      written = SymbolWriter.corrupted(written, chunk: chunk, using: &random)
    }
    return (
      prompts.update(item.query, page: page.flatMap(\.tokens), chunk: item.chunk(turn)), prompts.reply(for: written)
    )
  }

  private func gated(
    _ item: SymbolItem, _ gates: Gates, _ prompts: SymbolPrompts, using random: inout SeededGenerator
  ) -> (prompt: [Int], reply: [Int]) {
    let turn = Int.random(in: 0..<task.chunks, using: &random)
    func next(_ page: [SymbolFact], _ chunk: [SymbolFact]) -> (page: [SymbolFact], updates: Bool, exits: Bool) {
      guard Double.random(in: 0..<1, using: &random) < good else {
        let page = SymbolWriter.naive(item.query, page: page, chunk: chunk)
        return (page, true, Double.random(in: 0..<1, using: &random) < gates.halts)
      }
      let wanted = SymbolWriter.good(item.query, page: page, chunk: chunk)
      // A page with more than is needed stays as it is where nothing new is needed.
      let updates = wanted.contains { !page.contains($0) }
      return (updates ? wanted : page, updates, item.isComplete(wanted))
    }
    let page = (0..<turn).reduce([]) { next($0, SymbolFact.all(in: item.chunk($1))).page }
    let chunk = SymbolFact.all(in: item.chunk(turn))
    var written = next(page, chunk)
    if written.updates, Double.random(in: 0..<1, using: &random) < faults {
      written.page = SymbolWriter.corrupted(written.page, chunk: chunk, using: &random)
    }
    let reply = SymbolReply(
      updates: written.updates, page: written.updates ? written.page.flatMap(\.tokens) : [], exits: written.exits)
    return (
      prompts.update(item.query, page: page.flatMap(\.tokens), chunk: item.chunk(turn)), reply.tokens(form: gates.form)
    )
  }
}
