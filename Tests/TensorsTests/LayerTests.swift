import Tensors
import Testing

/// Fused layers against their plain versions, in value and in the gradient of every input.
func expectEqual(
  _ inputs: [Tensor], within tolerance: Float = 2e-5, sourceLocation: SourceLocation = #_sourceLocation,
  _ fused: ([Tensor]) -> Tensor, _ plain: ([Tensor]) -> Tensor
) {
  func both(_ function: ([Tensor]) -> Tensor) -> [Tensor] {
    let leaves = inputs.map { $0.tracked() }
    let value = function(leaves)
    return [value] + gradients(of: (value * noise(value.shape, seed: 77)).sum(), for: leaves)
  }
  for (index, (a, b)) in zip(both(fused), both(plain)).enumerated() {
    let distance = a.distance(to: b)
    #expect(distance < tolerance, "\(index == 0 ? "value" : "gradient \(index - 1)")", sourceLocation: sourceLocation)
  }
}

@Suite struct `Fused layers` {
  let x = noise([37, 48])
  let gain = noise([48], seed: 2) + 1
  let bias = noise([48], seed: 3)

  @Test func `normalise as their plain versions do`() {
    expectEqual([x, gain]) {
      $0[0].rmsNormed($0[1])
    } _: {
      Plain.rmsNormed($0[0], $0[1])
    }
    expectEqual([x, gain, bias]) {
      $0[0].layerNormed($0[1], $0[2])
    } _: {
      Plain.layerNormed($0[0], $0[1], $0[2])
    }
  }

  @Test func `normalise with gradients of central differences`() {
    let (x, gain, bias) = (noise([3, 8]), noise([8], seed: 2), noise([8], seed: 3))
    expectGradients(of: [x, gain]) { $0[0].rmsNormed($0[1]) }
    expectGradients(of: [x, gain, bias]) { $0[0].layerNormed($0[1], $0[2]) }
  }

  @Test func `gate as their plain versions do`() {
    let up = noise([37, 48], seed: 4)
    expectEqual([x * 4, up]) {
      $0[0].swiGLU($0[1])
    } _: {
      Plain.swiGLU($0[0], $0[1])
    }
    expectEqual([x * 4, up]) {
      Tensor.concatenated($0, axis: 1).swiGLU()
    } _: {
      Plain.swiGLU($0[0], $0[1])
    }
    expectGradients(of: [noise([3, 5]), noise([3, 5], seed: 2)]) { $0[0].swiGLU($0[1]) }
    expectGradients(of: [noise([3, 6])]) { $0[0].swiGLU() }
  }

  @Test func `turn heads as their plain versions do`() {
    let rotation = Rotation(
      at: [0, 1, 7, 1000], frequencies: Rotation.frequencies(base: 10000, width: 8), scale: 1.1)
    expectEqual([noise([4, 3, 10])]) {
      $0[0].rotated(by: rotation)
    } _: {
      Plain.rotated($0[0], by: rotation)
    }
    expectGradients(of: [noise([4, 3, 10])]) { $0[0].rotated(by: rotation) }
  }

  /// By hand: base 100, width 4, position 2 turns (1, 0, 0, 0) by 2 radians and (0, 1, 0, 0) by 0.2.
  @Test func `pair each scalar with the one half a head on`() {
    let rotation = Rotation(at: [2], frequencies: Rotation.frequencies(base: 100, width: 4))
    let turned = Tensor([1, 0, 0, 0], shape: [1, 1, 4]).rotated(by: rotation)
    #expect(turned.distance(to: Tensor([-0.4161468, 0, 0.9092974, 0], shape: [1, 1, 4])) < 1e-6)
    let slow = Tensor([0, 1, 0, 0], shape: [1, 1, 4]).rotated(by: rotation)
    #expect(slow.distance(to: Tensor([0, 0.9800666, 0, 0.1986693], shape: [1, 1, 4])) < 1e-6)
  }

  @Test func `weigh targets as the plain cross-entropy does`() {
    let (logits, targets) = (noise([9, 130]) * 8, [0, 129, -1, 4, 5, 64, -7, 99, 3])
    expectEqual([logits]) {
      $0[0].crossEntropy(targets)
    } _: {
      Plain.crossEntropy($0[0], targets)
    }
    expectEqual([logits]) {
      $0[0].logLikelihoods(of: targets.map(abs))
    } _: {
      $0[0].logSoftmax().picked(targets.map(abs))
    }
    expectGradients(of: [noise([3, 5])]) { $0[0].crossEntropy([1, -1, 4], weights: [2, 1, 0.5]) }
  }

