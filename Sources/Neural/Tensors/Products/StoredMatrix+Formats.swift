import CKernels

extension StoredMatrix {
  /// Rows first..<last as 32-bit floats, [count, columns]: exact but for int8, where the product of byte
  /// and scale is rounded once.
  public func tensor(_ range: Range<Int>? = nil) -> Tensor {
    let range = range ?? 0..<rows
    precondition(range.lowerBound >= 0 && range.upperBound <= rows, "rows \(range) of \(rows)")
    return Tensor(shape: [range.count, columns]) { target in
      withWeights { weights in
        parallel(range.count, grain: 64) { part in
          for row in part { widen(weights, row: range.lowerBound + row, to: target + row * columns) }
        }
      }
    }
  }

  /// The rows of the given ids, in their order, as for an embedding: [ids.count, columns].
  public func tensor(at ids: [Int]) -> Tensor {
    Tensor(shape: [ids.count, columns]) { target in
      withWeights { weights in
        for (place, row) in ids.enumerated() {
          precondition((0..<rows).contains(row), "row \(row) of \(rows)")
          widen(weights, row: row, to: target + place * columns)
        }
      }
    }
  }

  /// The same weights as bf16: to the nearest, ties to even, at most 2⁻⁸ of each weight off.
  public func rounded() -> StoredMatrix {
    guard format != .bfloat16 else { return self }
    let place = Place(bytes: 2 * rows * columns, scales: 0) { target, _ in
      let target = target.bindMemory(to: UInt16.self, capacity: rows * columns)
      eachRow { row, floats in pk_round_bf16(floats, target + row * columns, columns) }
    }
    return StoredMatrix(rows: rows, columns: columns, format: .bfloat16, place: place)
  }

  /// The same weights as bytes with a scale per group of columns: a weight is off by at most 1/254 of
  /// the largest magnitude in its group. A group with a weight that is not finite becomes NaN.
  ///
  /// - Parameter group: columns that share a scale, a multiple of 64. A scale takes four bytes.
  public func quantised(group: Int = 128) -> StoredMatrix {
    precondition(group > 0 && group.isMultiple(of: 64), "groups of \(group) columns; they must be multiples of 64")
    let groups = (columns + group - 1) / group
    let place = Place(bytes: rows * groups * group, scales: rows * groups) { target, scales in
      let target = target.bindMemory(to: Int8.self, capacity: rows * groups * group)
      eachRow { row, floats in
        pk_quantise_row(floats, target + row * groups * group, scales + row * groups, columns, group)
      }
    }
    return StoredMatrix(rows: rows, columns: columns, format: .int8(group: group), place: place)
  }

  /// Every row as floats, on the threads there are.
  private func eachRow(_ body: (Int, UnsafePointer<Float>) -> Void) {
    withWeights { weights in
      parallel(rows, grain: 64) { part in
        withUnsafeTemporaryAllocation(of: Float.self, capacity: columns) { floats in
          guard let floats = floats.baseAddress else { return }
          for row in part {
            widen(weights, row: row, to: floats)
            body(row, floats)
          }
        }
      }
    }
  }

  private func widen(_ weights: pk_weights, row: Int, to floats: UnsafeMutablePointer<Float>) {
    withUnsafePointer(to: weights) { pk_widen_row($0, row, floats) }
  }
}
