import Tensors

/// A decoder-only transformer: one definition for reading, generation and learning.
///
///     let decoder = try Decoder(configuration, weights: RandomWeights(seed: 1))
///     let logits = decoder.logits(of: decoder.states(of: [Passage(tokens)]))     // [tokens, vocabulary]
///     let loss = decoder.tracked().loss(on: [tokens])                            // gradients flow from here
///
/// Parameters have the names of published checkpoints. Only weights that are tensors are parameters;
/// stored matrices are not visited and do not learn.
public struct Decoder: Sendable {
  /// Sizes and switches; the shapes of all weights follow from it.
  public let configuration: DecoderConfiguration
  /// How its caches write the rows of attention. 16 bits halve the memory and change scores in the third (bfloat16) or
  /// fourth digit (float16).
  public var cacheFormat = RowFormat.float32
  var embedding: Weight
  var layers: [DecoderLayer]
  var norm: Tensor
  /// nil where the embedding table is used.
  var ownHead: Weight?
  let frequencies: [Float]

  /// - Throws: the source's error: a weight that is missing or of another shape.
  /// - Precondition: see `DecoderConfiguration`.
  public init(_ configuration: DecoderConfiguration, weights: some WeightSource) throws {
    configuration.check()
    self.configuration = configuration
    let (vocabulary, width) = (configuration.vocabulary, configuration.width)
    embedding = try weights.matrix("model.embed_tokens.weight", rows: vocabulary, columns: width)
    layers = try (0..<configuration.layers).map {
      try DecoderLayer("model.layers.\($0)", configuration, slidingWindow: configuration.slidingWindows[$0], weights)
    }
    norm = try weights.vector("model.norm.weight", count: width)
    ownHead =
      configuration.isTied ? nil : try weights.matrix("lm_head.weight", rows: vocabulary, columns: width)
    frequencies = configuration.rotary.frequencies(width: configuration.headWidth)
  }
}

extension Decoder {
  /// Bytes of all weights, in memory or mapped.
  public var bytes: Int {
    embedding.bytes + (ownHead?.bytes ?? 0) + norm.bytes + layers.reduce(0) { $0 + $1.bytes }
  }
}

extension Decoder: Parameterized {
  /// Visits the tensors that learn, under their published names; stored matrices are left out.
  public mutating func forEachParameter(_ visit: (String, inout Tensor) -> Void) {
    embedding.visit("model.embed_tokens.weight", visit)
    for index in layers.indices { layers[index].visit("model.layers.\(index)", visit) }
    visit("model.norm.weight", &norm)
    ownHead?.visit("lm_head.weight", visit)
  }
}

/// One layer: attention, then the gated unit, each added to the stream.
struct DecoderLayer: Sendable {
  var inputNorm: Tensor
  var queries, keys, values, output: Linear
  var queryNorm, keyNorm: Tensor?
  var innerNorm: Tensor
  var gate, up, down: Linear
  let slidingWindow: Int?

  init(_ name: String, _ c: DecoderConfiguration, slidingWindow: Int?, _ weights: some WeightSource) throws {
    func linear(_ part: String, _ rows: Int, _ columns: Int, _ hasBias: Bool) throws -> Linear {
      try Linear("\(name).\(part)", from: weights, to: rows, from: columns, hasBias: hasBias)
    }
    func gain(_ part: String, _ count: Int) throws -> Tensor {
      try weights.vector("\(name).\(part).weight", count: count)
    }
    let (q, k) = (c.heads * c.headWidth, c.keyHeads * c.headWidth)
    inputNorm = try gain("input_layernorm", c.width)
    queries = try linear("self_attn.q_proj", q, c.width, c.hasInputBias)
    keys = try linear("self_attn.k_proj", k, c.width, c.hasInputBias)
    values = try linear("self_attn.v_proj", k, c.width, c.hasInputBias)
    output = try linear("self_attn.o_proj", c.width, q, c.hasOutputBias)
    queryNorm = c.hasHeadNorms ? try gain("self_attn.q_norm", c.headWidth) : nil
    keyNorm = c.hasHeadNorms ? try gain("self_attn.k_norm", c.headWidth) : nil
    innerNorm = try gain("post_attention_layernorm", c.width)
    gate = try linear("mlp.gate_proj", c.innerWidth, c.width, c.hasInnerBias)
    up = try linear("mlp.up_proj", c.innerWidth, c.width, c.hasInnerBias)
    down = try linear("mlp.down_proj", c.width, c.innerWidth, c.hasInnerBias)
    self.slidingWindow = slidingWindow
  }

  var bytes: Int {
    let linear = [queries, keys, values, output, gate, up, down]
    return linear.reduce(0) { $0 + $1.weight.bytes + ($1.bias?.bytes ?? 0) }
      + [inputNorm, innerNorm, queryNorm, keyNorm].reduce(0) { $0 + ($1?.bytes ?? 0) }
  }

  mutating func visit(_ name: String, _ visit: (String, inout Tensor) -> Void) {
    visit("\(name).input_layernorm.weight", &inputNorm)
    queries.visit("\(name).self_attn.q_proj", visit)
    keys.visit("\(name).self_attn.k_proj", visit)
    values.visit("\(name).self_attn.v_proj", visit)
    output.visit("\(name).self_attn.o_proj", visit)
    if var gain = queryNorm {
      queryNorm = nil
      visit("\(name).self_attn.q_norm.weight", &gain)
      queryNorm = gain
    }
    if var gain = keyNorm {
      keyNorm = nil
      visit("\(name).self_attn.k_norm.weight", &gain)
      keyNorm = gain
    }
    visit("\(name).post_attention_layernorm.weight", &innerNorm)
    gate.visit("\(name).mlp.gate_proj", visit)
    up.visit("\(name).mlp.up_proj", visit)
    down.visit("\(name).mlp.down_proj", visit)
  }
}