  /// A small head goes in parts, a large one block by block.
  @Test(arguments: [[700, 24, 130], [130, 260, 2100]])
  func `weigh the targets of a head without its logits`(_ sizes: [Int]) {
    let (x, head) = (noise([sizes[0], sizes[1]]), noise([sizes[2], sizes[1]], seed: 2))
    let targets = (0..<sizes[0]).map { $0 % 7 == 3 ? -1 : $0 * 31 % sizes[2] }
    let weights = (0..<sizes[0]).map { 0.5 + Float($0 % 3) }
    expectEqual([x, head]) {
      $0[0].crossEntropy(head: $0[1], targets)
    } _: {
      Plain.crossEntropy($0[0].product(transposed: $0[1]), targets)
    }
    expectEqual([x, head]) {
      $0[0].crossEntropy(head: $0[1], targets, weights: weights) * 3
    } _: {
      $0[0].product(transposed: $0[1]).crossEntropy(targets, weights: weights) * 3
    }
    #expect(
      x.crossEntropy(head: head, targets).distance(to: Plain.crossEntropy(x.product(transposed: head), targets)) < 1e-6)
    let (one, two) = withThreads {
      let leaves = [x.tracked(), head.tracked()]
      return gradients(of: leaves[0].crossEntropy(head: leaves[1], targets), for: leaves).map(\.bits)
    }
    #expect(one == two)
  }

  @Test func `carry a state as the plain recurrence does`() {
    let (a, b, start) = (noise([2, 9, 5]), noise([2, 9, 5], seed: 2), noise([2, 5], seed: 3))
    expectEqual([a, b, start]) {
      linearScan($0[0], $0[1], start: $0[2])
    } _: {
      Plain.linearScan($0[0], $0[1], start: $0[2])
    }
    expectGradients(of: [a, b, start]) { linearScan($0[0], $0[1], start: $0[2]) }
  }

  @Test func `change no bit with the number of threads`() {
    let (x, gain) = (noise([4000, 48]), noise([48], seed: 2))
    let (one, two) = withThreads {
      let leaves = [x.tracked(), gain.tracked()]
      let y = leaves[0].rmsNormed(leaves[1]).layerNormed(leaves[1], leaves[1]).swiGLU()
      return ([y] + gradients(of: y.crossEntropy((0..<4000).map { $0 % 24 }), for: leaves)).map(\.bits)
    }
    #expect(one == two)
  }
}

@Suite struct `Attention` {
  /// Sequences of different lengths, more keys than queries, heads that share keys, widths that fill no tile.
  struct Case: Sendable, CustomTestStringConvertible {
    var heads: (Int, Int)
    var width: Int
    var sequences: [AttentionSequence]
    var slidingWindow: Int?
    var extra = 0
    var testDescription: String { "\(heads) \(width) \(sequences) \(slidingWindow ?? 0) \(extra)" }
  }

  static let cases: [Case] = [
    Case(heads: (2, 2), width: 8, sequences: [.init(queries: 0..<5, keys: [0..<5])]),
    Case(
      heads: (4, 2), width: 20,
      sequences: [.init(queries: 0..<70, keys: [0..<70]), .init(queries: 70..<73, keys: [70..<90])]),
    Case(heads: (3, 1), width: 32, sequences: [.init(queries: 0..<300, keys: [0..<300])]),
    Case(heads: (2, 1), width: 32, sequences: [.init(queries: 0..<290, keys: [0..<290])], slidingWindow: 70),
    Case(heads: (1, 1), width: 40, sequences: [.init(queries: 0..<1, keys: [0..<200])], slidingWindow: 3),
    Case(
      heads: (4, 2), width: 16,
      sequences: [
        .init(queries: 0..<40, keys: [0..<50], extra: [0..<7]),
        .init(queries: 41..<60, keys: [60..<90], extra: [2..<140]),
      ],
      slidingWindow: 20, extra: 140),
    // One query each, over several blocks, with runs and extra rows between; a width that is no whole vector.
    Case(
      heads: (6, 2), width: 52,
      sequences: [
        .init(queries: 0..<1, keys: [0..<300]),
        .init(queries: 1..<2, keys: [16..<32, 64..<70], extra: [3..<150]),
        .init(queries: 2..<3, keys: [100..<101]),
      ], extra: 150),
    // A prefix that two share, and a cache with gaps.
    Case(
      heads: (2, 2), width: 16,
      sequences: [
        .init(queries: 0..<3, keys: [0..<130, 150..<153]), .init(queries: 3..<5, keys: [0..<130, 200..<204]),
      ]),
  ]

  private func inputs(_ example: Case) -> [Tensor] {
    let rows = example.sequences.map(\.queries.upperBound).max()! + 1
    let keys = example.sequences.flatMap(\.keys).map(\.upperBound).max()! + 2
    let (heads, groups) = example.heads
    var inputs = [
      noise([rows, heads, example.width]) * 2, noise([keys, groups, example.width], seed: 2) * 2,
      noise([keys, groups, example.width], seed: 3),
    ]
    if example.extra > 0 {
      inputs += [
        noise([example.extra, groups, example.width], seed: 4), noise([example.extra, groups, example.width], seed: 5),
      ]
    }
    return inputs
  }

