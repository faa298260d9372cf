import Palimpsest
import Tensors

extension Decoder: Backbone {
  /// Token ids there are.
  public var vocabulary: Int { configuration.vocabulary }
  /// Width of the residual stream.
  public var width: Int { configuration.width }
  /// Layers there are.
  public var layerCount: Int { configuration.layers }
  /// Positions the model was made for.
  public var contextLength: Int? { configuration.contextLength }
  /// The output projection; the embedding table where it is tied.
  public var head: Weight { ownHead ?? embedding }
  /// All sites.
  public var sites: Set<Recollection.Site> { Set(Recollection.Site.allCases) }
  /// Hidden states, keys and values.
  public var tapKinds: Set<Tap.Kind> { [.hidden, .keys, .values] }

  /// An empty cache of attention rows.
  public func makeCache() -> RowCache { RowCache(for: configuration, format: cacheFormat) }
  /// Bytes of the rows of so many positions.
  public func cacheBytes(positions: Int) -> Int { positions * configuration.bytesPerPosition(cacheFormat) }

  /// A pass that stops at layers whose rows are recalled.
  public func pass(
    over passages: [Passage], continuing sequences: [SequenceID]?, in cache: inout RowCache, taps: Set<Tap>
  ) -> DecoderPass {
    DecoderPass(self, over: passages, continuing: sequences, in: &cache, taps: taps)
  }

  /// A hash of names, shapes and some numbers of every weight, stored ones included; the same for weights that are
  /// the same numbers, in memory or in their file.
  public func version(with adapter: Adapter?) -> String {
    var hash = VersionHash()
    hash.add("model.embed_tokens.weight", embedding)
    for (index, layer) in layers.enumerated() {
      let parts = [layer.queries, layer.keys, layer.values, layer.output, layer.gate, layer.up, layer.down]
      for (part, linear) in parts.enumerated() {
        hash.add("\(index).\(part)", linear.weight)
        if let bias = linear.bias { hash.add("\(index).\(part).bias", bias) }
      }
      for gain in [layer.inputNorm, layer.innerNorm, layer.queryNorm, layer.keyNorm] {
        if let gain { hash.add("\(index).norm", gain) }
      }
    }
    hash.add("model.norm.weight", norm)
    if let ownHead { hash.add("lm_head.weight", ownHead) }
    if let adapter { for (name, tensor) in adapter.parameters { hash.add(name, tensor) } }
    return hash.text
  }

  /// A batch that the compiler specialises for decoders.
  public func makeBatch(width: Int, piece: Int, kept: Int) -> any GenerationBatch {
    Batch<Decoder>(self, width: width, piece: piece, kept: kept)
  }
}
