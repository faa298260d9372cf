import Analyzers
import Foundation
import Palimpsest
import Testing

@Suite struct `An accuracy by length` {
  @Test func `goes by the trait, and by bytes rounded up without one`() {
    var accuracy = AccuracyByLength()
    accuracy.observe(reading([("x", "y")], id: "a", traits: ["length": "8192"]), right)
    accuracy.observe(reading([("x", "y")], id: "b", traits: ["length": "8192"]), wrong)
    accuracy.observe(reading([("12345", "y")], id: "c", end: .failed(reason: "no", attempts: 1)), wrong)
    let points = accuracy.finding.points
    #expect(points.map(\.length) == [8, 8192])
    #expect(points.map(\.accuracy.value) == [0, 0.5])
    #expect(points.map(\.failed) == [1, 0])
    #expect(accuracy.finding.spread == 0.5)
  }
}

@Suite struct `A cost` {
  private func trace(length: Int, seconds: Double, resident: Int) -> Trace {
    var trace = reading([("x", "y")], id: "\(length)-\(seconds)", traits: ["length": "\(length)"])
    trace.tally.seconds = seconds
    trace.tally.residentBytes = resident
    return trace
  }

  @Test func `finds the exponent of a power`() throws {
    var cost = Cost(shortest: 1000)
    for length in [10, 1000, 4000, 16_000] {
      // A constant cost would bend the line at 10, which is below the shortest length.
      let seconds = length == 10 ? 5 : 2e-6 * pow(Double(length), 1.5)
      cost.observe(trace(length: length, seconds: seconds, resident: 1_000_000 + length), right)
    }
    let slope = try #require(cost.finding.slope)
    #expect(abs(slope.value - 1.5) < 1e-9)
    #expect(slope.n == 3)
    let growth = try #require(cost.finding.residentGrowth)
    #expect(abs(growth - 1) < 1e-12)
  }
}

@Suite struct `Arms of an experiment` {
  @Test func `are drawn in one chart, each under its name, a shared cap once`() throws {
    var sizes = Arms(PageSize())
    sizes.observe(reading([("a", "x")], budget: 64), right, arm: "gated")
    sizes.observe(reading([("a", "xyz")], budget: 64), right, arm: "append")
    #expect(sizes["append"]?.finding.largest == 3)

    let figure = try #require(sizes.figures().first)
    guard case .chart(let script, let table) = figure.source else {
      Issue.record("not a chart")
      return
    }
    #expect(table.contains("0,gated,0.0,1.0") && table.contains("1,append,0.0,3.0"))
    #expect(script.components(separatedBy: "'cap'").count == 2)
  }
}
