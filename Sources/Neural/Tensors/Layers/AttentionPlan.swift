import CKernels

/// How a batch of attentions is cut into pieces, and how the kernels are called for each.
struct AttentionPlan: Sendable {
  /// Query heads, key heads, width of a head.
  let (heads, groups, width): (Int, Int, Int)
  let sequences: [AttentionSequence]
  let slidingWindow: Int
  let scale: Float
  let rows: Int
  /// Of keys, values and extra ones.
  let format: RowFormat
  /// What the kernels need to know of each sequence.
  private let spans: [Span]

  private struct Span {
    var queries: Range<Int>
    var positions: Int
    var extra: Int
  }

  /// - Parameters:
  ///   - rows: of queries, of keys and values, and of extra keys and values.
  init(
    rows: (queries: Int, keys: Int, extra: Int), heads: Int, groups: Int, width: Int,
    _ sequences: [AttentionSequence], _ slidingWindow: Int?, _ scale: Float?, format: RowFormat = .float32
  ) {
    precondition(groups > 0 && heads % groups == 0, "\(heads) query heads over \(groups) key heads")
    precondition(slidingWindow.map { $0 > 0 } ?? true, "a sliding window of \(slidingWindow ?? 0) positions")
    func lies(_ run: Range<Int>, in count: Int) -> Bool { run.lowerBound >= 0 && run.upperBound <= count }
    for sequence in sequences {
      precondition(
        lies(sequence.queries, in: rows.queries) && sequence.keys.allSatisfy { lies($0, in: rows.keys) }
          && sequence.extra.allSatisfy { lies($0, in: rows.extra) },
        "\(sequence) lies outside \(rows.queries) queries, \(rows.keys) keys, \(rows.extra) extra rows")
      precondition(
        sequence.positions >= sequence.queries.count,
        "\(sequence.queries.count) queries at the end of \(sequence.positions) positions")
    }
    self.rows = rows.queries
    self.format = format
    (self.heads, self.groups, self.width) = (heads, groups, width)
    self.sequences = sequences.contains { $0.queries.isEmpty } ? sequences.filter { !$0.queries.isEmpty } : sequences
    spans = self.sequences.map { sequence in
      Span(
        queries: sequence.queries, positions: sequence.positions,
        extra: sequence.extra.reduce(0) { $0 + $1.count })
    }
    self.slidingWindow = slidingWindow ?? 0
    self.scale = scale ?? 1 / Float(width).squareRoot()
  }

  /// Whether some rows of the queries are in no sequence.
  private var leavesRows: Bool { spans.reduce(0) { $0 + $1.queries.count } < rows }

  private var group: Int { heads / groups }

  private func shape(
    of span: Span, _ range: Range<Int>, group index: Int, stride: Int, slopeStride: Int, together: Int = 1
  ) -> pk_attention {
    pk_attention(
      group: group, width: width, query_stride: stride, slope_stride: slopeStride, out_stride: heads * width,
      head_stride: heads, key_offset: index * width,
      queries: range.count, extra: span.extra, first: span.positions - span.queries.count + range.lowerBound,
      sliding_window: slidingWindow, scale: scale, together: together, follows: 0,
      rows: format.kind)
  }

  /// The runs of rows that sequences see, those of all sequences in one list: keys, then as many of values.
  private struct Runs {
    var list: [pk_run] = []
    /// Where the keys of each sequence begin.
    var starts: [Int] = []

    /// Lends, of each sequence, where its runs of keys and of values begin.
    func lent(_ body: ((Int) -> (keys: UnsafePointer<pk_run>, values: UnsafePointer<pk_run>)) -> Void) {
      list.withUnsafeBufferPointer { list in
        guard let base = list.baseAddress else { return }
        body { (base + starts[$0], base + list.count / 2 + starts[$0]) }
      }
    }
  }

  private func runs(_ places: Slopes) -> Runs {
    var runs = Runs()
    runs.list.reserveCapacity(2 * sequences.reduce(0) { $0 + $1.keys.count + $1.extra.count })
    runs.starts.reserveCapacity(sequences.count)
    func add(_ rows: [Range<Int>], _ first: UnsafeMutableRawPointer, _ stride: Int) {
      for run in rows where !run.isEmpty {
        let start = first + run.lowerBound * stride * format.bytes
        runs.list.append(pk_run(first: start, count: run.count, stride: stride))
      }
    }
    // The extra ones stand before those of the sequence.
    for sequence in sequences {
      runs.starts.append(runs.list.count)
      if let extra = places.extraKeys { add(sequence.extra, extra, groups * width) }
      add(sequence.keys, places.keys, places.strides.keys)
    }
    for sequence in sequences {
      if let extra = places.extraValues { add(sequence.extra, extra, groups * width) }
      add(sequence.keys, places.values, places.strides.values)
    }
    return runs
  }

  /// Numbers from one row to the next.
  struct Strides {
    var queries: Int
    var keys: Int
    var values: Int
  }

  /// The strides of tensors that hold nothing else.
  var ownStrides: Strides { Strides(queries: heads * width, keys: groups * width, values: groups * width) }

  /// Where rows of queries, keys and values, and extra ones begin; and, as `Slopes`, where their
  /// gradients go: that of the queries is set, the others are added to.
  struct Places<Queries, Rows> {
    var queries: Queries
    var keys: Rows
    var values: Rows
    var extraKeys: Rows?
    var extraValues: Rows?
    var strides: Strides
  }

  /// Rows are in the plan's format.
  typealias Sources = Places<UnsafePointer<Float>, UnsafeRawPointer>
  /// Gradients are floats.
  typealias Slopes = Places<UnsafeMutablePointer<Float>, UnsafeMutableRawPointer>

