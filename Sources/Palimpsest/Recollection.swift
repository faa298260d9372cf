import Tensors

/// What a memory gives back when it is asked: parts for the sites where a recollection can enter
/// a model. Closed on purpose: only policies look inside, in one `switch`.
public struct Recollection: Sendable {
  public enum Part: Sendable {
    case text(String)
    /// [count, width], in place of token embeddings.
    case vectors(Tensor)
    /// Asked by each attention layer it names, with that layer's own queries.
    case rows(any RowSource)
    /// Added to the residual stream before a layer, [width].
    case residual(Tensor, layer: Int)
    /// Mixed into the next-token distribution, [vocabulary] (kNN-LM).
    case distribution(Tensor, weight: Float)
    /// Asked while decoding, at boundaries (MemGen's trigger and weaver).
    case onDemand(any Interjector)

    public var site: Site {
      switch self {
      case .text: .text
      case .vectors: .vectors
      case .rows: .rows
      case .residual: .residual
      case .distribution: .distribution
      case .onDemand: .onDemand
      }
    }
  }

  /// Where a recollection can enter a model.
  public enum Site: String, Sendable, Codable, CaseIterable {
    case text, vectors, rows, residual, distribution, onDemand
  }

  public var parts: [Part]
  /// The slots this was made of.
  public var used: [Slot.ID]

  public init(_ parts: [Part] = [], used: [Slot.ID] = []) {
    self.parts = parts
    self.used = used
  }

  public static func text(_ text: String, used: [Slot.ID] = []) -> Recollection {
    Recollection([.text(text)], used: used)
  }

  /// What an unwritten memory gives back: the literal first memory of MemAgent (arXiv:2507.02259).
  public static let nothing = Recollection.text("No previous memory")

  /// All text parts that are not empty, joined by blank lines; nil where no part is text.
  public var text: String? {
    let texts = parts.compactMap { if case .text(let text) = $0 { text } else { nil } }
    return texts.isEmpty ? nil : texts.filter { !$0.isEmpty }.joined(separator: "\n\n")
  }
}

/// What a memory is asked with: a question and, while reading, the chunk that lies ahead.
public struct Cue: Sendable {
  public var question: Question
  public var chunk: Chunk?

  public init(_ question: Question, before chunk: Chunk? = nil) {
    self.question = question
    self.chunk = chunk
  }
}
