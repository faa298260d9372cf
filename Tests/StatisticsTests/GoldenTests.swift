import Palimpsest
import Statistics
import Testing

/// Every number here is scipy's or statsmodels's; the tolerances are those of floating-point sums unless said otherwise.
@Suite struct `Statistics agree with scipy` {
  static let golden = Golden.values

  @Test func `on Wilson's interval`() throws {
    for case let share in Self.golden.shares {
      let range = try #require(Interval.share(share.hits, of: share.n).range)
      #expect(abs(range.lowerBound - share.low) < 1e-12 && abs(range.upperBound - share.high) < 1e-12, "\(share)")
    }
  }

  /// The examples of Newcombe 1998, table II, method 10.
  @Test(arguments: [
    ((56, 70), (48, 80), 0.0524, 0.3339), ((9, 10), (3, 10), 0.1705, 0.8090), ((6, 7), (2, 7), 0.0582, 0.8062),
    ((5, 56), (0, 29), -0.0381, 0.1926), ((0, 10), (0, 20), -0.1611, 0.2775), ((10, 10), (0, 10), 0.6075, 1),
  ])
  func `on shares of other questions`(
    _ first: (hits: Int, n: Int), _ second: (hits: Int, n: Int), _ low: Double, _ high: Double
  ) throws {
    let share = Interval.share(first.hits, of: first.n)
    let difference = Interval.difference(of: share, from: .share(second.hits, of: second.n))
    let range = try #require(difference.range)
    #expect(abs(range.lowerBound - low) < 5e-5 && abs(range.upperBound - high) < 5e-5, "\(difference)")
    #expect(Interval.difference(of: share, from: Interval(0.5, nil, nil, n: 3)).low == nil)
  }

  @Test func `on McNemar's exact test`() {
    for split in Self.golden.mcNemar {
      let p = McNemar(onlyFirst: split.first, onlySecond: split.second).p
      // Logarithms of factorials of 100,000 have lost ten digits of sixteen.
      #expect(abs(p - split.p) <= 1e-9 * split.p, "\(split): \(p)")
      #expect(p == McNemar(onlyFirst: split.second, onlySecond: split.first).p)
    }
  }

  @Test func `on corrections for several tests`() {
    for family in Self.golden.corrections {
      for (ours, theirs) in zip(Correction.holm(family.values), family.holm) { #expect(abs(ours - theirs) < 1e-14) }
      for (ours, theirs) in zip(Correction.benjaminiHochberg(family.values), family.benjaminiHochberg) {
        #expect(abs(ours - theirs) < 1e-14)
      }
    }
  }

  /// Where combinations are drawn, within three standard errors of 10,000 draws.
  @Test func `on flipped signs`() {
    for flips in Self.golden.signFlips {
      let p = SignFlip.p(flips.sums)
      #expect(abs(p - flips.p) < flips.tolerance, "\(flips): \(p)")
    }
  }

  @Test func `on the normal distribution`() {
    for point in Self.golden.normal {
      #expect(
        abs(Normal.quantile(point.probability) - point.quantile) < 1e-10 * max(1, abs(point.quantile)), "\(point)")
    }
  }

  @Test func `on the number of pairs that a difference needs`() {
    for pairs in Self.golden.pairs {
      #expect(
        Precision.pairs(toSee: pairs.difference, discordant: pairs.discordant, power: pairs.power) == pairs.n)
    }
    let smallest = Self.golden.smallest
    let found = Precision.smallestDifference(pairs: smallest.pairs, discordant: smallest.discordant)
    #expect(found.map { abs($0 - smallest.difference) < 1e-9 } == true)
  }

  /// A bound of 2,000 replicates has a standard error of 3 % of the half width; five of those, and 1 % for the
  /// difference of Poisson weights from draws with replacement.
  @Test(arguments: golden.bootstraps.indices)
  func `on resampled intervals of items, documents and pairs`(_ index: Int) throws {
    let golden = Self.golden.bootstraps[index]
    func scores(_ values: [Double]) -> Scores {
      Scores(zip(values, golden.clusters).enumerated().map { .init(id: "\($0)", cluster: $1.1, score: $1.0) })
    }
    let interval =
      golden.others.map { scores(golden.scores).difference(from: scores($0)) } ?? scores(golden.scores).interval()
    let range = try #require(interval.range)
    let tolerance = 0.16 * (golden.high - golden.low) / 2
    #expect(
      abs(range.lowerBound - golden.low) < tolerance && abs(range.upperBound - golden.high) < tolerance, "\(interval)")
  }

  /// scipy's optimisers stop at about 1e-8.
  @Test func `on a law of retention, its interval and its deviance`() throws {
    for law in Self.golden.retention {
      var ours = LogBinomial()
      for (steps, right) in zip(law.steps, law.right) {
        for index in 0..<law.n { ours.add(index < right ? 1 : 0, steps: steps) }
      }
      let fit = try #require(ours.fit)
      #expect(abs(fit.start - law.start) < 1e-5 && abs(fit.ratio.value - law.ratio) < 1e-6, "\(law): \(fit)")
      let range = try #require(fit.ratio.range)
      #expect(abs(range.lowerBound - law.low) < 1e-6 && abs(range.upperBound - law.high) < 1e-6, "\(law): \(fit)")
      #expect(abs(fit.deviance - law.deviance) < 1e-5 && fit.freedom == law.steps.count - 2)
    }
  }

  /// Student's t is right to four digits.
  @Test func `on the slope of a line`() throws {
    for line in Self.golden.slopes {
      var slope = Slope()
      for (x, y) in zip(line.x, line.y) { slope.add(x, y) }
      let interval = try #require(slope.interval)
      let range = try #require(interval.range)
      #expect(abs(interval.value - line.slope) < 1e-10)
      #expect(abs(range.lowerBound - line.low) < 2e-4 * (line.high - line.low))
      #expect(abs(range.upperBound - line.high) < 2e-4 * (line.high - line.low))
    }
  }
}
