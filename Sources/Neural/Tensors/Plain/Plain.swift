/// The layers in elementary operations: slow, with every intermediate kept; the oracle for values
/// and gradients of the fused ones.
public enum Plain {
  /// x / √(mean(x²) + epsilon) · gain.
  public static func rmsNormed(_ x: Tensor, _ gain: Tensor, epsilon: Float = 1e-6) -> Tensor {
    let root = ((x * x).means() + epsilon).squareRoot()
    return x.scaledRows(by: Tensor(repeating: 1, shape: root.shape) / root) * gain
  }

  /// (x - mean) / √(variance + epsilon) · gain + bias.
  public static func layerNormed(_ x: Tensor, _ gain: Tensor, _ bias: Tensor, epsilon: Float = 1e-5) -> Tensor {
    let centred = x - Tensor(repeating: 1, shape: x.shape).scaledRows(by: x.means())
    let root = ((centred * centred).means() + epsilon).squareRoot()
    return centred.scaledRows(by: Tensor(repeating: 1, shape: root.shape) / root) * gain + bias
  }

  /// gate·sigmoid(gate)·up.
  public static func swiGLU(_ gate: Tensor, _ up: Tensor) -> Tensor { gate * gate.sigmoid() * up }

  /// Heads [rows, heads, width] turned: x·cos + (-high, low)·sin.
  public static func rotated(_ x: Tensor, by rotation: Rotation) -> Tensor {
    let (heads, width, half) = (x.shape[1], x.shape[2], rotation.cosines.shape[1])
    func spread(_ angles: Tensor) -> Tensor {
      Tensor.concatenated(Array(repeating: angles.reshaped(x.shape[0], 1, half), count: heads), axis: 1)
    }
    let (low, high) = (x.slice(0..<half, axis: 2), x.slice(half..<(2 * half), axis: 2))
    let (c, s) = (spread(rotation.cosines), spread(rotation.sines))
    return Tensor.concatenated(
      [low * c - high * s, high * c + low * s, x.slice((2 * half)..<width, axis: 2)], axis: 2)
  }

  /// h[t] = a[t]·h[t-1] + b[t], step by step: [n, T, d].
  public static func linearScan(_ a: Tensor, _ b: Tensor, start: Tensor) -> Tensor {
    var state = start.reshaped(a.shape[0], 1, a.shape[2])
    var states: [Tensor] = []
    for t in 0..<a.shape[1] {
      state = a.slice(t..<(t + 1), axis: 1) * state + b.slice(t..<(t + 1), axis: 1)
      states.append(state)
    }
    return Tensor.concatenated(states, axis: 1)
  }

  /// Each column's weighted sum of the rows up to its own, tap by tap: see
  /// `causalConvolution(_:_:bias:sequences:start:)`.
  public static func causalConvolution(
    _ x: Tensor, _ weight: Tensor, bias: Tensor? = nil, sequences: [Range<Int>], start: Tensor
  ) -> (y: Tensor, end: Tensor) {
    let (width, taps) = (x.shape[1], weight.shape[1])
    var ys: [Tensor] = []
    var ends: [Tensor] = []
    for (index, rows) in sequences.enumerated() {
      let read = Tensor.concatenated([start.row(index), x.rows(rows)])  // [taps - 1 + T, d]
      var sum = bias.map { Tensor(zeros: [rows.count, width]) + $0 } ?? Tensor(zeros: [rows.count, width])
      for tap in 0..<taps {
        sum = sum + read.rows(tap..<(tap + rows.count)) * weight.slice(tap..<(tap + 1), axis: 1).reshaped(width)
      }
      ys.append(sum)
      ends.append(read.rows(rows.count..<(rows.count + taps - 1)).reshaped(1, taps - 1, width))
    }
    return (Tensor.concatenated(ys), Tensor.concatenated(ends))
  }

  /// The recurrence step by step: see `selectiveScan(_:delta:a:b:c:d:sequences:start:)`.
  public static func selectiveScan(
    _ x: Tensor, delta: Tensor, a: Tensor, b: Tensor, c: Tensor, d: Tensor, sequences: [Range<Int>], start: Tensor
  ) -> (y: Tensor, end: Tensor) {
    let (width, states) = (x.shape[1], a.shape[1])
    var ys: [Tensor] = []
    var ends: [Tensor] = []
    for (index, rows) in sequences.enumerated() {
      var h = start.row(index)  // [d, states]
      for t in rows {
        let (dt, xt) = (delta.row(t), x.row(t))  // [d]
        h = a.scaledRows(by: dt).exp() * h + (dt * xt).reshaped(width, 1).product(b.row(t).reshaped(1, states))
        ys.append(h.product(c.row(t).reshaped(states, 1)).reshaped(1, width) + (d * xt).reshaped(1, width))
      }
      ends.append(h.reshaped(1, width, states))
    }
    return (Tensor.concatenated(ys), Tensor.concatenated(ends))
  }

  /// The mean of -log softmax at the targets that are not negative.
  public static func crossEntropy(_ logits: Tensor, _ targets: [Int]) -> Tensor {
    let counted = targets.indices.filter { targets[$0] >= 0 }
    return logits.gathered(counted).logSoftmax().picked(counted.map { targets[$0] }).mean() * -1
  }

  /// Attention with the matrix of all scores: see `attention(_:_:_:extra:sequences:slidingWindow:scale:)`.
  public static func attention(
    _ queries: Tensor, _ keys: Tensor, _ values: Tensor, extra: (keys: Tensor, values: Tensor)? = nil,
    sequences: [AttentionSequence], slidingWindow: Int? = nil, scale: Float? = nil
  ) -> Tensor {
    let (heads, groups, width) = (queries.shape[1], keys.shape[1], queries.shape[2])
    let scale = scale ?? 1 / Float(width).squareRoot()
    var sum = Tensor(zeros: queries.shape)
    for sequence in sequences where !sequence.queries.isEmpty {
      func rows(_ local: Tensor, _ extra: Tensor?) -> Tensor {
        let own = local.gathered(sequence.keys.flatMap(Array.init))
        guard let extra else { return own }
        return Tensor.concatenated([extra.gathered(sequence.extra.flatMap(Array.init)), own])
      }
      let (k, v) = (rows(keys, extra?.keys), rows(values, extra?.values))  // [M + S, G, d]
      let (t, s) = (sequence.queries.count, sequence.positions)
      let m = k.shape[0] - s
      var mask = [Float](repeating: 0, count: t * (m + s))
      for i in 0..<t {
        for j in 0..<s where j > s - t + i || (slidingWindow.map { j + $0 <= s - t + i } ?? false) {
          mask[i * (m + s) + m + j] = -.infinity
        }
      }
      let q = queries.rows(sequence.queries)  // [T, H, d]
      let outs = (0..<heads).map { head -> Tensor in
        let group = head * groups / heads
        func one(_ x: Tensor, _ index: Int) -> Tensor {
          x.slice(index..<(index + 1), axis: 1).reshaped(x.shape[0], width)
        }
        let scores = one(q, head).product(one(k, group), transposes: (false, true)) * scale  // [T, M + S]
        return (scores + Tensor(mask, shape: [t, m + s])).softmax().product(one(v, group)).reshaped(t, 1, width)
      }
      sum = sum + Tensor.concatenated(outs, axis: 1).scattered(Array(sequence.queries), into: queries.shape[0])
    }
    return sum
  }
}
