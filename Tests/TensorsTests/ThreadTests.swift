import Tensors
import Testing

@Suite struct `The number of threads` {
  @Test func `runs every index once`() {
    let (one, two) = withThreads {
      var hits = [Int](repeating: 0, count: 1000)
      hits.withUnsafeMutableBufferPointer { hits in
        let base = hits.baseAddress!
        for _ in 0..<50 { parallel(1000) { base[$0] += 1 } }
      }
      return hits
    }
    #expect(one == two && one == [Int](repeating: 50, count: 1000))
  }

  @Test func `does not stop a body from asking for more`() {
    let (one, two) = withThreads {
      var hits = [Int](repeating: 0, count: 64)
      hits.withUnsafeMutableBufferPointer { hits in
        let base = hits.baseAddress!
        parallel(8) { i in parallel(8) { base[8 * i + $0] += 1 } }
      }
      return hits
    }
    #expect(one == two && one == [Int](repeating: 1, count: 64))
  }

  @Test func `does not stop many callers from asking at once`() async {
    let sums = await withTaskGroup(of: Float.self) { group in
      for _ in 0..<8 {
        group.addTask {
          (0..<20).reduce(Float(0)) { sum, _ in sum + Tensor(repeating: 1, shape: [100_000]).sum().scalar }
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(sums == [Float](repeating: 2_000_000, count: 8))
  }

  @Test func `may be larger than that of processors, and change`() {
    let (one, two) = withThreads {
      var sum = 0
      for round in 0..<2000 {
        Threads.count = 1 + round % 9
        var hits = [Int](repeating: 0, count: 12)
        hits.withUnsafeMutableBufferPointer { hits in
          let base = hits.baseAddress!
          parallel(12) { base[$0] += $0 }
        }
        sum += hits.reduce(0, +)
      }
      return sum
    }
    #expect(one == two && one == 2000 * 66)
  }

  @Test(arguments: [[300, 200, 400], [2048, 128, 128], [128, 128, 4096], [1, 3000, 900], [1000, 7, 1000]])
  func `changes no bit of a product or its gradients`(_ sizes: [Int]) {
    let (x, w) = (noise([sizes[0], sizes[2]]), noise([sizes[1], sizes[2]], seed: 2))
    let (one, two) = withThreads {
      let leaves = [x.tracked(), w.tracked()]
      let y = leaves[0].product(transposed: leaves[1])
      return ([y] + gradients(of: (y * y).sum(), for: leaves)).map(\.bits)
    }
    #expect(one == two)
  }

  @Test func `changes no bit of sums over rows`() {
    let (x, b) = (noise([5000, 96]), noise([96], seed: 2))
    let (one, two) = withThreads {
      let leaf = b.tracked()
      let y = (x * leaf).softmax()
      return (gradients(of: (y * y).sum(), for: [leaf]) + [y.sum(), x.sum(), x.means()]).map(\.bits)
    }
    #expect(one == two)
  }
}
