import CKernels

extension Tensor {
  /// silu(self)·up, the gated unit of Llama and Qwen; self is the gate. […, f], […, f] → […, f].
  ///
  /// Source: SwiGLU (arXiv:2002.05202).
  public func swiGLU(_ up: Tensor) -> Tensor {
    precondition(shape == up.shape, "a gate of shape \(shape) for shape \(up.shape)")
    let value = Tensor(shape: shape) { y in
      reading(self, up) { gate, up in
        parallel(count, grain: elementGrain) {
          pk_swiglu(gate + $0.lowerBound, up + $0.lowerBound, 0, y + $0.lowerBound, 1, $0.count)
        }
      }
    }
    guard isTracked || up.isTracked else { return value }
    let (gate, factor) = (detached, up.detached)
    return value.recorded(from: [self, up]) { gradient in
      let (dgate, dup) = (Storage(count: gate.count), Storage(count: gate.count))
      reading(gate, factor, gradient) { x, up, g in
        parallel(gate.count, grain: elementGrain) {
          let at = $0.lowerBound
          pk_d_swiglu(x + at, up + at, 0, g + at, dgate.base + at, dup.base + at, 1, $0.count)
        }
      }
      return [Tensor(shape: gate.shape, storage: dgate), Tensor(shape: gate.shape, storage: dup)]
    }
  }

  /// The same with gate and up side by side, as one product gives them: […, 2f] → […, f].
  public func swiGLU() -> Tensor {
    let (rows, both) = rowsAndColumns
    precondition(both % 2 == 0, "rows of \(both) are not a gate and as much again")
    let f = both / 2
    let value = Tensor(shape: shape.dropLast() + [f]) { y in
      reading(self) { x in
        parallel(rows, grain: rowGrain(both)) {
          let start = x + $0.lowerBound * both
          pk_swiglu(start, start + f, both, y + $0.lowerBound * f, $0.count, f)
        }
      }
    }
    guard isTracked else { return value }
    let x = detached
    return value.recorded(from: self) { gradient in
      Tensor(shape: x.shape) { dx in
        reading(x, gradient) { x, g in
          parallel(rows, grain: rowGrain(both)) {
            let (start, to) = (x + $0.lowerBound * both, dx + $0.lowerBound * both)
            pk_d_swiglu(start, start + f, both, g + $0.lowerBound * f, to, to + f, $0.count, f)
          }
        }
      }
    }
  }
}
