import Palimpsest
import Tensors

/// A forward pass of a decoder: the one definition. All passages are rows of one matrix: only attention and what
/// enters tell them apart.
///
/// Before the attention of a layer that a passage's row source names it stops: `asked` has the questions.
public struct DecoderPass: ForwardPass {
  private let decoder: Decoder
  private let passages: [Passage]
  private let places: [Place]
  private let spans: [Range<Int>]
  private let rotation: Rotation
  private let adaptation: Adaptation
  private let taps: Set<Tap>
  /// Who sees what in a layer where no rows are recalled.
  private var plain: [AttentionSequence] = []
  /// The rows of a cache that are written, and those that each passage sees; nil without a cache.
  private let cached: (rows: [Int], runs: [[Range<Int>]])?
  /// Spans of queries with rows of their own, in positions, by passage and row source; empty where no passage has one.
  private var cuts: [[[Range<Int>]]]
  private var versions: [String]

  private var x: Tensor
  private var layer = 0
  /// What the layer made that waits for rows.
  private var entered: (queries: Tensor, keys: Tensor, values: Tensor)?
  private var found: [[Tap: Tensor]]
  private var answers: [(request: RowRequest, rows: Rows)] = []

  /// The questions of the present layer.
  public private(set) var asked: [RowRequest] = []
  /// What row sources threw, by passage.
  public private(set) var failures: [Int: any Error] = [:]
  /// The result; nil until the last layer is done.
  public private(set) var states: States?

  /// Where a passage stands: how many positions lie before it.
  private struct Place {
    var past: Int
    var count: Int
    var positions: Range<Int> { past..<(past + count) }
  }

  init(
    _ decoder: Decoder, over passages: [Passage], continuing sequences: [SequenceID]?, in cache: inout RowCache,
    taps: Set<Tap>
  ) {
    let c = decoder.configuration
    for tap in taps {
      let last = tap.kind == .hidden ? c.layers : c.layers - 1
      precondition(tap.kind != .state, "a decoder has no recurrent state; tap hidden, keys or values")
      precondition((0...max(last, 0)).contains(tap.layer), "a tap at layer \(tap.layer) of \(c.layers)")
    }
    if let sequences {
      precondition(passages.count == sequences.count, "\(passages.count) passages for \(sequences.count) sequences")
      precondition(Set(sequences).count == sequences.count, "a sequence is continued twice in one pass")
      places = zip(passages, sequences).map { Place(past: cache.count(of: $1), count: $0.count) }
      let rows = zip(sequences, places).flatMap { cache.append($1.count, to: $0) }
      cached = (rows, sequences.map { cache.runs(of: $0) })
    } else {
      places = passages.map { Place(past: 0, count: $0.count) }
      cached = nil
    }
    self.decoder = decoder
    self.passages = passages
    self.taps = taps
    spans = places.reduce(into: [Range<Int>]()) { spans, place in
      let start = spans.last?.upperBound ?? 0
      spans.append(start..<(start + place.count))
    }
    rotation = Rotation(
      at: places.flatMap { $0.past..<($0.past + $0.count) }, frequencies: decoder.frequencies,
      scale: c.rotary.attention)
    adaptation = Adaptation(passages, spans, for: c)
    found = [[Tap: Tensor]](repeating: [:], count: passages.count)
    (cuts, versions) = ([], [])
    x = decoder.embedded(passages)  // [N, width]
    plain = self.sequences([:])
    if passages.contains(where: { !$0.injections.rows.isEmpty }) { prepareRows() }
  }

  /// Asks the row sources how they cut the pass.
  private mutating func prepareRows() {
    cuts = passages.map { _ in [] }
    versions = passages.map { _ in "" }
    for (index, passage) in passages.enumerated() where !passage.injections.rows.isEmpty {
      let positions = places[index].positions
      for source in passage.injections.rows {
        let spans = positions.isEmpty ? [] : source.spans(of: positions).filter { !$0.isEmpty }
        let isWhole =
          (spans.first?.lowerBound ?? positions.lowerBound) == positions.lowerBound
          && (spans.last?.upperBound ?? positions.lowerBound) == positions.upperBound
          && zip(spans, spans.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound }
        if !isWhole { failures[index] = RowError.spans(spans, of: positions) }
        if let layer = source.layers.first(where: { !decoder.layers.indices.contains($0) }) {
          failures[index] = RowError.layer(layer, layers: decoder.layers.count)
        }
        cuts[index].append(spans)
      }
      versions[index] = passage.injections.version ?? decoder.version(with: passage.adapter)
    }
  }

