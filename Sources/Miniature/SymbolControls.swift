import Palimpsest
import Tasks
import Transformers

/// What a learned page is compared with: the same model under another rule for the page.
public enum SymbolControl: Sendable, Hashable {
  /// Each chunk is noted from an empty page, and notes are never rewritten. The answer sees all notes, however many.
  case append
  /// A chunk may rewrite the page with this probability, whatever it says.
  case randomGate(Double)
  /// The page of the good writer by rule; the model only answers.
  case oracle
}

extension SymbolReadings {
  /// Accuracy and mean page under a control, greedily, on the first items of a task.
  public func judge(_ control: SymbolControl, _ task: SymbolTask, items count: Int, seed: UInt64) -> SymbolScore {
    var score = SymbolScore(chunks: task.settings.chunks)
    for start in stride(from: 0, to: count, by: width) {
      let items = (start..<min(count, start + width)).map { task.item($0, seed: seed) }
      let pages = pages(of: items, under: control, seed: seed)
      let replies = zip(items, pages).map { prompts.answer($0.query, page: $1, room: max(prompts.page, $1.count)) }
      let counts = items.map(\.reply.count)
      // Long notes take passes of their own, so that memory does not grow with the width.
      let side = max(1, 16_384 / (replies.map(\.count).max() ?? 1))
      for first in stride(from: 0, to: items.count, by: side) {
        let some = first..<min(items.count, first + side)
        let written = model.replies(to: Array(replies[some]), of: Array(counts[some]))
        for (index, reply) in zip(some, written) { score.add(items[index].isRight(reply), page: pages[index].count) }
      }
    }
    return score
  }

  private func pages(of items: [SymbolItem], under control: SymbolControl, seed: UInt64) -> [[Int]] {
    if case .oracle = control { return items.map { item in item.demonstration.reduce([]) { $1.page } } }
    var pages = items.map { _ in [Int]() }
    var batch = Batch(model, width: width)
    for step in 0..<(items.first?.settings.chunks ?? 0) {
      let open = items.indices.filter { index in
        guard case .randomGate(let share) = control else { return true }
        var random = SeededGenerator(seed: seed, session: items[index].id, step: step, purpose: "random gate")
        return Double.random(in: 0..<1, using: &random) < share
      }
      let written = batch.continuations(
        of: open.map { index in
          let page = control == .append ? [] : pages[index]
          return GenerationRequest(
            Passage(prompts.update(items[index].query, page: page, chunk: items[index].chunk(step))),
            limit: prompts.updateLimit, choice: .greedy, ends: [Mark.end.rawValue],
            random: CallID(question: items[index].id, step: step).random(seed: seed, for: "tokens"))
        })
      for (index, reply) in zip(open, written) {
        let page = prompts.page(of: reply.tokens)
        pages[index] = control == .append ? pages[index] + page : page
      }
    }
    return pages
  }
}
