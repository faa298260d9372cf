import Foundation
import Palimpsest
import Tensors
import Transformers

/// A decoder of some hundred thousand parameters that learns to look things up within minutes on one core.
///
/// It is a decoder of the Llama family with one addition: the input of each attention is y + conv(y), a causal
/// depthwise convolution over four positions. A layer therefore sees which tokens stand before a token, and one
/// layer of attention can match a head and a relation at once. Without the convolution the same model does not learn
/// to recall in millions of tokens.
///
/// The embedding is the output projection too; it is small at first and multiplied by √width on the way in.
///
/// Source: short convolutions before attention as in H3 (arXiv:2212.14052) and Hyena (arXiv:2302.10866); associative
/// recall as their test. Ours in this form.
public struct ConvolvedDecoder: Backbone {
  /// Sizes; the shapes of all weights follow from it.
  public struct Configuration: Sendable, Codable, Hashable {
    /// Token ids there are.
    public var vocabulary: Int
    /// Width of the residual stream.
    public var width: Int
    /// Layers there are.
    public var layers: Int
    /// Heads of each layer.
    public var heads: Int
    /// Width inside the gated unit.
    public var innerWidth: Int
    /// Positions that the convolution sees, its own included.
    public var taps: Int
    /// Positions of the longest sequence.
    public var contextLength: Int

    /// Two layers of width 64 with four heads and four taps unless told otherwise: 109,000 parameters.
    ///
    /// - Precondition: heads of an even width, at least one tap.
    public init(
      vocabulary: Int, width: Int = 64, layers: Int = 2, heads: Int = 4, innerWidth: Int = 160, taps: Int = 4,
      contextLength: Int = 256
    ) {
      precondition(
        width % (2 * heads) == 0 && taps > 0 && vocabulary > 0 && contextLength > 0,
        "width \(width), \(heads) heads, \(taps) taps, vocabulary \(vocabulary), context \(contextLength)")
      self.vocabulary = vocabulary
      self.width = width
      self.layers = layers
      self.heads = heads
      self.innerWidth = innerWidth
      self.taps = taps
      self.contextLength = contextLength
    }

    /// Whether sizes that were read from a file can be those of a model.
    var isSound: Bool {
      [vocabulary, width, layers, heads, innerWidth, taps, contextLength].allSatisfy { (1...1 << 20).contains($0) }
        && width % (2 * heads) == 0
    }
  }

  struct Layer: Sendable {
    /// [width].
    var norm, innerNorm: Tensor
    /// [width, taps], the last tap for the position itself.
    var kernel: Tensor
    /// [3·width, width]: queries, keys, values.
    var joined: Tensor
    /// [width, width].
    var output: Tensor
    /// [2·inner, width]: gate, then up.
    var gated: Tensor
    /// [width, inner].
    var down: Tensor
  }

  /// Sizes.
  public let configuration: Configuration
  var embedding: Tensor
  var layers: [Layer]
  var norm: Tensor
  let frequencies: [Float]

  /// Random weights; every tensor has random numbers of its own.
  public init(_ configuration: Configuration, seed: UInt64) {
    self.configuration = configuration
    let (c, d) = (configuration, configuration.width)
    func normal(_ name: String, _ shape: [Int], _ deviation: Float) -> Tensor {
      var random = SeededGenerator(seed: seed, purpose: name)
      return Tensor(
        (0..<shape.reduce(1, *)).map { _ in
          let radius = (-2 * log(1 - Double.random(in: 0..<1, using: &random))).squareRoot()
          return deviation * Float(radius * cos(2 * Double.pi * Double.random(in: 0..<1, using: &random)))
        }, shape: shape)
    }
    let (one, ones) = (1 / Float(d).squareRoot(), Tensor(repeating: 1, shape: [d]))
    let back = one / Float(2 * c.layers).squareRoot()
    embedding = normal("embedding", [c.vocabulary, d], 0.5 * one)
    layers = (0..<c.layers).map { index in
      Layer(
        norm: ones, innerNorm: ones, kernel: normal("\(index).kernel", [d, c.taps], 0.3),
        joined: normal("\(index).joined", [3 * d, d], one), output: normal("\(index).output", [d, d], back),
        gated: normal("\(index).gated", [2 * c.innerWidth, d], one),
        down: normal("\(index).down", [d, c.innerWidth], back))
    }
    norm = ones
    frequencies = Rotation.frequencies(base: 10_000, width: d / c.heads)
  }

