import Learning
import Palimpsest
import Tasks
import Tensors
import Transformers

/// The full-attention twin of a memory: a model of the same size that has question and whole text in its context, and
/// nothing to write but the answer.
///
/// It learns at texts of up to a number of chunks. Behind that length its positions are new to it.
public struct WholeText: Sendable, Codable, Hashable {
  /// The questions; texts have up to their `chunks`.
  public var task: SymbolTask.Settings
  /// Items of a batch.
  public var batch = 16
  /// Decides items.
  public var seed: UInt64 = 1

  /// - Parameter task: with the chunks of the longest text that is learned from.
  public init(_ task: SymbolTask.Settings) { self.task = task }

  /// The batch of a step: texts of 1, 2, … chunks in turn.
  public func batch(at step: Int, _ prompts: SymbolPrompts = SymbolPrompts()) -> SupervisedBatch {
    var task = task
    task.chunks = 1 + step % task.chunks
    let items = SymbolTask(task)
    return SupervisedBatch(
      replies: (0..<batch).map { index in
        let item = items.item(step * batch + index, seed: seed)
        return (prompts.whole(item), item.reply)
      })
  }
}

extension SymbolReadings {
  /// Accuracy of the full-attention twin on the first items of a task: the answer is written greedily behind the
  /// whole text.
  public func judgeWhole(_ task: SymbolTask, items count: Int, seed: UInt64) -> SymbolScore {
    var score = SymbolScore(chunks: task.settings.chunks)
    // A pass holds some thousand positions, so that its memory does not grow with the number of items.
    let side = max(1, 16_384 / (task.settings.chunks * task.settings.sentences * SymbolLanguage.sentence))
    for start in stride(from: 0, to: count, by: side) {
      let items = (start..<min(count, start + side)).map { task.item($0, seed: seed) }
      let replies = model.replies(to: items.map(prompts.whole), of: items.map(\.reply.count))
      for (item, reply) in zip(items, replies) { score.add(item.isRight(reply), page: 0) }
    }
    return score
  }
}

extension SymbolPrompts {
  /// What the full-attention twin reads: question, text, the question again.
  func whole(_ item: SymbolItem) -> [Int] {
    answer(item.query, page: item.chunks.flatMap(\.self), room: item.count * SymbolLanguage.sentence)
  }
}

extension Backbone {
  /// The likeliest tokens behind prompts, without a cache: for prompts longer than a cache has room for.
  package func replies(to prompts: [[Int]], of counts: [Int]) -> [[Int]] {
    var replies = prompts.map { _ in [Int]() }
    while true {
      let open = prompts.indices.filter { replies[$0].count < counts[$0] }
      guard !open.isEmpty else { return replies }
      let states = states(of: open.map { Passage(prompts[$0] + replies[$0]) })
      let columns = logits(of: states, rows: states.lastRows).detached.top(1).columns
      for (row, index) in open.enumerated() { replies[index].append(columns[row][0]) }
    }
  }
}
