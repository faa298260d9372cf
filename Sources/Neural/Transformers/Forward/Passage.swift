import Palimpsest
import Tensors

/// One sequence of a forward pass: its parts in their order, and what enters beside them.
public struct Passage: Sendable {
  /// Tokens or vectors; both take one position each.
  public enum Part: Sendable {
    /// Token ids.
    case tokens([Int])
    /// [count, width], in place of token embeddings.
    case vectors(Tensor)

    var count: Int {
      switch self {
      case .tokens(let tokens): tokens.count
      case .vectors(let vectors): vectors.shape[0]
      }
    }
  }

  /// Read one after the other.
  public var parts: [Part]
  /// What enters beside the parts.
  public var injections: Injections
  /// The adapter of this passage; nil reads with the weights alone.
  public var adapter: Adapter?

  /// Without injections and adapter it is the plain pass.
  public init(_ parts: [Part], injections: Injections = Injections(), adapter: Adapter? = nil) {
    self.parts = parts
    self.injections = injections
    self.adapter = adapter
  }

  /// A passage of token ids alone.
  public init(_ tokens: [Int], injections: Injections = Injections(), adapter: Adapter? = nil) {
    self.init([.tokens(tokens)], injections: injections, adapter: adapter)
  }

  /// The number of positions.
  public var count: Int { parts.reduce(0) { $0 + $1.count } }

  /// Its token ids; nil where it has vectors too.
  var tokens: [Int]? {
    var tokens: [Int] = []
    for part in parts {
      guard case .tokens(let more) = part else { return nil }
      tokens += more
    }
    return tokens
  }
}

/// What a memory adds to a forward pass: the sites `rows`, `residual` and `distribution` of a `Recollection`.
/// With none of them the logits are those of the plain pass, bit for bit.
public struct Injections: Sendable {
  /// The position that recalled keys get, since they come unrotated.
  public enum RowPosition: Sendable, Hashable {
    /// All at position 0, as MemLong has them (arXiv:2408.16967).
    case zero
    /// One behind the other, the last one before the first position of the pass.
    case before
    /// At the positions that the rows themselves have; rows without positions are refused.
    case own
  }

  /// Each is asked by the layers it names, once per span of queries. The rows of all stand side by side.
  public var rows: [any RowSource]
  /// The position that recalled rows get.
  public var rowPosition: RowPosition
  /// Added to the stream that enters a layer, [width] for all positions or [count, width].
  public var residuals: [(tensor: Tensor, layer: Int)]
  /// Mixed into the distribution of the next token: (1 - weight)·model + weight·tensor, [vocabulary].
  public var distributions: [(tensor: Tensor, weight: Float)]

  /// The version of the weights that read, where it is known; rows of others are refused.
  var version: String?

  /// Nothing enters unless it is given.
  public init(
    rows: any RowSource..., rowPosition: RowPosition = .zero, residuals: [(tensor: Tensor, layer: Int)] = [],
    distributions: [(tensor: Tensor, weight: Float)] = []
  ) {
    self.rows = rows
    self.rowPosition = rowPosition
    self.residuals = residuals
    self.distributions = distributions
  }

  var isEmpty: Bool { rows.isEmpty && residuals.isEmpty && distributions.isEmpty }
}
