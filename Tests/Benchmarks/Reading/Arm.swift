import Chunkers
import Gating
import MemoryControls
import MemoryGated
import MemoryOverwrite
import Palimpsest
import PolicyExtractive

/// One reader of the comparison: the extractive policy with a memory, or a control.
enum Arm: String, CaseIterable {
  case overwrite, append, gated, exit, none, first, oracle, bm25

  func reader(tokens: Int, chunk: Int, weights: Setting) throws -> Reader {
    let tokenizer = WordTokenizer()
    let memory: any Memory =
      switch self {
      case .overwrite: OverwriteMemory(.init(tokens: tokens), tokenizer: tokenizer)
      case .append: AppendMemory(.init(tokens: tokens), tokenizer: tokenizer)
      case .gated, .exit: GatedMemory(.init(tokens: tokens), tokenizer: tokenizer)
      case .none: NoMemory()
      case .first: FirstMemory(tokens: tokens, tokenizer: tokenizer)
      case .oracle: OracleMemory(tokens: tokens, tokenizer: tokenizer)
      case .bm25: BM25Memory(tokens: tokens, tokenizer: tokenizer)
      }
    // BM25 holds the whole text: how it was cut changes nothing but the time that copying takes.
    return Reader(
      chunker: TokenChunker(size: self == .bm25 ? 8 * chunk : chunk, by: tokenizer), memory: memory,
      gate: RepliedGate(.init(exit: self == .gated ? .ignore : .obey)),
      policy: try ExtractivePolicy(tokenizer: tokenizer, weights: weights), keeping: .lastStep)
  }
}