  private mutating func tap(_ kind: Tap.Kind, _ layer: Int, _ value: Tensor) {
    guard taps.contains(Tap(kind, layer: layer)) else { return }
    for (index, span) in spans.enumerated() {
      let rows = value.rows(span)
      found[index][Tap(kind, layer: layer)] = kind == .hidden ? rows : rows.exchanging(0, 1)
    }
  }

  /// Computes layers up to one that asks for rows, or to the end.
  public mutating func advance(in cache: inout RowCache) {
    guard states == nil else { return }
    precondition(asked.isEmpty, "a pass goes on without the rows it asked for")
    while layer < decoder.layers.count {
      if entered == nil {
        enter()
        if !cuts.isEmpty { ask() }
        if !asked.isEmpty { return }
      }
      attend(in: &cache)
      layer += 1
    }
    let c = decoder.configuration
    x = decoder.adding(passages, to: x, spans, layer: c.layers)
    tap(.hidden, c.layers, x)
    states = States(
      hidden: x.rmsNormed(decoder.norm, epsilon: c.epsilon), spans: spans, taps: found,
      injections: passages.map { $0.injections })
  }

  /// Takes rows, one answer per question.
  public mutating func answer(_ rows: [Result<Rows?, any Error>]) {
    precondition(rows.count == asked.count, "\(rows.count) answers to \(asked.count) questions")
    for (request, result) in zip(asked, rows) {
      switch result {
      case .success(let rows?): answers.append((request, rows))
      case .success(nil): continue
      case .failure(let error): if failures[request.passage] == nil { failures[request.passage] = error }
      }
    }
    answers.removeAll { failures[$0.request.passage] != nil }
    asked = []
  }

  /// The first half of a layer: up to queries, keys and values.
  private mutating func enter() {
    let (c, layer) = (decoder.configuration, decoder.layers[layer])
    x = decoder.adding(passages, to: x, spans, layer: self.layer)
    tap(.hidden, self.layer, x)
    let h = x.rmsNormed(layer.inputNorm, epsilon: c.epsilon)
    let entering = adaptation.adapting(
      Linear.outputs(of: [layer.queries, layer.keys, layer.values], for: h), of: [.queries, .keys, .values],
      layer: self.layer, for: h)
    var q = entering[0].reshaped(-1, c.heads, c.headWidth)  // [N, H, d]
    var k = entering[1].reshaped(-1, c.keyHeads, c.headWidth)  // [N, G, d]
    let v = entering[2].reshaped(-1, c.keyHeads, c.headWidth)  // [N, G, d]
    if let gain = layer.queryNorm { q = q.rmsNormed(gain, epsilon: c.epsilon) }
    if let gain = layer.keyNorm { k = k.rmsNormed(gain, epsilon: c.epsilon) }
    tap(.keys, self.layer, k)
    tap(.values, self.layer, v)
    entered = (q, k, v)
  }

  /// The questions of a layer, one per span of each passage that recalls rows there.
  private mutating func ask() {
    guard let queries = entered?.queries else { return }
    let c = decoder.configuration
    for (index, passage) in passages.enumerated() where failures[index] == nil {
      for (source, cuts) in zip(passage.injections.rows, cuts[index]) where source.layers.contains(layer) {
        for cut in cuts {
          let start = spans[index].lowerBound + cut.lowerBound - places[index].past
          asked.append(
            RowRequest(
              passage: index,
              query: RowQuery(
                queries: queries.rows(start..<(start + cut.count)).exchanging(0, 1), layer: layer, positions: cut,
                version: versions[index]),
              source: source, shape: (c.keyHeads, c.headWidth),
              needsPositions: passage.injections.rowPosition == .own))
        }
      }
    }
  }

