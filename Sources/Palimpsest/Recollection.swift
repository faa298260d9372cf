import Tensors

/// The result of a recall: parts for the sites at which a recollection can enter a model. The
/// enumeration is closed on purpose: only policies read the parts, in one `switch`.
public struct Recollection: Sendable {
  /// What enters a model at one site.
  public enum Part: Sendable {
    case text(String)
    /// [count, width], in place of token embeddings.
    case vectors(Tensor)
    /// Called by each attention layer it names, with that layer's own queries.
    case rows(any RowSource)
    /// Added to the residual stream before a layer, [width].
    case residual(Tensor, layer: Int)
    /// Mixed into the next-token distribution, [vocabulary] (kNN-LM).
    case distribution(Tensor, weight: Float)
    /// Called during decoding, at boundaries (MemGen's trigger and weaver).
    case onDemand(any Interjector)

    /// The site the part enters at.
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

  /// In the order in which they enter the prompt.
  public var parts: [Part]
  /// The slots this was made of.
  public var used: [Slot.ID]

  /// - Parameter used: the slots that the parts were made of.
  public init(_ parts: [Part] = [], used: [Slot.ID] = []) {
    self.parts = parts
    self.used = used
  }

  /// A recollection of one text.
  public static func text(_ text: String, used: [Slot.ID] = []) -> Recollection {
    Recollection([.text(text)], used: used)
  }

  /// The recollection of an unwritten memory: the literal first memory of MemAgent
  /// (arXiv:2507.02259).
  public static let nothing = Recollection.text("No previous memory")

  /// All text parts that are not empty, joined by blank lines; nil where no part is text.
  public var text: String? {
    let texts = parts.compactMap { if case .text(let text) = $0 { text } else { nil } }
    return texts.isEmpty ? nil : texts.filter { !$0.isEmpty }.joined(separator: "\n\n")
  }
}

/// The cue for a recall: a question and, while reading, the next chunk.
public struct Cue: Sendable {
  /// What is asked.
  public var question: Question
  /// The chunk that comes next; nil at the end of the text.
  public var chunk: Chunk?

  /// Without a chunk it asks for the answer.
  public init(_ question: Question, before chunk: Chunk? = nil) {
    self.question = question
    self.chunk = chunk
  }
}
