import Palimpsest
import Testing

@Suite struct `A share` {
  @Test func `has Wilson's interval`() {
    // 8 of 10 with z = 1.96: centre (0.8 + 0.19207) / 1.38415, half 1.41596 * sqrt(0.016 + 0.0096).
    let share = Interval.share(8, of: 10)
    #expect(abs(share.low - 0.4902) < 1e-4)
    #expect(abs(share.high - 0.9433) < 1e-4)
  }

  @Test func `of none and of all stays inside 0 to 1 and is not empty`() {
    let none = Interval.share(0, of: 20)
    #expect(none.low == 0 && none.high > 0.1 && none.high < 0.2)
    let all = Interval.share(20, of: 20)
    #expect(all.high == 1 && all.low > 0.8 && all.low < 0.9)
  }
}

@Suite struct `A streaming mean` {
  @Test func `does not depend on the order of its items`() {
    let items = (0..<200).map { (Double($0 % 7) / 7, "document \($0 / 4)") }
    var forward = StreamingMean()
    var backward = StreamingMean()
    items.forEach { forward.add($0, cluster: $1) }
    items.reversed().forEach { backward.add($0, cluster: $1) }
    #expect(abs(forward.interval.low - backward.interval.low) < 1e-12)
    #expect(abs(forward.interval.high - backward.interval.high) < 1e-12)
  }

  @Test func `is Wilson's share for hits and misses of separate documents`() {
    var mean = StreamingMean()
    for index in 0..<10 { mean.add(index < 8 ? 1 : 0, cluster: "\(index)") }
    #expect(mean.interval == .share(8, of: 10))
  }

  @Test func `is wider when its items come in few documents`() {
    // The same 400 scores: once each on its own, once as 8 documents of 50 equal scores.
    var apart = StreamingMean()
    var together = StreamingMean()
    for index in 0..<400 {
      let score = index / 50 % 2 == 0 ? 0.9 : 0.1
      apart.add(score, cluster: "\(index)")
      together.add(score, cluster: "\(index / 50)")
    }
    let (narrow, wide) = (apart.interval, together.interval)
    #expect(abs(narrow.value - 0.5) < 1e-12 && abs(wide.value - 0.5) < 1e-12)
    // Standard errors: 0.4 / sqrt(400) = 0.02 against 0.4 / sqrt(8) = 0.141; intervals are about ±2 of them.
    #expect((0.06...0.10).contains(narrow.high - narrow.low))
    #expect((0.38...0.72).contains(wide.high - wide.low))
  }
}

@Suite struct `A slope` {
  @Test func `is that of least squares, with Student's interval`() throws {
    var slope = Slope()
    for (x, y) in [(0.0, 0.0), (1, 1), (2, 3)] { slope.add(x, y) }
    // Sxx = 2, Sxy = 3, Syy = 42/9: slope 1.5, residual 1/6, error sqrt(1/12), t(1) = 12.7062.
    let interval = try #require(slope.interval)
    #expect(abs(interval.value - 1.5) < 1e-12)
    #expect(abs(interval.high - (1.5 + 12.7062 * 0.288675)) < 1e-4)
  }

  @Test func `is unknown for two points and for one place`() {
    var two = Slope()
    two.add(1, 1)
    two.add(2, 2)
    #expect(two.interval == nil)
    var place = Slope()
    for y in 0..<5 { place.add(3, Double(y)) }
    #expect(place.interval == nil)
  }
}

@Suite struct `A chart` {
  @Test func `lets no name end its quotes, its row or its script`() {
    let name = "it's, \"`date`\"\nset output '/etc/x'"
    let chart = Chart(x: .init(name), y: .init("y"), series: [.init(name, [.init(1, 2, 1...3)])])
    #expect(chart.table == "series,name,x,y,low,high\n0,it s   `date`  set output  /etc/x ,1.0,2.0,1.0,3.0\n")
    #expect(chart.script.contains("title 'it''s, \"`date`\" set output ''/etc/x'''"))
    #expect(!chart.script.split(separator: "\n").contains { $0.hasPrefix("set output") })
  }

  @Test(arguments: [
    (8192, "8K"), (65536, "64K"), (1_048_576, "1M"), (3_584_000, "3.5M"), (1_000_000, "1M"), (3_500_000, "3.5M"),
    (700, "700"), (1_073_741_824, "1G"), (7000, "7K"),
  ])
  func `labels sizes the short way`(_ size: Int, _ label: String) {
    #expect(Chart.short(size) == label)
  }
}
