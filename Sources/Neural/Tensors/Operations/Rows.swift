import CKernels

/// Rows of the first axis: looked up, put back, joined.
extension Tensor {
  /// Rows by index, as in an embedding: [n, …] at k indices → [k, …]. An index may come twice.
  ///
  /// The gradient keeps only the rows that were read.
  ///
  /// - Precondition: every index lies in 0..<n.
  public func gathered(_ indices: [Int]) -> Tensor {
    precondition(!shape.isEmpty, "a scalar has no rows")
    let (rows, whole) = (shape[0], shape)
    let width = Tensor.count(of: Array(shape.dropFirst()))
    for index in indices { precondition((0..<rows).contains(index), "row \(index) of shape \(whole)") }
    let value = Tensor(shape: [indices.count] + shape.dropFirst()) { y in
      withScalars { x in
        guard let x = x.baseAddress else { return }
        parallel(indices.count, grain: rowGrain(width)) {
          for k in $0 { (y + k * width).update(from: x + indices[k] * width, count: width) }
        }
      }
    }
    return value.recording(from: [self]) { [.rows(values: $0, indices: indices, shape: whole)] }
  }

  /// The opposite of `gathered`: our k rows added up at `indices` of n rows of zeros.
  ///
  /// - Precondition: one index per row, each in 0..<n.
  public func scattered(_ indices: [Int], into rows: Int) -> Tensor {
    precondition(shape.first == indices.count, "\(indices.count) indices for the rows of shape \(shape)")
    for index in indices { precondition((0..<rows).contains(index), "row \(index) of \(rows)") }
    var sum = Tensor(zeros: [rows] + shape.dropFirst())
    sum.accumulateRows(detached, at: indices)
    return sum.recorded(from: self) { $0.gathered(indices) }
  }

  /// Our rows, with k others added at `indices`; all other rows keep their bits.
  ///
  /// - Precondition: one index per added row, each one of ours; rows of our shape.
  public func adding(_ rows: Tensor, at indices: [Int]) -> Tensor {
    precondition(
      !shape.isEmpty && rows.shape == [indices.count] + shape.dropFirst(),
      "\(indices.count) rows of shape \(rows.shape) added to shape \(shape)")
    for index in indices { precondition((0..<shape[0]).contains(index), "row \(index) of shape \(shape)") }
    var sum = detached
    sum.accumulateRows(rows.detached, at: indices)
    return sum.recorded(from: [self, rows]) { [$0, $0.gathered(indices)] }
  }

  /// The same in place. Nothing is copied where neither tensor is tracked and the scalars are not shared.
  public mutating func add(_ rows: Tensor, at indices: [Int]) {
    guard !isTracked, !rows.isTracked, rows.shape == [indices.count] + shape.dropFirst(),
      let last = indices.max(), last < shape[0], indices.allSatisfy({ $0 >= 0 })
    else {
      self = adding(rows, at: indices)
      return
    }
    accumulateRows(rows, at: indices)
  }

  /// self[indices[k]] += rows[k], in the order of k.
  mutating func accumulateRows(_ rows: Tensor, at indices: [Int]) {
    let width = indices.isEmpty ? 0 : rows.count / indices.count
    withMutableScalars { y in
      rows.withScalars { x in
        guard let y = y.baseAddress, let x = x.baseAddress else { return }
        // Columns are cut, not rows: an index that comes twice adds up in its order.
        // A thread more pays from some ten thousand additions on.
        parallel(width, grain: max(64, (1 << 14) / max(1, indices.count))) { columns in
          for (k, index) in indices.enumerated() {
            pk_accumulate(x + k * width + columns.lowerBound, 1, y + index * width + columns.lowerBound, columns.count)
          }
        }
      }
    }
  }

  /// One scalar of each row of the last axis: [n, d] at n columns → [n].
  ///
  /// - Precondition: one column per row, each in 0..<d.
  public func picked(_ columns: [Int]) -> Tensor {
    let (rows, width) = rowsAndColumns
    precondition(columns.count == rows, "\(columns.count) columns for \(rows) rows of shape \(shape)")
    for column in columns { precondition((0..<width).contains(column), "column \(column) of shape \(shape)") }
    let whole = shape
    let value = withScalars { x in Tensor((0..<rows).map { x[$0 * width + columns[$0]] }, shape: shape.dropLast()) }
    return value.recorded(from: self) { gradient in
      Tensor(shape: whole) { y in
        y.update(repeating: 0, count: rows * width)
        gradient.withScalars { g in for r in 0..<rows { y[r * width + columns[r]] = g[r] } }
      }
    }
  }

  /// The k largest scalars of each row of the last axis and their columns, largest first; of equal
  /// ones the earlier. NaN counts as the least.
  ///
  /// - Returns: values […, k], and for each row its k columns.
  /// - Precondition: a row has k scalars.
  public func top(_ k: Int) -> (values: Tensor, columns: [[Int]]) {
    let (rows, width) = rowsAndColumns
    precondition(k >= 0 && k <= width, "the \(k) largest of \(width)")
    let columns = withScalars { x in
      (0..<rows).map { row in largest(k, of: UnsafeBufferPointer(rebasing: x[(row * width)..<((row + 1) * width)])) }
    }
    let flat = columns.enumerated().flatMap { row, columns in columns.map { row * width + $0 } }
    return (reshaped(count).gathered(flat).reshaped(shape.dropLast() + [k]), columns)
  }

