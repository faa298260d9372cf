import Foundation
import Tensors
import Testing

@Suite struct `Operations agree with their plain versions` {
  /// Every product against sums in double precision: 1e-5 for float32 sums over up to 300 terms.
  @Test(arguments: [[1, 1, 1], [3, 5, 7], [64, 33, 300], [1, 200, 64], [200, 1, 64], [300, 200, 130], [0, 3, 2]])
  func `products`(_ sizes: [Int]) {
    let (m, n, k) = (sizes[0], sizes[1], sizes[2])
    let (a, b) = (noise([m, k]), noise([k, n], seed: 2))
    let (x, y) = (a.scalars, b.scalars)
    let plain = Tensor(
      (0..<m * n).map { index in
        Float((0..<k).reduce(0.0) { $0 + Double(x[index / n * k + $1]) * Double(y[$1 * n + index % n]) })
      }, shape: [m, n])
    for (left, right) in [(false, false), (true, false), (false, true), (true, true)] {
      let product = (left ? a.transposed() : a).product(right ? b.transposed() : b, transposes: (left, right))
      #expect(product.distance(to: plain) < 1e-5)
    }
    #expect(a.product(transposed: b.transposed()).distance(to: plain) < 1e-5)
  }

  @Test func `products with weights that change between them`() {
    let x = noise([70, 24])
    var w = noise([40, 24], seed: 2)
    _ = x.product(transposed: w)
    let copy = w
    w[3, 5] = 9
    #expect(x.product(transposed: w) == x.product(transposed: w.tracked()))
    #expect(x.product(transposed: copy) == x.product(transposed: copy.tracked()))
    _ = consume copy
    w[3, 5] = 10
    #expect(x.product(transposed: w) == x.product(transposed: w.tracked()))
  }

  @Test(arguments: [3, 70]) func `products with several weights at once`(_ rows: Int) {
    let x = noise([rows, 24]), weights = [noise([40, 24]), noise([7, 24], seed: 2), noise([100, 24], seed: 3)]
    #expect(x.products(transposed: weights) == weights.map { x.product(transposed: $0) })
    let leaf = x.tracked()
    let sum = leaf.products(transposed: weights).map { ($0 * $0).sum() }.reduce(Tensor(0), +)
    let alone = weights.map { leaf.product(transposed: $0) }.map { ($0 * $0).sum() }.reduce(Tensor(0), +)
    #expect(gradients(of: sum, for: [leaf]) == gradients(of: alone, for: [leaf]))
  }

  /// Weights that do not learn stand packed, so every number of rows is multiplied alike.
  @Test(arguments: [1, 2, 7, 8, 9, 63]) func `products of few rows with the bits of many`(_ rows: Int) {
    let x = noise([70, 24]), w = noise([40, 24], seed: 2)
    #expect(x.rows(0..<rows).product(transposed: w) == x.product(transposed: w).rows(0..<rows))
  }

  /// Deep products, as gradients of weights are, are packed and cut in pieces of their own.
  @Test(arguments: [[64, 64], [70, 33], [192, 100]]) func `products over many rows`(_ sides: [Int]) {
    let a = noise([3000, sides[0]]), b = noise([3000, sides[1]], seed: 2)
    let (x, y) = (a.scalars, b.scalars)
    let plain = Tensor(
      (0..<sides[0] * sides[1]).map { index in
        let (i, j) = (index / sides[1], index % sides[1])
        return Float((0..<3000).reduce(0.0) { $0 + Double(x[$1 * sides[0] + i]) * Double(y[$1 * sides[1] + j]) })
      }, shape: sides)
    #expect(a.product(b, transposes: (true, false)).distance(to: plain) < 1e-3)
  }

  @Test func `functions of each scalar`() {
    let x = Tensor((-4000...4000).map { Float($0) / 200 })
    func check(_ found: Tensor, _ function: (Double) -> Double, within tolerance: Double = 1e-6) {
      for (x, y) in zip(x.scalars, found.scalars) {
        let exact = function(Double(x))
        #expect(abs(Double(y) - exact) <= tolerance * max(1, abs(exact)), "at \(x)")
      }
    }
    check(x.exp(), Foundation.exp)
    check(x.sigmoid()) { 1 / (1 + Foundation.exp(-$0)) }
    check(x.tanh(), Foundation.tanh)
    check(x.silu()) { $0 / (1 + Foundation.exp(-$0)) }
    check(x.gelu()) { $0 / 2 * (1 + Foundation.tanh((2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0))) }
    check(x.relu()) { max($0, 0) }
    check(x.softplus()) { $0 > 0 ? $0 + log1p(Foundation.exp(-$0)) : log1p(Foundation.exp($0)) }
  }

  /// Below |x| = 1 tanh must keep its relative accuracy, or small activations lose their digits.
  @Test func `tanh near zero`() {
    let x = Tensor((1...1000).map { Float($0) / 1000 })
    for (x, y) in zip(x.scalars, x.tanh().scalars) {
      let exact = Foundation.tanh(Double(x))
      #expect(abs(Double(y) - exact) < 2e-6 * exact, "at \(x)")
    }
  }

  @Test func `softmax, with masked scalars at exactly nothing`() {
    let x = noise([5, 70]) * 20
    var masked = x
    masked[2, 3] = -.infinity
    for (tensor, hidden) in [(x, -1), (masked, 2 * 70 + 3)] {
      let plain = tensor.scalars.map(Double.init)
      let found = tensor.softmax().scalars
      for r in 0..<5 {
        let row = plain[(70 * r)..<(70 * r + 70)]
        let sum = row.reduce(0) { $0 + Foundation.exp($1 - row.max()!) }
        for i in row.indices { #expect(abs(Double(found[i]) - Foundation.exp(row[i] - row.max()!) / sum) < 1e-6) }
      }
      if hidden >= 0 { #expect(found[hidden] == 0) }
      #expect(tensor.softmax().sums().distance(to: Tensor(repeating: 1, shape: [5])) < 1e-5)
    }
    #expect(x.logSoftmax().exp().distance(to: x.softmax()) < 1e-5)
  }

  @Test func `turning and joining`() {
    let x = noise([2, 3, 4])
    #expect(x.transposed()[1, 3, 2] == x[1, 2, 3])
    #expect(x.exchanging(0, 2)[3, 1, 0] == x[0, 1, 3])
    #expect(Tensor.concatenated([x, x], axis: 2).slice(4..<8, axis: 2) == x)
    #expect(noise([100, 70]).transposed().transposed() == noise([100, 70]))
  }

  @Test func `the largest of each row, the earlier first among equals`() {
    let x = Tensor([1, 5, 5, .nan, 2, 9, 9, 9, 0, 9], shape: [2, 5])
    let top = x.top(3)
    #expect(top.columns == [[1, 2, 4], [0, 1, 2]])
    #expect(top.values == Tensor([5, 5, 2, 9, 9, 9], shape: [2, 3]))
  }
}