  /// The second half of a layer: attention, and the gated unit.
  private mutating func attend(in cache: inout RowCache) {
    guard let (q, k, v) = entered else { preconditionFailure("a layer attends before it has queries") }
    entered = nil
    let (c, layer, window) = (decoder.configuration, decoder.layers[layer], decoder.layers[layer].slidingWindow)
    let recalled = recalled()
    let sequences = recalled.spans.isEmpty ? plain : sequences(recalled.spans)
    let (queries, keys) = (q.rotated(by: rotation), k.rotated(by: rotation))
    let seen: Tensor
    if let cached {
      cache.write(keys, v, to: cached.rows, layer: self.layer)
      seen = attention(
        queries, cache.keys[self.layer], cache.values[self.layer], extra: recalled.rows, sequences: sequences,
        slidingWindow: window)
    } else {
      seen = attention(queries, keys, v, extra: recalled.rows, sequences: sequences, slidingWindow: window)
    }
    answers = []
    let joined = seen.reshaped(-1, c.heads * c.headWidth)  // [N, H·d]
    x = x + adaptation.adapting(layer.output(joined), of: .output, layer: self.layer, for: joined)

    let inner = x.rmsNormed(layer.innerNorm, epsilon: c.epsilon)
    let gated = adaptation.adapting(
      Linear.outputs(of: [layer.gate, layer.up], for: inner), of: [.gate, .up], layer: self.layer, for: inner)
    let unit = gated[0].swiGLU(gated[1])  // [N, inner]
    x = x + adaptation.adapting(layer.down(unit), of: .down, layer: self.layer, for: unit)
  }

  /// The rows that answered, in one tensor, and by passage where those of each span stand.
  private func recalled() -> (
    rows: (keys: Tensor, values: Tensor)?, spans: [Int: [(positions: Range<Int>, rows: Range<Int>)]]
  ) {
    guard !answers.isEmpty else { return (nil, [:]) }
    var (keys, values, count) = ([Tensor](), [Tensor](), 0)
    var found: [Int: [(positions: Range<Int>, rows: Range<Int>)]] = [:]
    for (request, rows) in answers {
      let first = places[request.passage].past
      let positions: [Int]? =
        switch passages[request.passage].injections.rowPosition {
        case .zero: nil
        case .before: Array((first - rows.count)..<first)
        case .own: rows.positions
        }
      var turned = rows.keys.exchanging(0, 1)
      if let positions {
        turned = turned.rotated(
          by: Rotation(
            at: positions, frequencies: decoder.frequencies, scale: decoder.configuration.rotary.attention))
      }
      keys.append(turned)
      values.append(rows.values.exchanging(0, 1))
      found[request.passage, default: []].append((request.query.positions, count..<(count + rows.count)))
      count += rows.count
    }
    return ((Tensor.concatenated(keys), Tensor.concatenated(values)), found)
  }

  /// Who sees what: a passage whose rows are the same for all queries is one sequence, else each span is one.
  private func sequences(_ recalled: [Int: [(positions: Range<Int>, rows: Range<Int>)]]) -> [AttentionSequence] {
    var sequences: [AttentionSequence] = []
    sequences.reserveCapacity(spans.count)
    for (index, span) in spans.enumerated() {
      let runs = cached.map { $0.runs[index] } ?? [span]
      guard let found = recalled[index], found.contains(where: { $0.positions != places[index].positions }) else {
        sequences.append(
          AttentionSequence(queries: span, keys: runs, extra: recalled[index]?.map(\.rows) ?? []))
        continue
      }
      // Cut where any of the rows begin or end to be seen; between two cuts all queries see the same rows.
      let borders = Set(
        found.flatMap { [$0.positions.lowerBound, $0.positions.upperBound] }
          + [places[index].positions.lowerBound, places[index].positions.upperBound])
      let sorted = borders.sorted()
      let parts = zip(sorted, sorted.dropFirst()).map { start, end in
        (
          positions: start..<end,
          rows: found.filter { $0.positions.lowerBound <= start && end <= $0.positions.upperBound }.map(\.rows)
        )
      }
      let past = places[index].past
      for part in parts {
        let start = span.lowerBound + part.positions.lowerBound - past
        // Keys up to the last query: the queries of a sequence stand at the end of its keys.
        var (seen, left) = (
          [Range<Int>](), cached == nil ? part.positions.upperBound - past : part.positions.upperBound
        )
        for run in runs where left > 0 {
          seen.append(run.lowerBound..<min(run.upperBound, run.lowerBound + left))
          left -= run.count
        }
        sequences.append(
          AttentionSequence(
            queries: start..<(start + part.positions.count), keys: seen, extra: part.rows))
      }
    }
    return sequences
  }
}
