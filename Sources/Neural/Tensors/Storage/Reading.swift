/// The first scalars of tensors, for as long as a body runs.

func reading<R>(_ a: Tensor, _ body: (UnsafePointer<Float>) -> R) -> R {
  defer { withExtendedLifetime(a) {} }
  return body(a.first)
}

func reading<R>(_ a: Tensor, _ b: Tensor, _ body: (UnsafePointer<Float>, UnsafePointer<Float>) -> R) -> R {
  defer { withExtendedLifetime((a, b)) {} }
  return body(a.first, b.first)
}

func reading<R>(
  _ a: Tensor, _ b: Tensor, _ c: Tensor,
  _ body: (UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>) -> R
) -> R {
  defer { withExtendedLifetime((a, b, c)) {} }
  return body(a.first, b.first, c.first)
}

func reading<R>(_ tensors: [Tensor], _ body: ([UnsafePointer<Float>]) -> R) -> R {
  defer { withExtendedLifetime(tensors) {} }
  return body(tensors.map(\.first))
}

extension Tensor {
  fileprivate var first: UnsafePointer<Float> { UnsafePointer(storage.base + start) }
}
