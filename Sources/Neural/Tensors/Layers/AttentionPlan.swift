import CKernels

/// How a batch of attentions is cut into pieces, and how the kernels are called for each.
struct AttentionPlan: Sendable {
  /// Query heads, key heads, width of a head.
  let (heads, groups, width): (Int, Int, Int)
  let sequences: [AttentionSequence]
  let window: Int
  let scale: Float
  let rows: Int

  private typealias Row = UnsafePointer<Float>?

  init(
    _ queries: Tensor, _ keys: Tensor, _ values: Tensor, _ extra: (keys: Tensor, values: Tensor)?,
    _ sequences: [AttentionSequence], _ window: Int?, _ scale: Float?
  ) {
    precondition(
      queries.shape.count == 3 && keys.shape.count == 3 && keys.shape == values.shape
        && queries.shape[2] == keys.shape[2] && keys.shape[1] > 0 && queries.shape[1] % keys.shape[1] == 0,
      "queries of shape \(queries.shape), keys of shape \(keys.shape), values of shape \(values.shape)")
    if let extra {
      precondition(
        extra.keys.shape == extra.values.shape && extra.keys.shape.dropFirst() == keys.shape.dropFirst(),
        "extra keys of shape \(extra.keys.shape) and values of shape \(extra.values.shape) beside \(keys.shape)")
    }
    precondition(window.map { $0 > 0 } ?? true, "a window of \(window ?? 0) positions")
    for sequence in sequences {
      func lie(_ runs: [Range<Int>], in count: Int) -> Bool {
        runs.allSatisfy { $0.lowerBound >= 0 && $0.upperBound <= count }
      }
      precondition(
        lie([sequence.queries], in: queries.shape[0]) && lie(sequence.keys, in: keys.shape[0])
          && lie(sequence.extra, in: extra?.keys.shape[0] ?? 0),
        "\(sequence) lies outside \(queries.shape[0]) queries, \(keys.shape[0]) keys, "
          + "\(extra?.keys.shape[0] ?? 0) extra rows")
      precondition(
        sequence.positions >= sequence.queries.count,
        "\(sequence.queries.count) queries at the end of \(sequence.positions) positions")
    }
    (rows, heads, width) = (queries.shape[0], queries.shape[1], queries.shape[2])
    groups = keys.shape[1]
    self.sequences = sequences.filter { !$0.queries.isEmpty }
    self.window = window ?? 0
    self.scale = scale ?? 1 / Float(width).squareRoot()
  }

  private var group: Int { heads / groups }

  private func shape(of sequence: AttentionSequence, _ range: Range<Int>, group index: Int) -> pk_attention {
    pk_attention(
      group: group, width: width, query_stride: heads * width, head_stride: heads, key_offset: index * width,
      queries: range.count, extra: sequence.extra.reduce(0) { $0 + $1.count },
      first: sequence.positions - sequence.queries.count + range.lowerBound, window: window, scale: scale)
  }

  /// Pointers to the rows a sequence sees: the extra ones, then those of the window.
  private func pointers<Pointer>(
    _ sequence: AttentionSequence, _ extra: Pointer?, _ local: Pointer, _ move: (Pointer, Int) -> Pointer
  ) -> [Pointer?] {
    var rows: [Pointer?] = []
    if let extra { for run in sequence.extra { for row in run { rows.append(move(extra, row * groups * width)) } } }
    for run in sequence.keys { for row in run { rows.append(move(local, row * groups * width)) } }
    return rows
  }