  /// Tensors joined along an axis; all other sizes agree.
  ///
  /// - Precondition: there is one at least.
  public static func concatenated(_ parts: [Tensor], axis: Int = 0) -> Tensor {
    guard let first = parts.first else { preconditionFailure("nothing to concatenate") }
    precondition(first.shape.indices.contains(axis), "axis \(axis) of shape \(first.shape)")
    var shape = first.shape
    shape[axis] = parts.reduce(0) { $0 + $1.shape[axis] }
    for part in parts {
      var like = part.shape
      if like.count == shape.count { like[axis] = shape[axis] }
      precondition(like == shape, "shapes \(first.shape) and \(part.shape) along axis \(axis)")
    }
    let outer = Tensor.count(of: Array(shape[..<axis]))
    let inner = Tensor.count(of: Array(shape[(axis + 1)...]))
    let width = shape[axis] * inner
    let starts = parts.reduce(into: [0]) { $0.append($0.last! + $1.shape[axis]) }
    let value = Tensor(shape: shape) { y in
      for (part, start) in zip(parts, starts) {
        let own = part.shape[axis] * inner
        part.withScalars { x in
          guard let x = x.baseAddress else { return }
          for o in 0..<outer { (y + o * width + start * inner).update(from: x + o * own, count: own) }
        }
      }
    }
    return value.recorded(from: parts) { gradient in
      zip(starts, starts.dropFirst()).map { gradient.slice($0..<$1, axis: axis) }
    }
  }

  /// A run of indices of one axis, copied (`rows(_:)` shares the first axis).
  ///
  /// - Precondition: the range lies within the axis.
  public func slice(_ range: Range<Int>, axis: Int) -> Tensor {
    precondition(
      shape.indices.contains(axis) && range.lowerBound >= 0 && range.upperBound <= shape[axis],
      "\(range) of axis \(axis) of shape \(shape)")
    let whole = shape
    var shape = shape
    shape[axis] = range.count
    let outer = Tensor.count(of: Array(shape[..<axis]))
    let inner = Tensor.count(of: Array(shape[(axis + 1)...]))
    let (width, own) = (whole[axis] * inner, range.count * inner)
    let value = Tensor(shape: shape) { y in
      withScalars { x in
        guard let x = x.baseAddress else { return }
        for o in 0..<outer { (y + o * own).update(from: x + o * width + range.lowerBound * inner, count: own) }
      }
    }
    return value.recorded(from: self) { gradient in
      Tensor(shape: whole) { y in
        y.update(repeating: 0, count: outer * width)
        gradient.withScalars { g in
          guard let g = g.baseAddress else { return }
          for o in 0..<outer { (y + o * width + range.lowerBound * inner).update(from: g + o * own, count: own) }
        }
      }
    }
  }

  /// Two axes exchanged, copied: [batch, T, heads, d] with (1, 2) → [batch, heads, T, d].
  public func exchanging(_ first: Int, _ second: Int) -> Tensor {
    precondition(
      shape.indices.contains(first) && shape.indices.contains(second), "axes \(first), \(second) of shape \(shape)")
    let (a, b) = (min(first, second), max(first, second))
    guard a != b else { return self }
    let (outer, middle, inner) = (
      Tensor.count(of: Array(shape[..<a])), Tensor.count(of: Array(shape[(a + 1)..<b])),
      Tensor.count(of: Array(shape[(b + 1)...]))
    )
    let (m, n) = (shape[a], shape[b])
    var exchanged = shape
    exchanged.swapAt(a, b)
    return Tensor(shape: exchanged) { y in
      withScalars { x in
        guard let x = x.baseAddress else { return }
        parallel(outer) { o in
          for j in 0..<n {
            for k in 0..<middle {
              for i in 0..<m {
                (y + (((o * n + j) * middle + k) * m + i) * inner)
                  .update(from: x + (((o * m + i) * middle + k) * n + j) * inner, count: inner)
              }
            }
          }
        }
      }
    }
    .recorded(from: self) { $0.exchanging(a, b) }
  }
}

/// Columns of the k largest, by a heap of k.
private func largest(_ k: Int, of row: UnsafeBufferPointer<Float>) -> [Int] {
  func isBefore(_ a: Int, _ b: Int) -> Bool {
    let (x, y) = (row[a].isNaN ? -Float.infinity : row[a], row[b].isNaN ? -Float.infinity : row[b])
    return x > y || (x == y && a < b)
  }
  guard k > 0 else { return [] }
  // The root is the one that would leave next.
  var heap: [Int] = []
  func sink() {
    var place = 0
    while true {
      var worst = place
      for child in [2 * place + 1, 2 * place + 2] where child < heap.count && isBefore(heap[worst], heap[child]) {
        worst = child
      }
      guard worst != place else { return }
      heap.swapAt(worst, place)
      place = worst
    }
  }
  for column in row.indices {
    if heap.count < k {
      heap.append(column)
      var place = heap.count - 1
      while place > 0, isBefore(heap[(place - 1) / 2], heap[place]) {
        heap.swapAt(place, (place - 1) / 2)
        place = (place - 1) / 2
      }
    } else if isBefore(column, heap[0]) {
      heap[0] = column
      sink()
    }
  }
  return heap.sorted(by: isBefore)
}
