import Palimpsest
import Plots
import Testing

@Suite struct `A share` {
  @Test func `has Wilson's interval`() throws {
    // 8 of 10 with z = 1.96: centre (0.8 + 0.19207) / 1.38415, half 1.41596 * sqrt(0.016 + 0.0096).
    let range = try #require(Interval.share(8, of: 10).range)
    #expect(abs(range.lowerBound - 0.4902) < 1e-4)
    #expect(abs(range.upperBound - 0.9433) < 1e-4)
  }

  @Test func `of none and of all stays inside 0 to 1 and is not empty`() throws {
    let none = try #require(Interval.share(0, of: 20).range)
    #expect(none.lowerBound == 0 && none.upperBound > 0.1 && none.upperBound < 0.2)
    let all = try #require(Interval.share(20, of: 20).range)
    #expect(all.upperBound == 1 && all.lowerBound > 0.8 && all.lowerBound < 0.9)
  }
}

@Suite struct `A streaming mean` {
  @Test func `does not depend on the order of its items`() throws {
    let items = (0..<200).map { (Double($0 % 7) / 7, "document \($0 / 4)") }
    var forward = StreamingMean()
    var backward = StreamingMean()
    items.forEach { forward.add($0, cluster: $1) }
    items.reversed().forEach { backward.add($0, cluster: $1) }
    let (one, other) = (try #require(forward.interval.range), try #require(backward.interval.range))
    #expect(abs(one.lowerBound - other.lowerBound) < 1e-12)
    #expect(abs(one.upperBound - other.upperBound) < 1e-12)
  }

  @Test func `is Wilson's share for hits and misses of separate documents`() {
    var mean = StreamingMean()
    for index in 0..<10 { mean.add(index < 8 ? 1 : 0, cluster: "\(index)") }
    #expect(mean.interval == .share(8, of: 10))
  }

  /// 200 questions over one article of SQuAD once printed `0.375 [0.375, 0.375]`.
  @Test func `has no interval with fewer than two documents`() {
    var mean = StreamingMean()
    #expect(mean.interval == Interval(0, nil, nil, n: 0))
    for index in 0..<200 { mean.add(index < 75 ? 1 : 0, cluster: "article") }
    #expect(mean.interval == Interval(0.375, nil, nil, n: 200, clusters: 1))
    #expect(mean.interval.range == nil && mean.interval.description == "0.38 [no interval]")
    mean.add(1, cluster: "another")
    #expect(mean.interval.clusters == 2 && mean.interval.range != nil)
  }

  /// Resampling clusters that agree shows no spread; 10 of 10 clusters leave room down to Wilson's 0.722.
  @Test func `counts each document once where all its scores are the same`() throws {
    var mean = StreamingMean()
    for index in 0..<50 { mean.add(1, cluster: "\(index / 5)") }
    let interval = mean.interval
    #expect(interval.value == 1 && interval.n == 50 && interval.clusters == 10)
    let range = try #require(interval.range)
    #expect(abs(range.lowerBound - 0.7225) < 1e-4 && range.upperBound == 1)
  }

  @Test func `is wider when its items come in few documents`() throws {
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
    let widths = (try narrow.width, try wide.width)
    #expect((0.06...0.10).contains(widths.0))
    #expect((0.38...0.72).contains(widths.1))
  }
}

@Suite struct `A slope` {
  @Test func `is that of least squares, with Student's interval`() throws {
    var slope = Slope()
    for (x, y) in [(0.0, 0.0), (1, 1), (2, 3)] { slope.add(x, y) }
    // Sxx = 2, Sxy = 3, Syy = 42/9: slope 1.5, residual 1/6, error sqrt(1/12), t(1) = 12.7062.
    let interval = try #require(slope.interval)
    #expect(abs(interval.value - 1.5) < 1e-12)
    let high = try #require(interval.high)
    #expect(abs(high - (1.5 + 12.7062 * 0.288675)) < 1e-4)
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

extension Interval {
  /// How far its bounds are from each other.
  var width: Double {
    get throws {
      let range = try #require(range)
      return range.upperBound - range.lowerBound
    }
  }
}