  @Test(arguments: cases) func `agrees with its plain version, gradients too`(_ example: Case) {
    expectEqual(inputs(example), within: 5e-5) {
      attention(
        $0[0], $0[1], $0[2], extra: $0.count > 3 ? ($0[3], $0[4]) : nil, sequences: example.sequences,
        slidingWindow: example.slidingWindow)
    } _: {
      Plain.attention(
        $0[0], $0[1], $0[2], extra: $0.count > 3 ? ($0[3], $0[4]) : nil, sequences: example.sequences,
        slidingWindow: example.slidingWindow)
    }
  }

  @Test(arguments: [true, false]) func `joined agrees with cutting, rotating and attending`(_ turns: Bool) {
    let joined = noise([70, 8, 16])
    let positions = Array(0..<50) + Array(0..<20)
    let rotation = turns ? Rotation(at: positions, frequencies: Rotation.frequencies(base: 100, width: 12)) : nil
    let sequences = [
      AttentionSequence(queries: 0..<50, keys: [0..<50]), AttentionSequence(queries: 50..<70, keys: [50..<70]),
    ]
    expectEqual([joined]) {
      attention(joined: $0[0], heads: 4, rotation: rotation, sequences: sequences, slidingWindow: 30)
    } _: {
      let (q, k) = ($0[0].slice(0..<4, axis: 1), $0[0].slice(4..<6, axis: 1))
      return Plain.attention(
        rotation.map { Plain.rotated(q, by: $0) } ?? q, rotation.map { Plain.rotated(k, by: $0) } ?? k,
        $0[0].slice(6..<8, axis: 1), sequences: sequences, slidingWindow: 30)
    }
  }

  @Test func `has the gradients of central differences`() {
    let sequence = AttentionSequence(queries: 0..<4, keys: [0..<5], extra: [0..<2])
    expectGradients(
      of: [
        noise([4, 2, 6]), noise([5, 1, 6], seed: 2), noise([5, 1, 6], seed: 3), noise([2, 1, 6], seed: 4),
        noise([2, 1, 6], seed: 5),
      ]
    ) {
      attention($0[0], $0[1], $0[2], extra: ($0[3], $0[4]), sequences: [sequence], slidingWindow: 3)
    }
  }

  @Test func `with no extra rows is plain attention, bit for bit`() {
    let (q, k, v) = (noise([200, 4, 24]), noise([200, 2, 24], seed: 2), noise([200, 2, 24], seed: 3))
    let empty = Tensor(zeros: [0, 2, 24])
    let sequences = [AttentionSequence(queries: 0..<200, keys: [0..<200])]
    let plain = attention(q, k, v, sequences: sequences)
    #expect(attention(q, k, v, extra: (empty, empty), sequences: sequences).bits == plain.bits)
    #expect(
      attention(q.reshaped(1, 200, 4, 24), k.reshaped(1, 200, 2, 24), v.reshaped(1, 200, 2, 24)).bits == plain.bits)
  }

  @Test func `never sees what comes later`() {
    let (q, k, v) = (noise([150, 2, 16]), noise([150, 2, 16], seed: 2), noise([150, 2, 16], seed: 3))
    var (laterKeys, laterValues) = (k, v)
    for row in 100..<150 {
      laterKeys[row, 0, 3] = .nan
      laterValues[row, 1, 2] = 1e30
    }
    let sequences = [AttentionSequence(queries: 0..<150, keys: [0..<150])]
    let (a, b) = (attention(q, k, v, sequences: sequences), attention(q, laterKeys, laterValues, sequences: sequences))
    #expect(a.rows(0..<100).bits == b.rows(0..<100).bits)
  }

  @Test func `survives scores beyond the range of the exponential`() {
    let (q, k, v) = (noise([40, 1, 8]) * 1000, noise([40, 1, 8], seed: 2) * 1000, noise([40, 1, 8], seed: 3))
    let sequences = [AttentionSequence(queries: 0..<40, keys: [0..<40])]
    let found = attention(q, k, v, sequences: sequences)
    #expect(found.distance(to: Plain.attention(q, k, v, sequences: sequences)) < 1e-3)
  }

  @Test func `changes no bit with the number of threads`() {
    let (q, k, v) = (noise([3, 260, 4, 32]), noise([3, 260, 2, 32], seed: 2), noise([3, 260, 2, 32], seed: 3))
    let (one, two) = withThreads {
      let leaves = [q.tracked(), k.tracked(), v.tracked()]
      let y = attention(leaves[0], leaves[1], leaves[2])
      return ([y] + gradients(of: (y * y).sum(), for: leaves)).map(\.bits)
    }
    #expect(one == two)
  }
}
