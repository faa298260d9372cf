import CKernels

/// Depthwise causal convolution: each column of a sequence by itself, over the rows up to its own.
///
/// y[t] = bias + Σ weight[j]·x[t − k + 1 + j] for j in 0..<k. Sequences lie one behind the other in the rows; before
/// the first row of each stand the last k − 1 rows of what was read before.
///
/// - Parameters:
///   - x: [rows, d].
///   - weight: [d, k], the last tap for the row itself (`conv1d.weight` of published models, [d, 1, k]).
///   - bias: [d]; nil for none.
///   - sequences: the rows of each; together all rows, in their order.
///   - start: per sequence the rows before its first, [sequences, k − 1, d]; zeros where nil.
/// - Returns: `y` [rows, d], and `end`, the `start` of what follows, [sequences, k − 1, d]. Gradients flow through
///   both. The same bits for any number of threads.
///
/// Source: the short convolution of Mamba (arXiv:2312.00752).
public func causalConvolution(
  _ x: Tensor, _ weight: Tensor, bias: Tensor? = nil, sequences: [Range<Int>], start: Tensor? = nil
) -> (y: Tensor, end: Tensor) {
  let y = causallyConvolved(x, weight, bias: bias, sequences: sequences, start: start)
  let (width, taps) = (x.shape[1], weight.shape[1])
  let start = start ?? Tensor(zeros: [sequences.count, taps - 1, width])
  guard taps > 1 else { return (y, start) }
  let ends = sequences.enumerated().map { index, rows -> Tensor in
    let kept = min(rows.count, taps - 1)
    let new = x.rows((rows.upperBound - kept)..<rows.upperBound)
    let old = start.row(index).rows(kept..<(taps - 1))
    return (kept == 0 ? old : kept == taps - 1 ? new : Tensor.concatenated([old, new])).reshaped(1, taps - 1, width)
  }
  return (y, ends.count == 1 ? ends[0] : ends.isEmpty ? start : Tensor.concatenated(ends))
}

/// The `y` of `causalConvolution` alone, for sequences that do not continue.
public func causallyConvolved(
  _ x: Tensor, _ weight: Tensor, bias: Tensor? = nil, sequences: [Range<Int>], start: Tensor? = nil
) -> Tensor {
  precondition(
    x.shape.count == 2 && weight.shape.count == 2 && weight.shape[1] > 0,
    "x of shape \(x.shape), weight of \(weight.shape)")
  let (width, taps) = (x.shape[1], weight.shape[1])
  precondition(weight.shape[0] == width, "a weight of shape \(weight.shape) for rows of shape \(x.shape)")
  precondition(
    bias.map { $0.shape == [width] } ?? true, "a bias of shape \(bias?.shape ?? []) for rows of shape \(x.shape)")
  checkSequences(sequences, rows: x.shape[0])
  let start = start ?? Tensor(zeros: [sequences.count, taps - 1, width])
  precondition(
    start.shape == [sequences.count, taps - 1, width],
    "a start of shape \(start.shape) for \(sequences.count) sequences of width \(width) and \(taps) taps")

  // Taps beside columns: columns are the inner loop of the kernel.
  let turned = weight.transposed()
  let inputs = [x, start, turned] + (bias.map { [$0] } ?? [])
  let constants = inputs.map(\.detached)
  let blocks = ColumnBlocks(width)
  let value = Tensor(shape: x.shape) { y in
    reading(constants) { sources in
      parallel(blocks.count * sequences.count) { piece in
        let (block, index) = (blocks[piece % blocks.count], piece / blocks.count)
        let (at, rows) = (block.lowerBound, sequences[index])
        var shape = pk_sequence(steps: rows.count, columns: block.count, stride: width, states: taps)
        pk_convolve(
          &shape, sources[0] + rows.lowerBound * width + at, sources[1] + index * (taps - 1) * width + at,
          sources[2] + at, sources.count > 3 ? sources[3] + at : nil, y + rows.lowerBound * width + at)
      }
    }
  }
  return value.recorded(from: inputs) { gradient in
    let slopes = constants.indices.map {
      $0 == 0 ? Tensor(shape: constants[0].shape) { _ in } : Tensor(zeros: constants[$0].shape)
    }
    let bases = slopes.map(\.storage.base)
    reading(constants) { sources in
      reading(gradient) { g in
        // Sequences add to the slopes of the same weights, so only columns go side by side.
        parallel(blocks.count) {
          let block = blocks[$0]
          let at = block.lowerBound
          for (index, rows) in sequences.enumerated() {
            var shape = pk_sequence(steps: rows.count, columns: block.count, stride: width, states: taps)
            let (row, before) = (rows.lowerBound * width + at, index * (taps - 1) * width + at)
            pk_d_convolve(
              &shape, sources[0] + row, sources[1] + before, sources[2] + at, g + row, bases[0] + row,
              bases[1] + before, bases[2] + at, bases.count > 3 ? bases[3] + at : nil)
          }
        }
      }
    }
    return slopes
  }
}

/// - Precondition: sequences follow each other and are together all rows.
func checkSequences(_ sequences: [Range<Int>], rows: Int) {
  var end = 0
  for sequence in sequences {
    precondition(sequence.lowerBound == end, "sequences \(sequences) of \(rows) rows do not follow each other")
    end = sequence.upperBound
  }
  precondition(end == rows, "sequences \(sequences) are not all of \(rows) rows")
}

/// Columns cut into blocks that a kernel works through at a time: 64, which fit its registers and cache.
struct ColumnBlocks: Sendable {
  let width: Int
  var count: Int { (width + 63) / 64 }

  init(_ width: Int) { self.width = width }

  subscript(index: Int) -> Range<Int> { (64 * index)..<min(64 * (index + 1), width) }
}