  public var vocabulary: Int { configuration.vocabulary }
  public var width: Int { configuration.width }
  public var layerCount: Int { configuration.layers }
  public var contextLength: Int? { configuration.contextLength }
  public var head: Weight { .tensor(embedding) }
  public var tapKinds: Set<Tap.Kind> { [.hidden] }

  public mutating func forEachParameter(_ visit: (String, inout Tensor) -> Void) {
    visit("embedding", &embedding)
    for index in layers.indices {
      visit("layers.\(index).norm", &layers[index].norm)
      visit("layers.\(index).kernel", &layers[index].kernel)
      visit("layers.\(index).joined", &layers[index].joined)
      visit("layers.\(index).output", &layers[index].output)
      visit("layers.\(index).inner_norm", &layers[index].innerNorm)
      visit("layers.\(index).gated", &layers[index].gated)
      visit("layers.\(index).down", &layers[index].down)
    }
    visit("norm", &norm)
  }

  public func makeCache() -> ConvolvedCache { ConvolvedCache(for: configuration) }
  public func cacheBytes(positions: Int) -> Int { positions * 3 * configuration.layers * configuration.width * 4 }

  public func pass(
    over passages: [Passage], continuing sequences: [SequenceID]?, in cache: inout ConvolvedCache, taps: Set<Tap>
  ) -> WholePass<ConvolvedCache> {
    WholePass(states(over: passages, continuing: sequences, in: &cache, taps: taps, isLastOnly: false))
  }

  public func lastStates(
    of passages: [Passage], continuing sequences: [SequenceID], in cache: inout ConvolvedCache
  ) -> States {
    // What is added behind the last layer is added to all positions.
    let isLastOnly = passages.allSatisfy { $0.injections.residuals.isEmpty }
    return states(over: passages, continuing: sequences, in: &cache, taps: [], isLastOnly: isLastOnly)
  }

  /// - Parameter isLastOnly: whether the last layer is only computed for the last position of each passage. Keys and
  ///   values are made of all.
  private func states(
    over passages: [Passage], continuing sequences: [SequenceID]?, in cache: inout ConvolvedCache, taps: Set<Tap>,
    isLastOnly: Bool
  ) -> States {
    precondition(taps.allSatisfy { $0.kind == .hidden && $0.layer <= layers.count }, "taps \(taps)")
    let (c, d) = (configuration, configuration.width)
    let (heads, headWidth) = (c.heads, d / c.heads)
    let spans = passages.reduce(into: [Range<Int>]()) { spans, passage in
      let start = spans.last?.upperBound ?? 0
      spans.append(start..<(start + passage.count))
    }
    let places = sequences.map { zip($0, spans).map { cache.extend($0, by: $1.count) } }
    let positions = zip(spans, places ?? spans.map { _ in (past: 0, rows: 0..<0) }).flatMap { span, place in
      place.past..<(place.past + span.count)
    }
    let rotation = Rotation(at: positions, frequencies: frequencies)
    let lastRows = isLastOnly && spans.contains { $0.count > 1 } ? spans.map { $0.upperBound - 1 } : nil
    let attending = zip(spans, places?.map { $0.rows } ?? spans).map { AttentionSequence(queries: $0, keys: [$1]) }
    var found = [[Tap: Tensor]](repeating: [:], count: passages.count)
    func tap(_ layer: Int, _ x: Tensor) {
      guard taps.contains(Tap(.hidden, layer: layer)) else { return }
      for (index, span) in spans.enumerated() { found[index][Tap(.hidden, layer: layer)] = x.rows(span) }
    }
    var x = embedded(passages)  // [N, d]
    for (index, layer) in layers.enumerated() {
      x = adding(passages, to: x, spans, layer: index)
      tap(index, x)
      let y = x.rmsNormed(layer.norm, epsilon: 1e-5)
      let start = places.map { cache.tails(of: $0, layer: index) }
      let mixed = y + causallyConvolved(y, layer.kernel, sequences: spans, start: start)
      let seen: Tensor
      if let places, let lastRows, index == layers.count - 1 {
        let joined = mixed.product(transposed: layer.joined.rows(d..<(3 * d))).reshaped(-1, 2 * heads, headWidth)
        let k = joined.rotated(by: rotation, heads: 0..<heads)
        cache.write(inputs: y, keys: k, values: joined, from: heads, of: spans, at: places, layer: index)
        x = x.gathered(lastRows)
        let q = mixed.gathered(lastRows).product(transposed: layer.joined).reshaped(-1, 3 * heads, headWidth)
        let last = Rotation(at: lastRows.map { positions[$0] }, frequencies: frequencies)
        seen = attention(
          q.rotated(by: last, heads: 0..<heads), cache.keys[index], cache.values[index],
          sequences: places.indices.map { AttentionSequence(queries: $0..<($0 + 1), keys: [places[$0].rows]) })
      } else {
        let joined = mixed.product(transposed: layer.joined).reshaped(-1, 3 * heads, headWidth)
        if let places {
          let q = joined.rotated(by: rotation, heads: 0..<heads)
          let k = joined.rotated(by: rotation, heads: heads..<(2 * heads))
          cache.write(inputs: y, keys: k, values: joined, from: 2 * heads, of: spans, at: places, layer: index)
          seen = attention(q, cache.keys[index], cache.values[index], sequences: attending)
        } else {
          seen = attention(joined: joined, heads: heads, rotation: rotation, sequences: attending)
        }
      }
      x = x + seen.reshaped(-1, d).product(transposed: layer.output)
      let inner = x.rmsNormed(layer.innerNorm, epsilon: 1e-5)
      x = x + inner.product(transposed: layer.gated).swiGLU().product(transposed: layer.down)
    }
    if lastRows == nil {
      x = adding(passages, to: x, spans, layer: layers.count)
      tap(layers.count, x)
    }
    let rows = lastRows == nil ? spans : spans.indices.map { $0..<($0 + 1) }
    return States(hidden: x.rmsNormed(norm, epsilon: 1e-5), passages: passages, spans: rows, taps: found)
  }

