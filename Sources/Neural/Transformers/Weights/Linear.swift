import Tensors

/// y = x·Wᵀ + b.
struct Linear: Sendable {
  var weight: Weight
  var bias: Tensor?

  init(_ name: String, from source: some WeightSource, to rows: Int, from columns: Int, hasBias: Bool) throws {
    weight = try source.matrix("\(name).weight", rows: rows, columns: columns)
    bias = hasBias ? try source.vector("\(name).bias", count: rows) : nil
  }

  func callAsFunction(_ x: Tensor) -> Tensor { finished(weight.product(x)) }

  /// What layers side by side make of the same x.
  static func outputs(of layers: [Linear], for x: Tensor) -> [Tensor] {
    zip(layers, Weight.products(layers.map(\.weight), x)).map { $0.finished($1) }
  }

  private func finished(_ product: Tensor) -> Tensor {
    guard let bias else { return product }
    return product + bias
  }

  mutating func visit(_ name: String, _ visit: (String, inout Tensor) -> Void) {
    weight.visit("\(name).weight", visit)
    guard var bias else { return }
    self.bias = nil
    visit("\(name).bias", &bias)
    self.bias = bias
  }
}
