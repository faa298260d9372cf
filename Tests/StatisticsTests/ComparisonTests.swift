import Palimpsest
import Statistics
import Testing

private func scores(_ values: [Double], from start: Int = 0, perCluster: Int = 1) -> Scores {
  Scores(
    values.enumerated().map { .init(id: "q\($0 + start)", cluster: "d\(($0 + start) / perCluster)", score: $1) })
}

@Suite struct `Two arms` {
  @Test func `are compared on common questions only`() {
    // Questions 0…9 and 6…13: four are common. Here they score 1, 1, 0, 1, there 0, 1, 0, 0.
    let here = scores([0, 0, 0, 0, 0, 0, 1, 1, 0, 1])
    let there = scores([0, 1, 0, 0, 1, 1, 1, 1], from: 6)
    let comparison = here.comparison(from: there)
    #expect(comparison.n == 4 && comparison.onlyHere == 6 && comparison.onlyThere == 4)
    #expect(comparison.mean.value == 0.75 && comparison.meanThere.value == 0.25)
    #expect(comparison.difference.value == 0.5)
    #expect(comparison.better == 2 && comparison.equal == 2 && comparison.worse == 0)
    // Two questions differ, both to one side: 2 / 2^2.
    #expect(comparison.test == .mcNemar && comparison.p == 0.5)
  }

  @Test func `with questions over shared documents are compared by document`() {
    // Ten documents of three questions: each document differs as a whole, so there are ten signs, not thirty.
    let here = scores([Double](repeating: 1, count: 30), perCluster: 3)
    let there = scores([Double](repeating: 0, count: 30), perCluster: 3)
    let comparison = here.comparison(from: there)
    #expect(comparison.test == .signFlip && comparison.clusters == 10)
    #expect(comparison.p == 2.0 / 1024)
  }

  @Test func `with one document have no probability`() {
    let comparison = scores([1, 1], perCluster: 2).comparison(from: scores([0, 0], perCluster: 2))
    #expect(comparison.p == nil && comparison.test == nil && comparison.difference.range == nil)
  }

  @Test func `without a common question have nothing to compare`() {
    let comparison = scores([1]).comparison(from: scores([1], from: 5))
    #expect(comparison.n == 0 && comparison.onlyHere == 1 && comparison.onlyThere == 1 && comparison.p == nil)
    #expect(comparison.discordant == 0)
  }

  @Test func `count failed questions with their 0`() {
    let failed = Scores([.init(id: "q0", score: 0, failed: true), .init(id: "q1", score: 1)])
    let comparison = failed.comparison(from: scores([1, 1]))
    #expect(comparison.failed == 1 && comparison.failedThere == 0 && comparison.mean.value == 0.5)
  }

  /// Swapping the arms turns the sign of everything and changes no probability.
  @Test(arguments: 0..<20) func `are compared alike in either order`(_ seed: Int) throws {
    var generator = SeededGenerator(seed: UInt64(seed), purpose: "test")
    let values = (0..<2).map { _ in (0..<40).map { _ in Double(Int.random(in: 0...2, using: &generator)) / 2 } }
    let perCluster = Int.random(in: 1...4, using: &generator)
    let one = scores(values[0], perCluster: perCluster).comparison(from: scores(values[1], perCluster: perCluster))
    let other = scores(values[1], perCluster: perCluster).comparison(from: scores(values[0], perCluster: perCluster))
    #expect(one.p == other.p)
    #expect(one.better == other.worse && one.worse == other.better && one.equal == other.equal)
    #expect(abs(one.difference.value + other.difference.value) < 1e-12)
  }

  @Test func `are equivalent only within a margin that holds the whole interval`() {
    let base = scores((0..<400).map { Double($0 % 2) })
    let same = base.comparison(from: base)
    // No document of 400 differs: Wilson's bound is 3.84 / 403.84 = 0.0095.
    #expect(same.isEquivalent(within: 0.01) && !same.isEquivalent(within: 0.009))
  }
}

@Suite struct `Several probabilities` {
  /// Corrected values are never smaller, keep the order, and Holm's are the stricter ones.
  @Test(arguments: 0..<20) func `only grow when they are corrected`(_ seed: Int) {
    var generator = SeededGenerator(seed: UInt64(seed), purpose: "test")
    let values = (0..<Int.random(in: 1...30, using: &generator)).map { _ in Double.random(in: 0...1, using: &generator)
    }
    let (holm, bh) = (Correction.holm(values), Correction.benjaminiHochberg(values))
    for index in values.indices {
      #expect(values[index] <= bh[index] && bh[index] <= holm[index] && holm[index] <= 1)
      for other in values.indices where values[other] <= values[index] {
        #expect(holm[other] <= holm[index] && bh[other] <= bh[index])
      }
    }
  }

  @Test func `of none are none`() {
    #expect(Correction.holm([]).isEmpty && Correction.benjaminiHochberg([]).isEmpty)
  }
}

@Suite struct `The precision of a score` {
  @Test func `is said in points`() {
    #expect(Precision.note(n: 128, share: 0.8) == "at n = 128 and 80 % the interval is ±7 points")
    #expect(Precision.note(n: 0, share: 0.8) == "without questions there is no interval")
  }

  @Test func `of pairs is said in points`() {
    #expect(
      Precision.note(pairs: 64, discordant: 0.2)
        == "64 pairs, 20 % of them discordant: a difference below 15 points would be missed in more than one of five cases"
    )
    #expect(
      Precision.note(pairs: 8, discordant: 0.25)
        == "8 pairs, 25 % of them discordant: no possible difference would be seen in four of five cases")
    #expect(Precision.note(pairs: 0, discordant: 0) == "without pairs there is nothing to compare")
  }

  @Test func `shows no number of pairs for an impossible difference`() {
    #expect(Precision.pairs(toSee: 0, discordant: 0.2) == nil)
    #expect(Precision.pairs(toSee: 0.3, discordant: 0.2) == nil)
  }
}
