import Palimpsest

/// The beginning of the text, unchanged, until the budget is full: the control for truncating a
/// text to the context length.
///
/// States the signal `exit` where the page is full. The text is held once where chunks overlap.
public struct FirstMemory: Memory {
  /// One slot, id 0, with the beginning of the text.
  public var state: MemoryState
  private let tokenizer: any Tokenizer

  /// - Parameter tokens: length of the page, in tokens of the tokenizer.
  public init(tokens: Int, tokenizer: any Tokenizer = WordTokenizer()) {
    state = MemoryState(budget: Budget(tokens: tokens, slots: 1))
    self.tokenizer = tokenizer
  }

  /// Adds as much of the chunk as fits, without a call.
  public func draft(from chunk: Chunk, for question: Question, with caller: Caller) -> Draft {
    let held = state[0]?.text ?? ""
    // The page is the text up to here, so it already holds the part of the chunk before that.
    let known = min(max(held.utf8.count - chunk.range.lowerBound, 0), (chunk.text ?? "").utf8.count)
    let text = held + String(decoding: (chunk.text ?? "").utf8.dropFirst(known), as: UTF8.self)
    return state.adding(to: text, from: chunk, counting: tokenizer)
  }

  /// The page, or `nothing` before the first write.
  public func recall(for cue: Cue, with caller: Caller) -> Recollection { state.page }
}

extension MemoryState {
  /// The one page of a control; the literal of an unwritten page where there is none.
  var page: Recollection {
    self[0]?.text.map { .text($0, used: [0]) } ?? .nothing
  }

  /// A draft that makes a longer text the page, cut at the budget. States `exit` where it was cut.
  func adding(to text: String, from chunk: Chunk, counting tokenizer: any Tokenizer) -> Draft {
    let kept = tokenizer.truncate(text, to: budget.tokens)
    let isFull = kept.utf8.count < text.utf8.count
    var draft = Draft(signals: Signals(update: 0, exit: isFull ? 1 : 0))
    if kept.utf8.count > (self[0]?.text ?? "").utf8.count {
      let slot = Slot(
        id: 0, content: .text(kept), tokens: tokenizer.count(kept),
        origins: (self[0]?.origins ?? []) + [chunk.index])
      draft.edits = [.write(slot, because: "control")]
      draft.signals.update = 1
    }
    return draft
  }
}
