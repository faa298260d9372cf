import Tensors

/// The adapters of a pass, and which rows each of them changes.
struct Adaptation {
  private struct Group {
    var adapter: Adapter
    var rows: [Int]
  }

  private var groups: [Group] = []
  private let count: Int

  /// - Precondition: adapters fit the decoder.
  init(_ passages: [Passage], _ spans: [Range<Int>], for configuration: DecoderConfiguration) {
    count = spans.last?.upperBound ?? 0
    for (passage, span) in zip(passages, spans) where !span.isEmpty {
      guard let adapter = passage.adapter else { continue }
      if let index = groups.firstIndex(where: { $0.adapter.isSame(as: adapter) }) {
        groups[index].rows += span
      } else {
        adapter.check(for: configuration)
        groups.append(Group(adapter: adapter, rows: Array(span)))
      }
    }
  }

  /// The products of a layer's matrices with x, plus the products of the adapters for their rows;
  /// unchanged without an adapter.
  func adapting(_ outputs: [Tensor], of matrices: [Adapter.Matrix], layer: Int, for x: Tensor) -> [Tensor] {
    var outputs = outputs
    for group in groups {
      let changes = matrices.map { group.adapter.changes[.init(layer: layer, matrix: $0)] }
      guard changes.contains(where: { $0 != nil }) else { continue }
      // Each row is multiplied by the adapter of its own passage only, and gathered once for all matrices.
      let isWhole = group.rows.count == count
      let own = isWhole ? x : x.gathered(group.rows)
      for (index, change) in changes.enumerated() {
        guard let change else { continue }
        let addition = change.addition(for: own, scale: group.adapter.scale(of: change))
        outputs[index].add(addition, at: group.rows)
      }
    }
    return outputs
  }

  func adapting(_ output: Tensor, of matrix: Adapter.Matrix, layer: Int, for x: Tensor) -> Tensor {
    adapting([output], of: [matrix], layer: layer, for: x)[0]
  }
}

extension Adapter {
  /// - Precondition: every change is of a matrix the decoder has, and of its shape.
  func check(for configuration: DecoderConfiguration) {
    for (place, change) in changes {
      let (rows, columns) = configuration.shape(of: place.matrix)
      precondition(
        (0..<configuration.layers).contains(place.layer),
        "an adapter of layer \(place.layer) for a decoder of \(configuration.layers) layers")
      precondition(
        change.down.shape[1] == columns && change.up.shape[0] == rows,
        "an adapter of shapes \(change.down.shape) and \(change.up.shape) for the \(rows) by \(columns) of \(place.name)"
      )
    }
  }
}
