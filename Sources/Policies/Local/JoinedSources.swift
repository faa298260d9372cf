import Palimpsest
import Tensors

/// Several row sources as one: the rows of all that answer, in their order.
struct JoinedRows: RowSource {
  let sources: [any RowSource]

  var layers: Set<Int> { sources.reduce(into: []) { $0.formUnion($1.layers) } }

  func rows(for queries: Tensor, layer: Int) -> Rows? {
    let found = sources.filter { $0.layers.contains(layer) }.compactMap { $0.rows(for: queries, layer: layer) }
    guard found.count > 1 else { return found.first }
    return Rows(
      keys: .concatenated(found.map(\.keys), axis: 1), values: .concatenated(found.map(\.values), axis: 1))
  }
}

/// Several interjectors as one: their vectors in order.
struct JoinedInterjectors: Interjector {
  let interjectors: [any Interjector]

  func interject(after hidden: Tensor) -> Tensor? {
    let vectors = interjectors.compactMap { $0.interject(after: hidden) }
    return vectors.count > 1 ? .concatenated(vectors) : vectors.first
  }
}
