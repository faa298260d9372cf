/// How many floating-point operations a transformer takes to read a text at once, or chunk by chunk.
///
/// A pass over L tokens takes 6·P·L + 12·H·L², where P counts parameters, embeddings and head included, and H is the
/// hidden width times the number of layers: forward and backward, with full attention, as verl counts. Reading alone is a
/// third of it.
///
/// Source: MemAgent (arXiv:2507.02259), appendix A, and `flops_counter.py` of verl. MemAgent counts a pass over the question and
/// 200 tokens of prompt, one for each chunk, and one for the answer with 100 tokens of prompt. The memory of up to
/// `memory` tokens has no place of its own in that count; it is 0 by default.
public struct FlopModel: Sendable, Hashable {
  /// Parameters, embeddings and head included.
  public var parameters: Double
  /// Hidden width times layers.
  public var width: Double
  /// Tokens of a question.
  public var question = 1024.0
  /// Tokens of a reply.
  public var reply = 1024.0
  /// Tokens of a chunk.
  public var chunk = 5000.0
  /// Tokens of the memory in a prompt.
  public var memory = 0.0

  /// - Precondition: both are above 0.
  public init(parameters: Double, width: Double) {
    precondition(parameters > 0 && width > 0, "\(parameters) parameters, a width of \(width)")
    self.parameters = parameters
    self.width = width
  }

  /// 7.62 billion parameters, 28 layers of 3,584.
  public static let qwen7B = FlopModel(parameters: 7.62e9, width: 100_352)

  /// One pass.
  public func pass(_ tokens: Double) -> Double { 6 * parameters * tokens + 12 * width * tokens * tokens }

  /// The whole text in one pass.
  public func atOnce(_ context: Double) -> Double { pass(question + context + reply) }

  /// The text chunk by chunk.
  ///
  /// - Parameter chunks: how many chunks are read, where a gate leaves early; all where it is nil.
  public func inChunks(_ context: Double, chunks: Double? = nil) -> Double {
    let count = chunks ?? (context / chunk).rounded(.up)
    return pass(question + 200 + reply) + count * pass(question + memory + 200 + chunk + reply)
      + pass(question + memory + 100 + reply)
  }
}
