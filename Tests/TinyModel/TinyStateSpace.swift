import Palimpsest
import Tensors
import Transformers

/// A state-space model as small as it can be: what `Backbone` asks of a model that keeps no rows.
///
/// Each layer: norm, two projections (content and gate), a causal convolution, a selective scan, and back to the
/// stream. Not Mamba itself: step sizes and B and C come from one projection each, without a low rank.
public struct TinyStateSpace: Backbone {
  struct Layer: Sendable {
    var norm, content, gate, kernel, step, input, output, rates, skip, back: Tensor
  }

  public let vocabulary: Int
  public let width: Int
  let states: Int
  var embedding: Tensor
  var layers: [Layer]

  private static let taps = 4

  public init(vocabulary: Int = 40, width: Int = 16, layers: Int = 2, states: Int = 4, seed: UInt64 = 1) {
    (self.vocabulary, self.width, self.states) = (vocabulary, width, states)
    var random = SeededGenerator(seed: seed, purpose: "weights")
    func normal(_ shape: [Int], _ size: Float) -> Tensor {
      Tensor((0..<shape.reduce(1, *)).map { _ in Float.random(in: -size...size, using: &random) }, shape: shape)
    }
    embedding = normal([vocabulary, width], 1)
    self.layers = (0..<layers).map { _ in
      Layer(
        norm: Tensor(repeating: 1, shape: [width]), content: normal([width, width], 0.5),
        gate: normal([width, width], 0.5), kernel: normal([width, Self.taps], 0.5), step: normal([width, width], 0.3),
        input: normal([states, width], 0.5), output: normal([states, width], 0.5),
        rates: normal([width, states], 0.5), skip: normal([width], 1), back: normal([width, width], 0.5))
    }
  }

  public var layerCount: Int { layers.count }
  public var head: Weight { .tensor(embedding) }
  public var tapKinds: Set<Tap.Kind> { [.hidden, .state] }

  public mutating func forEachParameter(_ visit: (String, inout Tensor) -> Void) {
    visit("embedding", &embedding)
    for index in layers.indices {
      for (name, path) in [
        ("norm", \Layer.norm), ("content", \.content), ("gate", \.gate), ("kernel", \.kernel), ("step", \.step),
        ("input", \.input), ("output", \.output), ("rates", \.rates), ("skip", \.skip), ("back", \.back),
      ] { visit("layers.\(index).\(name)", &layers[index][keyPath: path]) }
    }
  }

  /// Per layer the rows before the next one and the state of the scan.
  private var empty: [Tensor] {
    layers.flatMap { _ in [Tensor(zeros: [1, Self.taps - 1, width]), Tensor(zeros: [1, width, states])] }
  }

  public func makeCache() -> StateCache { StateCache(empty: empty) }
  public func cacheBytes(positions: Int) -> Int { empty.reduce(0) { $0 + $1.bytes } }

  public func pass(
    over passages: [Passage], continuing sequences: [SequenceID]?, in cache: inout StateCache, taps: Set<Tap>
  ) -> WholePass<StateCache> {
    let spans = passages.reduce(into: [Range<Int>]()) { spans, passage in
      let start = spans.last?.upperBound ?? 0
      spans.append(start..<(start + passage.count))
    }
    let starts = sequences.map { $0.map { cache.state(of: $0) } } ?? passages.map { _ in empty }
    var ends = passages.map { _ in [Tensor]() }
    var found = [[Tap: Tensor]](repeating: [:], count: passages.count)
    var x = Tensor.concatenated(
      passages.flatMap(\.parts).map { part in
        switch part {
        case .tokens(let tokens): embedding.gathered(tokens)
        case .vectors(let vectors): vectors
        }
      })
    for (index, layer) in layers.enumerated() {
      for (place, span) in spans.enumerated() where taps.contains(Tap(.hidden, layer: index)) {
        found[place][Tap(.hidden, layer: index)] = x.rows(span)
      }
      let h = x.rmsNormed(layer.norm)
      let (u, rows) = causalConvolution(
        h.product(transposed: layer.content), layer.kernel, sequences: spans,
        start: .concatenated(starts.map { $0[2 * index] }))
      let content = u.silu()
      let (y, states) = selectiveScan(
        content, delta: content.product(transposed: layer.step).softplus(), a: layer.rates.exp() * -1,
        b: content.product(transposed: layer.input), c: content.product(transposed: layer.output), d: layer.skip,
        sequences: spans, start: .concatenated(starts.map { $0[2 * index + 1] }))
      x = x + (y * h.product(transposed: layer.gate).silu()).product(transposed: layer.back)
      for place in passages.indices {
        ends[place] += [rows.rows(place..<(place + 1)), states.rows(place..<(place + 1))]
        if taps.contains(Tap(.state, layer: index)) { found[place][Tap(.state, layer: index)] = states.row(place) }
      }
    }
    for (place, sequence) in (sequences ?? []).enumerated() {
      cache.advance(sequence, by: passages[place].count, to: ends[place].map(\.detached))
    }
    return WholePass(
      States(hidden: x.rmsNormed(Tensor(repeating: 1, shape: [width])), passages: passages, spans: spans, taps: found))
  }
}
