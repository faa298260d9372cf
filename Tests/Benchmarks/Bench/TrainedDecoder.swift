import Tensors

/// The decoder of the training figures: 4 layers, width 128, 4 heads, 256 positions, 1024 tokens,
/// pre-normed, rotary, SwiGLU of 352, the head apart from the embedding; 1.1 million parameters.
struct TrainedDecoder: Parameterized {
  struct Layer: Parameterized {
    var attentionNorm = Tensor(repeating: 1, shape: [TrainedDecoder.width])
    var queryKeyValue: Tensor
    var output: Tensor
    var feedForwardNorm = Tensor(repeating: 1, shape: [TrainedDecoder.width])
    var gateUp: Tensor
    var down: Tensor

    init(_ random: inout Noise) {
      queryKeyValue = random.matrix(3 * TrainedDecoder.width, TrainedDecoder.width)
      output = random.matrix(TrainedDecoder.width, TrainedDecoder.width)
      gateUp = random.matrix(2 * TrainedDecoder.hidden, TrainedDecoder.width)
      down = random.matrix(TrainedDecoder.width, TrainedDecoder.hidden)
    }

    mutating func forEachParameter(_ visit: (String, inout Tensor) -> Void) {
      visit("attentionNorm", &attentionNorm)
      visit("queryKeyValue", &queryKeyValue)
      visit("output", &output)
      visit("feedForwardNorm", &feedForwardNorm)
      visit("gateUp", &gateUp)
      visit("down", &down)
    }
  }

  static let width = 128
  static let heads = 4
  static let hidden = 352
  static let vocabulary = 1024
  static let context = 256

  var embedding: Tensor
  var layers: [Layer]
  var norm = Tensor(repeating: 1, shape: [TrainedDecoder.width])
  var head: Tensor

  init(seed: UInt64 = 1) {
    var random = Noise(state: seed)
    embedding = random.matrix(Self.vocabulary, Self.width)
    layers = (0..<4).map { _ in Layer(&random) }
    head = random.matrix(Self.vocabulary, Self.width)
  }

  mutating func forEachParameter(_ visit: (String, inout Tensor) -> Void) {
    visit("embedding", &embedding)
    for index in layers.indices { layers[index].forEachParameter { visit("layers.\(index).\($0)", &$1) } }
    visit("norm", &norm)
    visit("head", &head)
  }

  /// The mean cross-entropy of the next tokens. `tokens` are rows of 257.
  func loss(_ tokens: [[Int]]) -> Tensor {
    let (n, t) = (tokens.count, Self.context)
    let width = Self.width / Self.heads
    let rotation = Rotation(
      at: tokens.flatMap { _ in 0..<t }, frequencies: Rotation.frequencies(base: 10000, width: width))
    let sequences = (0..<n).map {
      AttentionSequence(queries: ($0 * t)..<(($0 + 1) * t), keys: [($0 * t)..<(($0 + 1) * t)])
    }
    var x = embedding.gathered(tokens.flatMap { $0.prefix(t) })  // [n·T, d]
    for layer in layers {
      let rows = x.rmsNormed(layer.attentionNorm).product(transposed: layer.queryKeyValue)
      let joined = rows.reshaped(n * t, 3 * Self.heads, width)
      let seen = attention(joined: joined, heads: Self.heads, rotation: rotation, sequences: sequences)
        .reshaped(n * t, Self.width)
      x = x + seen.product(transposed: layer.output)
      let gated = x.rmsNormed(layer.feedForwardNorm).product(transposed: layer.gateUp).swiGLU()
      x = x + gated.product(transposed: layer.down)
    }
    return x.rmsNormed(norm).crossEntropy(head: head, tokens.flatMap { $0.suffix(t) })
  }
}

/// Normal-looking numbers from a counter: the sum of four uniform ones.
struct Noise {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func matrix(_ rows: Int, _ columns: Int) -> Tensor {
    let scale = 0.02 * (3 as Float).squareRoot()
    return Tensor(
      (0..<rows * columns).map { _ in
        scale * (0..<4).reduce(Float(0)) { sum, _ in sum + Float(next() >> 40) / Float(1 << 23) - 1 }
      }, shape: [rows, columns])
  }
}
