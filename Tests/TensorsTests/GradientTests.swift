import Tensors
import Testing

@Suite struct `Gradients agree with central differences` {
  let a = noise([3, 4])
  let b = noise([3, 4], seed: 2)
  let row = noise([4], seed: 3)
  let positive = noise([3, 4], seed: 4) * 0.4 + 1

  @Test func `of sums and differences, also with a row`() {
    expectGradients(of: [a, b, row]) { $0[0] + $0[1] - $0[2] }
    expectGradients(of: [a, row]) { $0[1] - $0[0] * 2 + 1 }
  }

  @Test func `of products and quotients, also with a row`() {
    expectGradients(of: [a, b, row]) { $0[0] * $0[1] * $0[2] }
    expectGradients(of: [a, positive]) { $0[0] / $0[1] }
    expectGradients(of: [positive, row]) { $0[1] / $0[0] }
    expectGradients(of: [a, positive.row(0)]) { $0[0] / $0[1] }
  }

  @Test func `of a value used twice`() {
    expectGradients(of: [a]) { $0[0] * $0[0] + $0[0] }
  }

  @Test func `of functions of each scalar`() {
    expectGradients(of: [a]) { $0[0].exp() }
    expectGradients(of: [positive]) { $0[0].log() }
    expectGradients(of: [positive]) { $0[0].squareRoot() }
    expectGradients(of: [a * 3]) { $0[0].sigmoid() }
    expectGradients(of: [a * 2]) { $0[0].tanh() }
    expectGradients(of: [a * 3]) { $0[0].silu() }
    expectGradients(of: [a * 3]) { $0[0].gelu() }
    expectGradients(of: [positive]) { $0[0].relu() }
    expectGradients(of: [a * 3]) { $0[0].softplus() }
  }

  @Test func `of matrix products, transposed or not`() {
    let (w, z) = (noise([5, 4], seed: 5), noise([4, 2], seed: 6))
    expectGradients(of: [a.reshaped(1, 3, 4), w]) { $0[0].product(transposed: $0[1]) }
    expectGradients(of: [a, z]) { $0[0].product($0[1]) }
    expectGradients(of: [a.transposed(), z]) { $0[0].product($0[1], transposes: (true, false)) }
    expectGradients(of: [a, z.transposed()]) { $0[0].product($0[1], transposes: (false, true)) }
    expectGradients(of: [a.transposed(), z.transposed()]) { $0[0].product($0[1], transposes: (true, true)) }
  }

  @Test func `of batched products`() {
    expectGradients(of: [noise([2, 3, 4]), noise([2, 4, 2], seed: 2)]) { $0[0].product($0[1]) }
    expectGradients(of: [noise([2, 3, 4]), noise([2, 5, 4], seed: 2)]) {
      $0[0].product($0[1], transposes: (false, true))
    }
  }

  @Test func `of softmax and its logarithm`() {
    expectGradients(of: [a * 2]) { $0[0].softmax() }
    expectGradients(of: [a * 2]) { $0[0].logSoftmax() }
  }

  @Test func `of sums and means`() {
    expectGradients(of: [a]) { $0[0].sum() }
    expectGradients(of: [a]) { $0[0].mean() }
    expectGradients(of: [a]) { $0[0].sums() }
    expectGradients(of: [a]) { $0[0].means() }
    expectGradients(of: [a]) { $0[0].summedRows() }
    expectGradients(of: [a, noise([3], seed: 7)]) { $0[0].scaledRows(by: $0[1]) }
  }

  @Test func `of rows that are looked up, put back and picked`() {
    expectGradients(of: [a]) { $0[0].gathered([2, 0, 2]) }
    expectGradients(of: [a]) { $0[0].scattered([4, 1, 4], into: 5) }
    expectGradients(of: [a, noise([2, 4], seed: 8)]) { $0[0].adding($0[1], at: [2, 0]) }
    expectGradients(of: [a]) { $0[0].picked([3, 0, 1]) }
    expectGradients(of: [a]) { $0[0].top(2).values }
  }

  @Test func `of what is joined, cut, reshaped and turned`() {
    expectGradients(of: [a, b]) { Tensor.concatenated($0) }
    expectGradients(of: [a, noise([3, 2])]) { Tensor.concatenated($0, axis: 1) }
    expectGradients(of: [a]) { $0[0].slice(1..<3, axis: 1) }
    expectGradients(of: [a]) { $0[0].rows(1..<3) }
    expectGradients(of: [a]) { $0[0].row(1) }
    expectGradients(of: [a]) { $0[0].reshaped(2, -1) }
    expectGradients(of: [a]) { $0[0].transposed() }
    expectGradients(of: [noise([2, 3, 2, 2])]) { $0[0].exchanging(1, 2) }
    expectGradients(of: [noise([2, 3, 2, 2])]) { $0[0].exchanging(0, 3) }
  }
}

@Suite struct `The gradient graph` {
  @Test func `gives zero for what the loss does not depend on`() {
    let (used, unused) = (Tensor([2]).tracked(), Tensor([3, 4]).tracked())
    let found = gradients(of: (used * used).sum(), for: [used, unused])
    #expect(found == [Tensor([4]), Tensor([0, 0])])
  }

  @Test func `gives gradients of values on the way`() {
    let x = Tensor([2]).tracked()
    let y = x * 3
    #expect(gradients(of: (y * y).sum(), for: [y, x]) == [Tensor([12]), Tensor([36])])
  }

  /// The example of docs/tensors.md; the losses worked out in double precision.
  @Test func `leads a loss down`() {
    var weights = Tensor([0, 0, 0, 0], shape: [2, 2])
    var losses: [Float] = []
    for _ in 0..<3 {
      let live = weights.tracked()
      let loss = Tensor([1, 2], shape: [1, 2]).product(transposed: live).crossEntropy([1])
      losses.append(loss.scalar)
      weights = weights - gradients(of: loss, for: [live])[0]
    }
    #expect(Tensor(losses).distance(to: Tensor([0.693147181, 0.006715348, 0.006281973])) < 1e-6)
  }

  @Test func `ends at a detached value`() {
    let x = Tensor([2]).tracked()
    #expect(gradients(of: (x * x.detached).sum(), for: [x]) == [Tensor([2])])
  }

  @Test func `keeps the gradient of a lookup to the rows that were read`() {
    let table = noise([1000, 4]).tracked()
    let found = sparseGradients(of: (table.gathered([7, 3]) + table.gathered([7, 1])).sum(), for: [table])
    guard case .rows(let values, let indices, let shape) = found[0] else {
      Issue.record("the gradient is dense")
      return
    }
    #expect(values.shape == [4, 4] && Set(indices) == [7, 3, 1] && shape == [1000, 4])
    #expect(found[0].dense[7, 0] == 2)
  }

  @Test func `of a hundred thousand steps is followed and freed without a deep stack`() {
    let x = Tensor([1]).tracked()
    var y = x
    for _ in 0..<100_000 { y = y * 1 }
    #expect(gradients(of: y.sum(), for: [x]) == [Tensor([1])])
  }
}
