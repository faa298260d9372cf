import Foundation
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

@Suite struct `A helper that lost its processor` {
  /// Milliseconds in which callers work alone, each looked at in its middle.
  private func alone(_ losses: inout HelperLosses, from begin: Int, to end: Int) -> [Int] {
    (begin..<end).filter { time in losses.isAlone { (Double(time) + 0.5) / 1000 } }
  }

  @Test func `is taken again at once where it gained more than the wait cost`() {
    var losses = HelperLosses()
    for time in [1, 1.1, 1.12] {
      losses.add(waited: 0.004, at: time)
      #expect(!losses.isAlone { time + 0.0005 })
    }
  }

  @Test func `works by turns for a while where it did not`() {
    var losses = HelperLosses()
    losses.add(waited: 0.004, at: 1)
    losses.add(waited: 0.004, at: 1.010)
    #expect(alone(&losses, from: 1010, to: 1024) == [1010, 1011, 1012, 1015, 1016, 1017, 1020, 1021, 1022])
    #expect(alone(&losses, from: 1113, to: 1200) == [])
    // What it lost before counts no more.
    losses.add(waited: 0.004, at: 1.2)
    #expect(!losses.isAlone { 1.2005 })
  }

  @Test func `rests the longer the more often it loses its turn`() {
    var (losses, now) = (HelperLosses(), 1.0)
    losses.add(waited: 0.004, at: now)
    losses.add(waited: 0.004, at: now + 0.005)
    now += 0.015
    for factor in [8.0, 16, 32, 64, 64] {
      losses.add(waited: 0.004, at: now)
      #expect(losses.isAlone { now + factor * 0.004 - 0.0001 })
      now += factor * 0.004 + 0.0001
      #expect(!losses.isAlone { now })
      now += 0.005
    }
    losses.add(waited: 1, at: now + 1)
    #expect(losses.isAlone { now + 1 + HelperLosses.longest - 0.0001 })
    #expect(!losses.isAlone { now + 1 + HelperLosses.longest + 0.0001 })
  }

  // The time of another thread is not known on Darwin.
  #if os(Linux)
    @Test func `leaves the next jobs to their caller`() {
      /// Whether a helper took part in a job, in which it loses some time.
      func hasHelper(losing time: UInt32) -> Bool {
        let caller = pthread_self()
        let isHelped = UnsafeMutablePointer<Bool>.allocate(capacity: 1)
        defer { isHelped.deallocate() }
        isHelped.pointee = false
        parallel(2) { _ in
          if pthread_self() == caller {
            let begin = Date()
            while Date().timeIntervalSince(begin) < 2e-4 {}
          } else {
            isHelped.pointee = true
            if time > 0 { usleep(time) }
          }
        }
        return isHelped.pointee
      }
      let before = Threads.count
      defer { Threads.count = before }
      Threads.count = 2
      var isLeft = false
      for _ in 0..<100 where !isLeft {
        for _ in 0..<4 { _ = hasHelper(losing: 10_000) }
        // It rests for at least 80 ms now.
        isLeft = !(0..<50).contains { _ in hasHelper(losing: 0) }
      }
      #expect(isLeft)
    }
  #endif
}