  /// - Returns: the values, and of each row and head the logarithm of the softmax's divisor.
  func forward(
    _ queries: Tensor, _ keys: Tensor, _ values: Tensor, _ extra: (keys: Tensor, values: Tensor)?
  ) -> (Tensor, Tensor) {
    // A piece has about 256 rows of positions and heads: enough to pay for packing its keys.
    let grain = max(16, 256 / group)
    let pieces = sequences.indices.flatMap { index in
      stride(from: 0, to: sequences[index].queries.count, by: grain).flatMap { start in
        (0..<groups).map {
          (sequence: index, range: start..<min(start + grain, sequences[index].queries.count), group: $0)
        }
      }
    }
    let logSums = Storage(count: rows * heads)
    let covered = sequences.reduce(0) { $0 + $1.queries.count }
    let value = Tensor(shape: queries.shape) { out in
      if covered < rows { out.update(repeating: 0, count: rows * heads * width) }
      reading(queries, keys, values, extra?.keys, extra?.values) { q, k, v, extraKeys, extraValues in
        let keyRows = sequences.map { pointers($0, extraKeys, k, +) }
        let valueRows = sequences.map { pointers($0, extraValues, v, +) }
        let scratch = pieces.reduce(0) { most, piece in
          var shape = shape(of: sequences[piece.sequence], piece.range, group: piece.group)
          return max(most, pk_attend_scratch(&shape))
        }
        parallel(pieces.count, scratch: scratch) { index, room in
          let piece = pieces[index]
          let sequence = sequences[piece.sequence]
          var shape = shape(of: sequence, piece.range, group: piece.group)
          let row = sequence.queries.lowerBound + piece.range.lowerBound
          let start = (row * heads + piece.group * group) * width
          pk_attend(
            &shape, q + start, keyRows[piece.sequence], valueRows[piece.sequence], out + start,
            logSums.base + row * heads + piece.group * group, room)
        }
      }
    }
    return (value, Tensor(shape: [rows, heads], storage: logSums))
  }

  func backward(
    _ queries: Tensor, _ keys: Tensor, _ values: Tensor, _ extra: (keys: Tensor, values: Tensor)?,
    _ out: Tensor, _ logSums: Tensor, _ gradient: Tensor
  ) -> [Tensor?] {
    let covered = sequences.reduce(0) { $0 + $1.queries.count }
    let dq = covered < rows ? Tensor(zeros: queries.shape) : Tensor(shape: queries.shape) { _ in }
    var sums = [Tensor(zeros: keys.shape), Tensor(zeros: values.shape)]
    if let extra { sums += [Tensor(zeros: extra.keys.shape), Tensor(zeros: extra.values.shape)] }
    let bases = sums.map(\.storage.base)
    // Sequences that share rows add to the same gradients and go one after the other; else each may go alone.
    let batches = sharesRows ? [Array(sequences.indices)] : sequences.indices.map { [$0] }
    let pieces = batches.flatMap { batch in (0..<groups).map { (batch: batch, group: $0) } }
    reading(queries, keys, values, extra?.keys, extra?.values) { q, k, v, extraKeys, extraValues in
      reading(out, logSums, gradient) { out, logSums, g in
        let keyRows = sequences.map { pointers($0, extraKeys, k, +) }
        let valueRows = sequences.map { pointers($0, extraValues, v, +) }
        let keySums = sequences.map { pointers($0, bases.count > 2 ? bases[2] : nil, bases[0], +) }
        let valueSums = sequences.map { pointers($0, bases.count > 2 ? bases[3] : nil, bases[1], +) }
        let scratch = sequences.reduce(0) { most, sequence in
          var shape = shape(of: sequence, 0..<sequence.queries.count, group: 0)
          return max(most, pk_d_attend_scratch(&shape))
        }
        parallel(pieces.count, scratch: scratch) { index, room in
          for place in pieces[index].batch {
            let sequence = sequences[place]
            let group = pieces[index].group
            var shape = shape(of: sequence, 0..<sequence.queries.count, group: group)
            let row = sequence.queries.lowerBound
            let start = (row * heads + group * self.group) * width
            pk_d_attend(
              &shape, q + start, keyRows[place], valueRows[place], out + start,
              logSums + row * heads + group * self.group, g + start, dq.storage.base + start, keySums[place],
              valueSums[place], room)
          }
        }
      }
    }
    withExtendedLifetime(sums) {}
    return [dq] + sums
  }

  private var sharesRows: Bool {
    func overlap(_ runs: [Range<Int>]) -> Bool {
      let sorted = runs.filter { !$0.isEmpty }.sorted { $0.lowerBound < $1.lowerBound }
      return zip(sorted, sorted.dropFirst()).contains { $0.upperBound > $1.lowerBound }
    }
    return overlap(sequences.flatMap(\.keys)) || overlap(sequences.flatMap(\.extra))
  }
}
