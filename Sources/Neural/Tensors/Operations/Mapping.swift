import CKernels

/// Scalars that one thread works through at a time: some 2 µs of work, so that threads end together.
let elementGrain = 1 << 13

/// Scalars of one partial sum. Unlike the grain above it decides about bits.
let sumGrain = 1 << 15

typealias UnaryKernel = (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void
typealias BinaryKernel = (UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void

extension Tensor {
  /// y = f(x), scalar by scalar.
  func mapped(_ kernel: UnaryKernel) -> Tensor {
    Tensor(shape: shape) { y in
      withScalars { x in
        guard let x = x.baseAddress else { return }
        parallel(count, grain: elementGrain) { kernel(x + $0.lowerBound, y + $0.lowerBound, $0.count) }
      }
    }
  }

  /// y = f(a, b), scalar by scalar, of equal counts; the shape is ours.
  func mapped(with other: Tensor, _ kernel: BinaryKernel) -> Tensor {
    Tensor(shape: shape) { y in
      withScalars { a in
        other.withScalars { b in
          guard let a = a.baseAddress, let b = b.baseAddress else { return }
          parallel(count, grain: elementGrain) {
            kernel(a + $0.lowerBound, b + $0.lowerBound, y + $0.lowerBound, $0.count)
          }
        }
      }
    }
  }

  /// y[r] = f(x[r]) for rows of the last axis.
  func mappedRows(_ kernel: (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int, Int) -> Void) -> Tensor {
    let (rows, columns) = rowsAndColumns
    return Tensor(shape: shape) { y in
      withScalars { x in
        guard let x = x.baseAddress else { return }
        parallel(rows, grain: rowGrain(columns)) {
          kernel(x + $0.lowerBound * columns, y + $0.lowerBound * columns, $0.count, columns)
        }
      }
    }
  }

  /// y[r] = f(a[r], b[r]) for rows of the last axis.
  func mappedRows(
    with other: Tensor,
    _ kernel: (UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int, Int) -> Void
  ) -> Tensor {
    let (rows, columns) = rowsAndColumns
    return Tensor(shape: shape) { y in
      withScalars { a in
        other.withScalars { b in
          guard let a = a.baseAddress, let b = b.baseAddress else { return }
          parallel(rows, grain: rowGrain(columns)) {
            let start = $0.lowerBound * columns
            kernel(a + start, b + start, y + start, $0.count, columns)
          }
        }
      }
    }
  }
}

/// Rows that one thread works through at a time.
func rowGrain(_ columns: Int) -> Int { max(1, elementGrain / max(1, columns)) }

/// Sums that parts of the rows contribute to, added in the order of the parts.
///
/// - Parameters:
///   - width: scalars that are summed up, all zero at first.
///   - body: adds what a range of rows contributes.
func sumOverRows(
  rows: Int, columns: Int, width: Int, shape: [Int], _ body: (Range<Int>, UnsafeMutablePointer<Float>) -> Void
) -> Tensor {
  // As many parts as keep the partial sums smaller than what is summed, and at most 32.
  let grain = max(max(1, sumGrain / max(1, columns)), (rows + 31) / 32)
  let parts = max(1, (rows + grain - 1) / grain)
  let partial = Tensor(shape: [parts, width]) { base in
    parallel(parts) { part in
      let sum = base + part * width
      sum.update(repeating: 0, count: width)
      body((part * grain)..<min(rows, (part + 1) * grain), sum)
    }
  }
  guard parts > 1 else { return Tensor(shape: shape, storage: partial.storage) }
  return Tensor(shape: shape) { y in
    y.update(repeating: 0, count: width)
    partial.withScalars { pk_sum_columns($0.baseAddress!, y, parts, width) }
  }
}

typealias SlopeKernel =
  @Sendable (UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void
