import Palimpsest
import Tensors

extension Decoder: Backbone {
  public var vocabulary: Int { configuration.vocabulary }
  public var width: Int { configuration.width }
  public var layerCount: Int { configuration.layers }
  public var contextLength: Int? { configuration.contextLength }
  public var head: Weight { ownHead ?? embedding }
  public var sites: Set<Recollection.Site> { Set(Recollection.Site.allCases) }
  public var tapKinds: Set<Tap.Kind> { [.hidden, .keys, .values] }

  public func makeCache() -> RowCache { RowCache(for: configuration) }
  public func cacheBytes(positions: Int) -> Int { positions * configuration.bytesPerPosition }

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

  public func makeBatch(width: Int, piece: Int, kept: Int) -> any GenerationBatch {
    Batch<Decoder>(self, width: width, piece: piece, kept: kept)
  }
}
