import Palimpsest

/// Exactly the evidence of the chunks, in the order of the text, a line each: an upper bound for a
/// memory of this size. It knows the question's evidence ranges, and makes no call.
///
/// Evidence that a border cuts is joined again. Without known evidence the page stays empty.
public struct OracleMemory: Memory {
  /// One slot, id 0, with the evidence read so far.
  public var state: MemoryState
  private let tokenizer: any Tokenizer

  /// - Parameter tokens: length of the page, in tokens of the tokenizer; evidence beyond it is cut.
  public init(tokens: Int, tokenizer: any Tokenizer = WordTokenizer()) {
    state = MemoryState(budget: Budget(tokens: tokens, slots: 1))
    self.tokenizer = tokenizer
  }

  /// Adds the chunk's part of the evidence, without a call; the signal `update` says whether it has any.
  public func draft(from chunk: Chunk, for question: Question, with caller: Caller) -> Draft {
    // Text behind `next` comes again with the next chunk.
    let here = chunk.range.lowerBound..<min(chunk.next, chunk.range.upperBound)
    let bytes = Array((chunk.text ?? "").utf8)
    var text = state[0]?.text ?? ""
    for evidence in question.evidence.merged {
      let part = evidence.clamped(to: here)
      guard !part.isEmpty, part.upperBound - here.lowerBound <= bytes.count else { continue }
      if part.lowerBound == evidence.lowerBound, !text.isEmpty { text += "\n" }
      text += String(
        decoding: bytes[(part.lowerBound - here.lowerBound)..<(part.upperBound - here.lowerBound)], as: UTF8.self)
    }
    var draft = state.adding(to: text, from: chunk, counting: tokenizer)
    // A full page does not end the reading: a gate may still need to know where evidence lies.
    draft.signals.exit = nil
    return draft
  }

  /// The page, or `nothing` before the first write.
  public func recall(for cue: Cue, with caller: Caller) -> Recollection { state.page }
}

extension [Range<Int>] {
  /// The same places in order, each once.
  fileprivate var merged: [Range<Int>] {
    var merged: [Range<Int>] = []
    for range in sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = merged.last, range.lowerBound < last.upperBound {
        merged[merged.count - 1] = last.lowerBound..<Swift.max(last.upperBound, range.upperBound)
      } else {
        merged.append(range)
      }
    }
    return merged
  }
}
