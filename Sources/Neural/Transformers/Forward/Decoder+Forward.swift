import Palimpsest
import Tensors

extension Decoder {
  /// Reads passages from their beginnings, each for itself: for learning, scoring and tapping.
  ///
  /// - Precondition: tokens are in the vocabulary, tensors of the shapes that `Passage` and `Injections` state,
  ///   taps name layers there are.
  public func states(of passages: [Passage], taps: Set<Tap> = []) -> States {
    let places = passages.map { Place(past: 0, count: $0.count) }
    return pass(passages, at: places, taps: taps) { layer, queries, keys, values, extra, spans in
      let sequences = spans.enumerated().map { index, span in
        AttentionSequence(queries: span, keys: [span], extra: [extra.spans[index]])
      }
      return attention(
        queries, keys, values, extra: extra.rows, sequences: sequences, slidingWindow: layers[layer].slidingWindow)
    }
  }

  /// Continues sequences of a cache, and adds the new rows to them.
  ///
  /// - Precondition: as `states(of:)`; one sequence per passage, none twice. Gradients do not flow into a cache.
  public func states(
    of passages: [Passage], continuing sequences: [RowCache.Sequence], in cache: inout RowCache, taps: Set<Tap> = []
  ) -> States {
    precondition(passages.count == sequences.count, "\(passages.count) passages for \(sequences.count) sequences")
    precondition(Set(sequences).count == sequences.count, "a sequence is continued twice in one pass")
    let places = zip(passages, sequences).map { Place(past: cache.count(of: $1), count: $0.count) }
    let rows = zip(sequences, places).flatMap { cache.append($1.count, to: $0) }
    let runs = sequences.map { cache.runs(of: $0) }
    return pass(passages, at: places, taps: taps) { layer, queries, keys, values, extra, spans in
      cache.write(keys, values, to: rows, layer: layer)
      let ranges = spans.enumerated().map { index, span in
        AttentionSequence(queries: span, keys: runs[index], extra: [extra.spans[index]])
      }
      return attention(
        queries, cache.keys[layer], cache.values[layer], extra: extra.rows, sequences: ranges,
        slidingWindow: layers[layer].slidingWindow)
    }
  }

  /// Where a passage stands: how many positions lie before it.
  struct Place {
    var past: Int
    var count: Int
  }

  /// Rows that come from memories, those of all passages in one tensor.
  struct Recalled {
    var rows: (keys: Tensor, values: Tensor)?
    var spans: [Range<Int>]
  }

  private typealias Attending = (
    _ layer: Int, _ queries: Tensor, _ keys: Tensor, _ values: Tensor, _ extra: Recalled, _ spans: [Range<Int>]
  ) -> Tensor

  /// The one definition of the forward pass. All passages are rows of one matrix: only attention and
  /// injections distinguish them.
  private func pass(
    _ passages: [Passage], at places: [Place], taps: Set<Tap>, _ attend: Attending
  ) -> States {
    let c = configuration
    for tap in taps {
      let last = tap.kind == .hidden ? c.layers : c.layers - 1
      precondition((0...max(last, 0)).contains(tap.layer), "a tap at layer \(tap.layer) of \(c.layers)")
    }
    let spans = places.reduce(into: [Range<Int>]()) { spans, place in
      let start = spans.last?.upperBound ?? 0
      spans.append(start..<(start + place.count))
    }
    let positions = places.flatMap { $0.past..<($0.past + $0.count) }
    let rotation = Rotation(at: positions, frequencies: frequencies, scale: c.rotary.attention)
    let adaptation = Adaptation(passages, spans, for: c)
    var found = [[Tap: Tensor]](repeating: [:], count: passages.count)

    func tap(_ kind: Tap.Kind, _ layer: Int, _ value: @autoclosure () -> Tensor) {
      guard taps.contains(Tap(kind, layer: layer)) else { return }
      let value = value()
      for (index, span) in spans.enumerated() {
        let rows = value.rows(span)
        found[index][Tap(kind, layer: layer)] = kind == .hidden ? rows : rows.exchanging(0, 1)
      }
    }

    var x = embedded(passages)  // [N, width]
    for (index, layer) in layers.enumerated() {
      x = adding(passages, to: x, spans, layer: index)
      tap(.hidden, index, x)

      let h = x.rmsNormed(layer.inputNorm, epsilon: c.epsilon)
      let entering = adaptation.adapting(
        Linear.outputs(of: [layer.queries, layer.keys, layer.values], for: h), of: [.queries, .keys, .values],
        layer: index, for: h)
      var q = entering[0].reshaped(-1, c.heads, c.headWidth)  // [N, H, d]
      var k = entering[1].reshaped(-1, c.keyHeads, c.headWidth)  // [N, G, d]
      let v = entering[2].reshaped(-1, c.keyHeads, c.headWidth)  // [N, G, d]
      if let gain = layer.queryNorm { q = q.rmsNormed(gain, epsilon: c.epsilon) }
      if let gain = layer.keyNorm { k = k.rmsNormed(gain, epsilon: c.epsilon) }
      tap(.keys, index, k)
      tap(.values, index, v)

      let extra = recalled(passages, q, spans, places, layer: index)
      let seen = attend(index, q.rotated(by: rotation), k.rotated(by: rotation), v, extra, spans)
      let joined = seen.reshaped(-1, c.heads * c.headWidth)  // [N, H·d]
      x = x + adaptation.adapting(layer.output(joined), of: .output, layer: index, for: joined)

      let inner = x.rmsNormed(layer.innerNorm, epsilon: c.epsilon)
      let gated = adaptation.adapting(
        Linear.outputs(of: [layer.gate, layer.up], for: inner), of: [.gate, .up], layer: index, for: inner)
      let unit = gated[0].swiGLU(gated[1])  // [N, inner]
      x = x + adaptation.adapting(layer.down(unit), of: .down, layer: index, for: unit)
    }
    x = adding(passages, to: x, spans, layer: c.layers)
    tap(.hidden, c.layers, x)
    return States(
      hidden: x.rmsNormed(norm, epsilon: c.epsilon), spans: spans, taps: found, injections: passages.map(\.injections))
  }

  /// Scores of the next token: [rows, vocabulary].
  ///
  /// - Parameter rows: of `states.hidden`, in rising order; nil for all.
  public func logits(of states: States, rows: [Int]? = nil) -> Tensor {
    let hidden = rows.map { states.hidden.gathered($0) } ?? states.hidden
    let plain = logits(after: hidden)
    guard states.injections.contains(where: { !$0.distributions.isEmpty }) else { return plain }
    let chosen = rows ?? Array(0..<hidden.shape[0])
    var start = 0
    let parts = zip(states.spans, states.injections).map { span, injections in
      let end = chosen[start...].firstIndex { !span.contains($0) } ?? chosen.count
      defer { start = end }
      return injections.mixed(into: plain.rows(start..<end))
    }
    return Tensor.concatenated(parts)
  }

  /// Scores of the next token after last states, [rows, width] → [rows, vocabulary].
  func logits(after hidden: Tensor) -> Tensor { (head ?? embedding).product(hidden) }
}
