import Tensors

/// The sizes and switches of a decoder of the Llama family: one definition for Llama, Mistral, Qwen2,
/// Qwen3 and small models of one's own.
///
/// - Precondition: `heads` is a multiple of `keyHeads`, heads have an even width, `slidingWindows` names every layer.
public struct DecoderConfiguration: Sendable, Codable, Hashable {
  /// Token ids there are.
  public var vocabulary: Int
  /// Width of the residual stream.
  public var width: Int
  /// Width inside the gated unit.
  public var innerWidth: Int
  /// Query heads of a layer.
  public var heads: Int
  /// Key and value heads of a layer; `heads / keyHeads` query heads share one.
  public var keyHeads: Int
  /// Scalars of a query, key or value of one head; an even number.
  public var headWidth: Int
  /// Under the root of the normalisations.
  public var epsilon: Float
  /// Positions the model was made for.
  public var contextLength: Int
  /// How positions become angles.
  public var rotary: Rotary
  /// Whether the output projection is the embedding table.
  public var isTied: Bool
  /// Whether queries, keys and values have a bias.
  public var hasInputBias: Bool
  /// Whether the attention's output has one.
  public var hasOutputBias: Bool
  /// Whether the gated unit's three products have one.
  public var hasInnerBias: Bool
  /// Whether queries and keys are normalised per head before they are rotated (Qwen3).
  public var hasHeadNorms: Bool
  /// Per layer, how many positions back it sees, its own included; nil sees all.
  public var slidingWindows: [Int?]

  /// The number of layers.
  public var layers: Int { slidingWindows.count }

  /// A decoder as small models are made: as many key heads as heads, no bias, no sliding window.
  public init(
    vocabulary: Int, width: Int, innerWidth: Int, layers: Int, heads: Int, keyHeads: Int? = nil,
    headWidth: Int? = nil, contextLength: Int = 2048, rotary: Rotary = Rotary(), isTied: Bool = true
  ) {
    self.vocabulary = vocabulary
    self.width = width
    self.innerWidth = innerWidth
    self.heads = heads
    self.keyHeads = keyHeads ?? heads
    self.headWidth = headWidth ?? width / heads
    self.contextLength = contextLength
    self.rotary = rotary
    self.isTied = isTied
    epsilon = 1e-6
    hasInputBias = false
    hasOutputBias = false
    hasInnerBias = false
    hasHeadNorms = false
    slidingWindows = [Int?](repeating: nil, count: layers)
  }

  func check() {
    precondition(
      vocabulary > 0 && width > 0 && innerWidth > 0 && keyHeads > 0 && contextLength > 0,
      "a decoder of vocabulary \(vocabulary), width \(width), inner width \(innerWidth), \(keyHeads) key heads")
    precondition(heads > 0 && heads % keyHeads == 0, "\(heads) heads over \(keyHeads) key heads")
    precondition(headWidth > 0 && headWidth % 2 == 0, "heads of width \(headWidth) have no pairs to rotate")
    precondition(
      slidingWindows.allSatisfy { $0.map { $0 > 0 } ?? true }, "a layer that sees nothing: \(slidingWindows)")
  }

  /// How many numbers the model has.
  public var parameterCount: Int {
    let (q, k) = (heads * headWidth, keyHeads * headWidth)
    var layer = 2 * width * (q + k) + 3 * width * innerWidth + 2 * width
    if hasInputBias { layer += q + 2 * k }
    if hasOutputBias { layer += width }
    if hasInnerBias { layer += 2 * innerWidth + width }
    if hasHeadNorms { layer += 2 * headWidth }
    return vocabulary * width * (isTied ? 1 : 2) + layers * layer + width
  }

  /// Bytes that one position of one sequence takes in a `RowCache`.
  public func bytesPerPosition(_ format: RowFormat = .float32) -> Int {
    layers * 2 * keyHeads * headWidth * format.bytes
  }
}