  private func embedded(_ passages: [Passage]) -> Tensor {
    let scale = Float(configuration.width).squareRoot()
    // One lookup for all where nothing learns. Where it does, the gradient adds up lookup by lookup.
    let parts = passages.flatMap { $0.parts }
    let tokens = parts.compactMap { part in if case .tokens(let tokens) = part { tokens } else { nil } }
    if !embedding.isTracked, tokens.count == parts.count { return embedding.gathered(tokens.flatMap { $0 }) * scale }
    return .concatenated(
      parts.map { part in
        switch part {
        case .tokens(let tokens): embedding.gathered(tokens) * scale
        case .vectors(let vectors): vectors
        }
      })
  }

  private func adding(_ passages: [Passage], to x: Tensor, _ spans: [Range<Int>], layer: Int) -> Tensor {
    var x = x
    for (passage, span) in zip(passages, spans) {
      for residual in passage.injections.residuals where residual.layer == layer {
        let rows = residual.tensor.shape.count == 2 ? residual.tensor : residual.tensor.reshaped(1, width)
        let all = rows.shape[0] == span.count ? rows : .concatenated(span.map { _ in rows })
        x = x.adding(all, at: Array(span))
      }
    }
    return x
  }
}

/// What a `ConvolvedDecoder` keeps of sequences: keys, values, and the inputs of the convolutions. Each sequence has
/// room for the longest one, so that its rows are one run; sequences can be forked anywhere.
public struct ConvolvedCache: SequenceCache {
  private let configuration: ConvolvedDecoder.Configuration
  /// Per layer, [slots · contextLength, heads, headWidth].
  private(set) var keys, values: [Tensor]
  /// Per layer, [slots · contextLength, width].
  private var inputs: [Tensor]
  private var slots: [SequenceID: (slot: Int, count: Int)] = [:]
  private var free: [Int] = []
  private var total = 0
  private var nextNumber = 0

  init(for configuration: ConvolvedDecoder.Configuration) {
    self.configuration = configuration
    let c = configuration
    keys = [Tensor](repeating: Tensor(zeros: [0, c.heads, c.width / c.heads]), count: c.layers)
    values = keys
    inputs = [Tensor](repeating: Tensor(zeros: [0, c.width]), count: c.layers)
  }

  /// Bytes of all buffers.
  public var bytes: Int { (keys + values + inputs).reduce(0) { $0 + $1.bytes } }

  /// A new sequence that has read nothing.
  public mutating func begin() -> SequenceID {
    if free.isEmpty { grow(by: max(4, total / 2)) }
    nextNumber += 1
    slots[SequenceID(nextNumber)] = (free.removeLast(), 0)
    return SequenceID(nextNumber)
  }

  private func place(of sequence: SequenceID) -> (slot: Int, count: Int) {
    guard let place = slots[sequence] else { preconditionFailure("a sequence that was removed from its cache") }
    return place
  }

