import Analyzers
import Palimpsest
import Tensors
import Testing

@Suite struct `A Pareto front` {
  private func trace(_ id: String, tokens: Int, end: Trace.End = .finished) -> Trace {
    var trace = reading([("x", "y")], id: id, end: end)
    trace.tally.usage = Usage(read: tokens - 10, generated: 10)
    return trace
  }

  /// Arms at (100, ½), (200, ½), (200, 1), (400, 1), (50, 0): the second costs more than the first for the same, the fourth
  /// more than the third.
  @Test func `has the arms that no other arm beats, by tokens`() {
    var front = ParetoFront()
    for (arm, tokens, scores) in [
      ("cheap", 100, [1, 0]), ("beaten", 200, [1, 0]), ("good", 200, [1, 1]), ("dear", 400, [1, 1]),
      ("nothing", 50, [0, 0]),
    ] as [(String, Int, [Double])] {
      for (index, score) in scores.enumerated() {
        front.observe(
          trace("q\(index)", tokens: tokens + (index == 0 ? 10 : -10)), Verdict(score), arm: arm, group: "g")
      }
    }
    let points = front.finding.points
    #expect(points.map(\.arm) == ["nothing", "cheap", "good", "beaten", "dear"])
    #expect(points.map(\.tokens.value) == [50, 100, 200, 200, 400])
    #expect(points.filter(\.isOnFront).map(\.arm) == ["nothing", "cheap", "good"])
    guard case .chart(_, let table)? = front.figures().first?.source else {
      Issue.record("no chart")
      return
    }
    #expect(table.contains("front,100.0,0.5") && table.contains("g,400.0,1.0"), "\(table)")
  }

  @Test func `keeps two arms that are equal, and counts what failed`() {
    var front = ParetoFront()
    front.observe(trace("q", tokens: 100, end: .failed(reason: "no", attempts: 1)), wrong, arm: "a")
    front.observe(trace("q", tokens: 100), wrong, arm: "b")
    #expect(front.finding.points.map(\.isOnFront) == [true, true])
    #expect(front.finding.points.map(\.failed) == [1, 0])
  }
}

@Suite struct `An accuracy by budget` {
  @Test func `goes by the memory's budget, and names the smallest that suffices`() {
    var accuracy = AccuracyByBudget()
    for (budget, scores) in [(64, [1, 0, 0, 0]), (256, [1, 1, 1, 1]), (1024, [1, 1, 1, 1])] as [(Int, [Double])] {
      for (index, score) in scores.enumerated() {
        accuracy.observe(reading([("x", "1234")], id: "\(index)", budget: budget), Verdict(score))
      }
    }
    accuracy.observe(reading([("x", "y")], budget: 1 << 40), right)
    let finding = accuracy.finding
    #expect(finding.points.map(\.budget) == [64, 256, 1024])
    #expect(finding.points.map(\.accuracy.value) == [0.25, 1, 1])
    #expect(finding.points.map(\.held) == [4, 4, 4])
    #expect(finding.sufficient == 256 && finding.skipped == 1)
    #expect(AccuracyByBudget().finding.sufficient == nil)
  }
}

@Suite struct `An accuracy by chunk` {
  @Test func `rounds the larger of the first two chunks up to a power of two`() {
    var accuracy = AccuracyByChunk()
    // Bytes by the tokenizer of bytes: 7 and 8 are 8, 9 is 16; the last chunk is shorter.
    accuracy.observe(reading([("1234567", "p"), ("12345678", "p"), ("1", "p")], id: "a"), right)
    accuracy.observe(reading([("1234567", "p"), ("12", "p")], id: "b"), wrong)
    accuracy.observe(reading([("123456789", "p")], id: "c", end: .failed(reason: "no", attempts: 1)), wrong)
    var last = reading([("1234", "p"), ("1234", "p")])
    last.steps.removeFirst()
    accuracy.observe(last, right)
    let finding = accuracy.finding
    #expect(finding.points.map(\.size) == [8, 16])
    #expect(finding.points.map(\.accuracy.value) == [0.5, 0])
    #expect(finding.points.map(\.steps) == [2.5, 1])
    #expect(finding.points.map(\.failed) == [0, 1])
    #expect(finding.best == 8 && finding.skipped == 1)
  }
}

@Suite struct `The redundancy of a memory` {
  @Test func `is the share of runs of four words that stand there already`() {
    var redundancy = Redundancy()
    // "a b c d e": runs abcd, bcde. Twice, with a border of words between: abcd bcde cdea deab eabc abcd bcde, five
    // of seven distinct.
    redundancy.observe(reading([("x", "A b c d e"), ("x", "a b c d e a b c d e"), ("x", "one two three")]), right)
    let finding = redundancy.finding
    #expect(finding.curve.map(\.mean) == [0, 1 - 5 / 7.0, 0])
    #expect(finding.final.value == 0 && finding.largest == 1 - 5 / 7.0)
  }

  @Test func `does not reach over slots, and skips what is not text`() {
    var trace = reading([("x", "y")])
    trace.steps[0].after = MemoryState(
      budget: Budget(tokens: 99),
      slots: [
        Slot(id: 0, content: .text("a b c d"), tokens: 4), Slot(id: 1, content: .text("a b c d"), tokens: 4),
      ])
    var redundancy = Redundancy()
    redundancy.observe(trace, right)
    #expect(redundancy.finding.final.value == 0.5)  // two runs, one distinct
    trace.steps[0].after = MemoryState(
      budget: Budget(tokens: 9), slots: [Slot(id: 0, content: .vectors(Tensor([1])), tokens: 1)])
    redundancy.observe(trace, right)
    #expect(redundancy.finding.skipped == 1)
  }
}
