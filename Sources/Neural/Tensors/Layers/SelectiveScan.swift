import CKernels

/// The selective scan of Mamba: a linear recurrence whose rates depend on what is read.
///
/// Per column c and state n: h[t] = exp(Δ[t, c]·A[c, n])·h[t−1] + Δ[t, c]·B[t, n]·x[t, c], and
/// y[t, c] = Σ C[t, n]·h[t, c, n] + D[c]·x[t, c]. Sequences lie one behind the other in the rows.
///
/// - Parameters:
///   - x: [rows, d].
///   - delta: Δ, [rows, d], behind its softplus: positive.
///   - a: A, [d, states], negative where states fade.
///   - b: B, [rows, states].
///   - c: C, [rows, states].
///   - d: D, [d].
///   - sequences: the rows of each; together all rows, in their order.
///   - start: the state before the first row of each sequence, [sequences, d, states]; zeros where nil.
/// - Returns: `y` [rows, d], and `end`, the state behind the last row of each sequence, [sequences, d, states].
///   Gradients flow through both; states between are computed again on the way back. The same bits for any number of
///   threads.
///
/// Source: Mamba (arXiv:2312.00752), with B·x discretised as Δ·B·x, as its published code has it.
public func selectiveScan(
  _ x: Tensor, delta: Tensor, a: Tensor, b: Tensor, c: Tensor, d: Tensor, sequences: [Range<Int>],
  start: Tensor? = nil
) -> (y: Tensor, end: Tensor) {
  precondition(x.shape.count == 2 && a.shape.count == 2, "x of shape \(x.shape), A of shape \(a.shape)")
  let (rows, width, states) = (x.shape[0], x.shape[1], a.shape[1])
  precondition(
    delta.shape == x.shape && a.shape[0] == width && d.shape == [width] && b.shape == [rows, states]
      && c.shape == [rows, states],
    "Δ of shape \(delta.shape), A \(a.shape), B \(b.shape), C \(c.shape), D \(d.shape) for x of shape \(x.shape)")
  checkSequences(sequences, rows: rows)
  let start = start ?? Tensor(zeros: [sequences.count, width, states])
  precondition(
    start.shape == [sequences.count, width, states],
    "a start of shape \(start.shape) for \(sequences.count) sequences, width \(width) and \(states) states")

  let scan = SelectiveScan(
    inputs: [x, delta, a, b, c, d, start].map(\.detached), width: width, states: states, sequences: sequences)
  let (y, end) = scan.forward()
  let inputs = [x, delta, a, b, c, d, start]
  return (
    y.recorded(from: inputs) { scan.backward(y: $0, end: nil) },
    end.recorded(from: inputs) { scan.backward(y: nil, end: $0) }
  )
}

/// One scan and the way back through it.
private struct SelectiveScan: Sendable {
  /// x, Δ, A, B, C, D, start.
  let inputs: [Tensor]
  let width: Int
  let states: Int
  let sequences: [Range<Int>]

  private var blocks: ColumnBlocks { ColumnBlocks(width) }

  private func shape(_ rows: Range<Int>, _ block: Range<Int>) -> pk_sequence {
    pk_sequence(steps: rows.count, columns: block.count, stride: width, states: states)
  }

  /// Room that a block of columns needs beside its states.
  private var scratch: Int {
    var shape = shape(0..<0, blocks.count > 0 ? blocks[0] : 0..<0)
    return pk_selective_scratch(&shape)
  }

  func forward() -> (y: Tensor, end: Tensor) {
    let end = Tensor(shape: inputs[6].shape) { _ in }
    let y = Tensor(shape: inputs[0].shape) { y in
      reading(inputs) { sources in
        parallel(blocks.count * sequences.count, scratch: scratch) { piece, room in
          let (block, index) = (blocks[piece % blocks.count], piece / blocks.count)
          run(sources, block, index, y: y, end: end.storage.base, room: room, kept: nil)
        }
      }
    }
    return (y, end)
  }

  private func run(
    _ sources: [UnsafePointer<Float>], _ block: Range<Int>, _ index: Int, y: UnsafeMutablePointer<Float>,
    end: UnsafeMutablePointer<Float>, room: UnsafeMutablePointer<Float>, kept: UnsafeMutablePointer<Float>?
  ) {
    let (rows, at) = (sequences[index], block.lowerBound)
    var shape = shape(rows, block)
    let (row, selected) = (rows.lowerBound * width + at, rows.lowerBound * states)
    let state = (index * width + at) * states
    pk_selective_scan(
      &shape, sources[0] + row, sources[1] + row, sources[2] + at * states, sources[3] + selected,
      sources[4] + selected, sources[5] + at, sources[6] + state, y + row, end + state, room, kept)
  }

  /// - Parameters: the slopes of y and of the last states; nil for zeros.
  func backward(y: Tensor?, end: Tensor?) -> [Tensor?] {
    let (rows, blocks) = (inputs[0].shape[0], blocks)
    func written(_ shape: [Int]) -> Tensor { Tensor(shape: shape) { _ in } }
    let (dx, ddelta, dstart) = (written(inputs[0].shape), written(inputs[1].shape), written(inputs[6].shape))
    let (da, dd) = (Tensor(zeros: inputs[2].shape), Tensor(zeros: inputs[5].shape))
    // All columns add to the slopes of B and C: each block has its own sums, which are added in their order.
    let (db, dc) = (written([blocks.count, rows, states]), written([blocks.count, rows, states]))
    let longest = sequences.map(\.count).max() ?? 0
    let block = blocks.count > 0 ? blocks[0].count : 0
    let room = scratch + block * states * longest + longest * width + width * states * sequences.count
    reading(inputs) { sources in
      reading(y ?? inputs[0], end ?? inputs[6]) { gy, gend in
        // Sequences add to the slopes of A and D, so only columns go side by side.
        parallel(blocks.count, scratch: room) { place, room in
          let (block, kept) = (blocks[place], room + scratch)
          let (at, unused) = (block.lowerBound, kept + block.count * states * longest)
          for (index, rows) in sequences.enumerated() {
            // What comes out again is not looked at; only the states on the way are.
            let outs = unused - rows.lowerBound * width
            run(sources, block, index, y: outs, end: unused + longest * width, room: room, kept: kept)
            var shape = shape(rows, block)
            let (row, selected) = (rows.lowerBound * width + at, rows.lowerBound * states)
            let (state, own) = ((index * width + at) * states, place * inputs[0].shape[0] * states)
            pk_d_selective_scan(
              &shape, sources[0] + row, sources[1] + row, sources[2] + at * states, sources[3] + selected,
              sources[4] + selected, sources[5] + at, sources[6] + state, kept, y == nil ? nil : gy + row,
              end == nil ? nil : gend + state, dx.storage.base + row, ddelta.storage.base + row,
              da.storage.base + at * states, db.storage.base + own + selected, dc.storage.base + own + selected,
              dd.storage.base + at, dstart.storage.base + state, room)
          }
        }
      }
    }
    func summed(_ parts: Tensor) -> Tensor {
      blocks.count == 1 ? parts.reshaped(rows, states) : parts.summed(to: [rows, states])
    }
    return [dx, ddelta, da, summed(db), summed(dc), dd, dstart]
  }
}