  /// Positions a sequence has read.
  public func count(of sequence: SequenceID) -> Int { place(of: sequence).count }
  /// Nothing has to be kept for it.
  public mutating func mark(_ sequence: SequenceID) {}
  /// Sequences can be forked anywhere.
  public func forkable(_ sequence: SequenceID, upTo count: Int) -> Int { min(count, self.count(of: sequence)) }
  /// Buffers grow by sequences.
  public mutating func reserve(_ positions: Int, of sequences: Int) {
    if sequences > total { grow(by: sequences - total) }
  }

  /// A new sequence with copies of the first rows of another.
  public mutating func fork(_ sequence: SequenceID, count: Int) -> SequenceID {
    let from = place(of: sequence)
    precondition((0...from.count).contains(count), "a fork at \(count) of \(from.count) positions")
    let fork = begin()
    let to = place(of: fork).slot
    let (length, width) = (configuration.contextLength, configuration.width)
    func copy(_ buffer: inout Tensor) {
      buffer.withMutableScalars { scalars in
        guard let base = scalars.baseAddress else { return }
        (base + to * length * width).update(from: base + from.slot * length * width, count: count * width)
      }
    }
    for layer in keys.indices {
      copy(&keys[layer])
      copy(&values[layer])
      copy(&inputs[layer])
    }
    slots[fork] = (to, count)
    return fork
  }

  /// Forgets a sequence; its room is used again.
  public mutating func remove(_ sequence: SequenceID) {
    free.append(place(of: sequence).slot)
    slots[sequence] = nil
  }

  private mutating func grow(by more: Int) {
    let rows = (total + more) * configuration.contextLength
    func grown(_ buffer: Tensor) -> Tensor {
      // Rows are written before they are read. What is not touched takes no memory yet.
      Tensor(shape: [rows] + buffer.shape.dropFirst()) { to in
        buffer.withScalars { if let from = $0.baseAddress { to.update(from: from, count: $0.count) } }
      }
    }
    for layer in keys.indices {
      keys[layer] = grown(keys[layer])
      values[layer] = grown(values[layer])
      inputs[layer] = grown(inputs[layer])
    }
    free += (total..<(total + more)).reversed()
    total += more
  }
}

extension ConvolvedCache {
  /// Where a sequence stands in a pass: positions before it, and its rows up to the last one of the pass.
  typealias Place = (past: Int, rows: Range<Int>)

  /// Takes rows behind a sequence's last.
  mutating func extend(_ sequence: SequenceID, by count: Int) -> Place {
    let (slot, past) = place(of: sequence)
    precondition(
      past + count <= configuration.contextLength,
      "\(past + count) positions of at most \(configuration.contextLength)")
    slots[sequence] = (slot, past + count)
    let start = slot * configuration.contextLength
    return (past, start..<(start + past + count))
  }

  /// The inputs before each sequence's new rows, zeros where there are none: [sequences, taps − 1, width].
  func tails(of places: [Place], layer: Int) -> Tensor {
    let (taps, width) = (configuration.taps - 1, configuration.width)
    return Tensor(shape: [places.count, taps, width]) { tails in
      tails.update(repeating: 0, count: places.count * taps * width)
      inputs[layer].withScalars { inputs in
        guard let inputs = inputs.baseAddress else { return }
        for (index, place) in places.enumerated() {
          let kept = min(place.past, taps)
          let from = place.rows.lowerBound + place.past - kept
          (tails + (index * taps + taps - kept) * width).update(from: inputs + from * width, count: kept * width)
        }
      }
    }
  }

  /// - Parameter head: of `v`, the first one with values.
  mutating func write(
    inputs y: Tensor, keys k: Tensor, values v: Tensor, from head: Int, of spans: [Range<Int>], at places: [Place],
    layer: Int
  ) {
    let width = configuration.width
    /// Rows of `new` are `stride` apart and begin at `start`.
    func put(_ new: Tensor, _ start: Int, _ stride: Int, _ buffer: inout Tensor) {
      buffer.withMutableScalars { to in
        new.withScalars { from in
          guard let to = to.baseAddress, let from = from.baseAddress else { return }
          for (span, place) in zip(spans, places) {
            let first = place.rows.lowerBound + place.past - span.lowerBound
            if stride == width {
              (to + (first + span.lowerBound) * width).update(
                from: from + span.lowerBound * width + start, count: span.count * width)
              continue
            }
            for row in span {
              (to + (first + row) * width).update(from: from + row * stride + start, count: width)
            }
          }
        }
      }
    }
    let headWidth = width / configuration.heads
    put(y, 0, width, &inputs[layer])
    put(k, 0, width, &keys[layer])
    put(v, head * headWidth, v.count / max(1, v.shape[0]), &values[layer])
  }
}
