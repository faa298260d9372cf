import Palimpsest
import Statistics
import Testing
import Verifiers

@Suite struct `The scores of an arm` {
  @Test func `of 0 and 1 get Wilson's interval`() throws {
    // Newcombe (1998), Table I: 81 of 263 gives 0.2553 to 0.3662; 15 of 148 gives 0.0624 to 0.1605.
    let one = try #require(scores((0..<263).map { $0 < 81 ? 1 : 0 }).interval().range)
    #expect(abs(one.lowerBound - 0.2553) < 5e-5 && abs(one.upperBound - 0.3662) < 5e-5)
    let two = try #require(scores((0..<148).map { $0 < 15 ? 1 : 0 }).interval().range)
    #expect(abs(two.lowerBound - 0.0624) < 5e-5 && abs(two.upperBound - 0.1605) < 5e-5)
  }

  @Test func `of other values get a bootstrap close to the normal interval`() throws {
    // 400 values 0, 0.5, 1, 0.5, …: mean 0.5, deviation √(1/8), so ±1.96·0.35355/20 = ±0.03465.
    let interval = scores((0..<400).map { [0, 0.5, 1, 0.5][$0 % 4] }).interval()
    #expect(interval.value == 0.5)
    // 2,000 replicates: the bounds themselves have a standard error of about 0.001.
    let range = try #require(interval.range)
    #expect(abs(range.lowerBound - 0.46535) < 0.004 && abs(range.upperBound - 0.53465) < 0.004)
  }

  @Test func `of questions that share a document are no more certain than the documents are many`() throws {
    let values = (0..<40).map { Double($0 % 2) }
    let alone = try #require(scores(values).interval().range)
    var shared = Scores()
    for (index, value) in values.enumerated() {
      for copy in 0..<10 { shared.add(.init(id: "\(index).\(copy)", cluster: "\(index)", score: value)) }
    }
    #expect(shared.interval().n == 400 && shared.interval().clusters == 40)
    let together = try #require(shared.interval().range)
    #expect(together.upperBound - together.lowerBound > 0.8 * (alone.upperBound - alone.lowerBound))
  }

  @Test func `change with nothing but themselves and the seed`() {
    let one = scores((0..<50).map { Double($0 * $0 % 17) / 16 })
    #expect(one.interval() == Scores(one.items.reversed()).interval())
    #expect(one.interval(seed: 1) != one.interval(seed: 2))
  }

  @Test func `count failures and keep them`() {
    let failed = trace(end: .failed(reason: "gone", attempts: 2))
    let items = [Scores.Item(failed, Verdict(0)), .init(id: "b", score: 1, retried: true)]
    let one = Scores(items)
    #expect(one.n == 2 && one.failed == 1 && one.retried == 1 && one.mean == 0.5)
  }

  @Test func `leave out what upstream leaves out only when asked`() throws {
    let verifier = AnswerVerifier(.em, .init(compat: .memagent))
    let traces = [trace(reply: "\\boxed{Paris}", id: "a"), trace(reply: "", id: "b")]
    let one = Scores(try traces.map { Scores.Item($0, try verifier.verify($0)) })
    #expect(one.mean == 0.5)
    #expect(one.droppingEmptyReplies.mean == 1 && one.droppingEmptyReplies.n == 1)
  }

  @Test func `of two arms are compared question by question`() throws {
    // Both arms swing between 0 and 1, but one is always 0.1 better: pairs see it.
    let base = scores((0..<60).map { Double($0 % 2) * 0.9 })
    let better = scores((0..<60).map { Double($0 % 2) * 0.9 + 0.1 })
    let difference = better.difference(from: base)
    let range = try #require(difference.range)
    #expect(abs(difference.value - 0.1) < 1e-9 && range.lowerBound > 0.099 && range.upperBound < 0.101)
    #expect(base.difference(from: scores([], named: "x")).n == 0)
  }

  @Test func `of arms that differ everywhere may still agree elsewhere`() throws {
    let (none, all) = (scores([0, 0, 0, 0, 0, 0, 0, 0]), scores([1, 1, 1, 1, 1, 1, 1, 1]))
    let range = try #require(none.difference(from: all).range)
    #expect(range.lowerBound == -1 && abs(range.upperBound + 1 - 0.3244) < 1e-4)
  }

  @Test func `of arms that agree everywhere may still differ elsewhere`() throws {
    // No cluster of 8 differs: Wilson's upper bound is z² / (8 + z²) = 3.8415 / 11.8415 = 0.3244.
    let base = scores([1, 0, 1, 1, 0, 0, 1, 1])
    let difference = base.difference(from: base)
    let range = try #require(difference.range)
    #expect(difference.value == 0 && difference.n == 8)
    #expect(abs(range.upperBound - 0.3244) < 1e-4 && abs(range.lowerBound + 0.3244) < 1e-4)
  }

  @Test func `of nothing, or of one document, have no interval`() {
    #expect(Scores().interval() == Interval(0, nil, nil, n: 0))
    let one = Scores((0..<4).map { .init(id: "\($0)", cluster: "one", score: Double($0 % 2)) })
    #expect(one.interval() == Interval(0.5, nil, nil, n: 4, clusters: 1))
    #expect(one.difference(from: one) == Interval(0, nil, nil, n: 4, clusters: 1))
  }

  private func scores(_ values: [Double], named prefix: String = "q") -> Scores {
    Scores(values.enumerated().map { .init(id: "\(prefix)\($0)", score: $1) })
  }
}
