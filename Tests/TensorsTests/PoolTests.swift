import Tensors
import Testing

/// A decoder's layer, small: every fused operation with its gradient.
private struct Block: Parameterized {
  var embedding = noise([50, 32], seed: 1)
  var gain = noise([32], seed: 2)
  var joined = noise([4 * 16, 32], seed: 3)
  var gateUp = noise([96, 32], seed: 4)
  var down = noise([32, 48], seed: 5)

  mutating func forEachParameter(_ visit: (String, inout Tensor) -> Void) {
    visit("embedding", &embedding)
    visit("gain", &gain)
    visit("joined", &joined)
    visit("gateUp", &gateUp)
    visit("down", &down)
  }

  func loss(_ tokens: [Int]) -> Tensor {
    let rotation = Rotation(at: Array(tokens.indices), frequencies: Rotation.frequencies(base: 100, width: 16))
    let whole = AttentionSequence(queries: 0..<tokens.count, keys: [0..<tokens.count])
    let x = embedding.gathered(tokens)
    let rows = x.rmsNormed(gain).product(transposed: joined).reshaped(tokens.count, 4, 16)
    let y = x + attention(joined: rows, heads: 2, rotation: rotation, sequences: [whole]).reshaped(tokens.count, 32)
    let z = y + y.rmsNormed(gain).product(transposed: gateUp).swiGLU().product(transposed: down)
    return z.product(transposed: embedding).crossEntropy(tokens.map { ($0 * 7) % 50 })
  }
}

/// Each in a process of its own, since the pool is everybody's.
@Suite struct `The pool of buffers` {
  @Test func `has all that a training step needs once the step has been done`() async {
    await #expect(processExitsWith: .success) {
      var model = Block()
      var optimiser = AdamW()
      let tokens = (0..<200).map { ($0 * 13) % 50 }
      func step() -> Float {
        let (loss, slopes) = {
          let live = model.tracked()
          let loss = live.loss(tokens)
          return (loss.scalar, gradients(of: loss, for: live.parameters.map(\.tensor)))
        }()
        optimiser.step(&model, slopes, rate: 0.01, scale: clippingScale(slopes, to: 1))
        return loss
      }
      let first = step()
      _ = step()
      let before = BufferPool.count
      var last: Float = 0
      for _ in 0..<10 { last = step() }
      let after = BufferPool.count
      #expect(after.misses == before.misses)
      #expect(after.requests > before.requests + 100)
      #expect(last < first)
    }
  }

  /// Two slopes of three scalars each and the ones of the sum: the slopes add up in one of their buffers.
  @Test func `is not asked for where gradients add up`() async {
    await #expect(processExitsWith: .success) {
      func requests(_ body: (Tensor) -> Tensor) -> Int {
        let x = Tensor([1, 2, 3]).tracked()
        let y = body(x).sum()
        let before = BufferPool.count.requests
        #expect(gradients(of: y, for: [x])[0][0] != 0)
        return BufferPool.count.requests - before
      }
      _ = requests { $0 * 2 + $0 * 3 }  // whatever is made once
      let one = requests { $0 * 2 }
      let two = requests { $0 * 2 + $0 * 3 }
      #expect(two == one + 1, "\(one) for one slope, \(two) for two")
    }
  }

  /// Steps whose buffers have sizes of their own, as passes over texts of many lengths have: 96 MB at once, and a gigabyte
  /// of all sizes together.
  @Test func `does not grow where sizes differ from step to step`() async {
    await #expect(processExitsWith: .success) {
      var most = 0
      for step in 0..<32 {
        let scalars = (1 << 20) + step * 96 * 1024
        let tensors = (0..<6).map { _ in Tensor(shape: [scalars]) { $0.initialize(to: 1) } }
        most = max(most, tensors.count * 4 * scalars)
      }
      #expect(BufferPool.count.idleBytes > 0)
      // Half as much again, and an eighth by which sizes are rounded up.
      #expect(BufferPool.count.idleBytes < most * 7 / 4, "\(BufferPool.count.idleBytes) of \(most)")
      // What was asked for last is still there.
      let misses = BufferPool.count.misses
      _ = Tensor(shape: [(1 << 20) + 31 * 96 * 1024]) { $0.initialize(to: 1) }
      #expect(BufferPool.count.misses == misses)
    }
  }

  @Test func `gives back what its limit does not allow to wait`() async {
    await #expect(processExitsWith: .success) {
      _ = Tensor(zeros: [1 << 20])
      #expect(BufferPool.count.idleBytes >= 4 << 20)
      BufferPool.limit = 1 << 20
      #expect(BufferPool.count.idleBytes <= 1 << 20)
      _ = Tensor(zeros: [1 << 20])
      #expect(BufferPool.count.idleBytes <= 1 << 20)
    }
  }
}

/// The caller's mistakes trap, with both sides stated.
@Suite struct `A tensor traps` {
  @Test func `where scalars do not fill a shape`() async {
    await #expect(processExitsWith: .failure) { _ = Tensor([1, 2, 3], shape: [2, 2]) }
  }

  @Test func `where a shape is no shape`() async {
    await #expect(processExitsWith: .failure) { _ = Tensor(zeros: [-1]) }
    await #expect(processExitsWith: .failure) { _ = Tensor(zeros: [1 << 40, 1 << 40]) }
  }

  @Test func `where a tracked one is changed`() async {
    await #expect(processExitsWith: .failure) {
      var tensor = Tensor([1]).tracked()
      tensor[0] = 2
    }
  }

  @Test func `where a row, a column or a key does not exist`() async {
    await #expect(processExitsWith: .failure) { _ = Tensor(zeros: [2, 2]).gathered([2]) }
    await #expect(processExitsWith: .failure) { _ = Tensor(zeros: [2, 2]).crossEntropy([0, 2]) }
    await #expect(processExitsWith: .failure) {
      let x = Tensor(zeros: [2, 1, 4])
      _ = attention(x, x, x, sequences: [AttentionSequence(queries: 0..<2, keys: [0..<3])])
    }
  }

  @Test func `where a recomputed body captures what it should be given`() async {
    await #expect(processExitsWith: .failure) {
      let hidden = Tensor([1]).tracked()
      _ = recomputed([Tensor([1]).tracked()]) { $0[0] * hidden }
    }
  }
}