  /// For the kernels' runs, which are of one type; those of sources are only read.
  private func mutable(_ places: Sources) -> Slopes {
    Slopes(
      queries: .init(mutating: places.queries), keys: .init(mutating: places.keys),
      values: .init(mutating: places.values), extraKeys: places.extraKeys.map { .init(mutating: $0) },
      extraValues: places.extraValues.map { .init(mutating: $0) }, strides: places.strides)
  }

  /// Some queries of a sequence and one key head, or one query and several key heads from `group` on.
  private struct Piece {
    var sequence: Int
    var range: Range<Int>
    var group: Int
    var together = 1
  }

  /// Whether a single query attends to all key heads in one call: its rows are then read once, from end to end. Few
  /// sequences are cut by heads, for the threads.
  private var attendsTogether: Bool { group == 1 && groups > 1 && spans.count >= 16 }

  private func pieces() -> [Piece] {
    // A piece has about 256 rows of positions and heads: enough to pay for packing its keys.
    let grain = max(16, 256 / group)
    var pieces: [Piece] = []
    pieces.reserveCapacity(spans.reduce(0) { $0 + ($1.queries.count + grain - 1) / grain } * groups)
    for (index, span) in spans.enumerated() {
      let count = span.queries.count
      if count == 1, attendsTogether {
        pieces.append(Piece(sequence: index, range: 0..<1, group: 0, together: groups))
        continue
      }
      for start in stride(from: 0, to: count, by: grain) {
        for group in 0..<groups {
          pieces.append(Piece(sequence: index, range: start..<min(start + grain, count), group: group))
        }
      }
    }
    return pieces
  }

  /// - Returns: the values [rows, heads, width], and of each row and head the logarithm of the
  ///   softmax's divisor.
  func forward(_ from: Sources) -> (Tensor, Tensor) {
    let pieces = pieces()
    let logSums = Storage(count: rows * heads)
    let value = Tensor(shape: [rows, heads, width]) { out in
      if leavesRows { out.update(repeating: 0, count: rows * heads * width) }
      let scratch = pieces.reduce(0) { most, piece in
        var shape = shape(
          of: spans[piece.sequence], piece.range, group: 0, stride: 0, slopeStride: 0, together: piece.together)
        return max(most, pk_attend_scratch(&shape))
      }
      // Scalars that a piece has to do with, at the most: a second thread is worth about 50,000.
      let work = spans.reduce(0) { $0 + $1.queries.count * $1.positions } * heads * width
      let together = max(1, min(pieces.count * (1 << 16) / max(1, work), pieces.count))
      runs(mutable(from)).lent { seen in
        parallel((pieces.count + together - 1) / together, scratch: scratch) { part, room in
          let end = min(pieces.count, (part + 1) * together)
          for (index, piece) in zip(part * together..<end, pieces[(part * together)..<end]) {
            let span = spans[piece.sequence]
            var shape = shape(
              of: span, piece.range, group: piece.group, stride: from.strides.queries, slopeStride: 0,
              together: piece.together)
            shape.follows = index + 1 < end && piece.group + piece.together < groups ? 1 : 0
            let row = span.queries.lowerBound + piece.range.lowerBound
            let (head, rows) = (piece.group * group, seen(piece.sequence))
            pk_attend(
              &shape, from.queries + row * from.strides.queries + head * width, rows.keys, rows.values,
              out + (row * heads + head) * width, logSums.base + row * heads + head, room)
          }
        }
      }
    }
    return (value, Tensor(shape: [rows, heads], storage: logSums))
  }

  func backward(_ from: Sources, _ out: Tensor, _ logSums: Tensor, _ gradient: Tensor, to slopes: Slopes) {
    if leavesRows {
      for row in 0..<rows { (slopes.queries + row * slopes.strides.queries).update(repeating: 0, count: heads * width) }
    }
    // Sequences that share rows add to the same gradients and go one after the other; else each may go alone.
    let batches = sharesRows ? [Array(sequences.indices)] : sequences.indices.map { [$0] }
    let pieces = batches.flatMap { batch in (0..<groups).map { (batch: batch, group: $0) } }
    reading(out, logSums, gradient) { out, logSums, g in
      let scratch = spans.reduce(0) { most, span in
        var shape = shape(of: span, 0..<span.queries.count, group: 0, stride: 0, slopeStride: 0)
        return max(most, pk_d_attend_scratch(&shape))
      }
      runs(mutable(from)).lent { seen in
        runs(slopes).lent { sums in
          parallel(pieces.count, scratch: scratch) { index, room in
            for place in pieces[index].batch {
              let span = spans[place]
              var shape = shape(
                of: span, 0..<span.queries.count, group: pieces[index].group, stride: from.strides.queries,
                slopeStride: slopes.strides.queries)
              let (row, head) = (span.queries.lowerBound, pieces[index].group * group)
              let start = (row * heads + head) * width
              let (rows, to) = (seen(place), sums(place))
              pk_d_attend(
                &shape, from.queries + row * from.strides.queries + head * width, rows.keys, rows.values, out + start,
                logSums + row * heads + head, g + start, slopes.queries + row * slopes.strides.queries + head * width,
                to.keys, to.values, room)
            }
          }
        }
      }
    }
  }

  private var sharesRows: Bool {
    func overlap(_ runs: [Range<Int>]) -> Bool {
      let sorted = runs.filter { !$0.isEmpty }.sorted { $0.lowerBound < $1.lowerBound }
      return zip(sorted, sorted.dropFirst()).contains { $0.upperBound > $1.lowerBound }
    }
    return overlap(sequences.flatMap(\.keys)) || overlap(sequences.flatMap(\.extra))
  }
}
