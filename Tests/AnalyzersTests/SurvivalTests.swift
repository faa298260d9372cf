import Analyzers
import Palimpsest
import Testing

@Suite struct `A survival` {
  @Test func `notes when a fact was read, written and lost`() {
    var survival = Survival()
    survival.observe(
      reading(
        [
          ("Nothing here. ", "none"),
          ("Mara keeps the lighthouse. ", "Mara keeps the lighthouse."),
          ("More text. ", "Mara keeps the lighthouse. More."),
          ("Still more. ", "something else"),
        ], evidence: ["Mara keeps the lighthouse."]), wrong)

    let fact = survival.finding.examples[0]
    #expect(fact.read == 1)
    #expect(fact.written == 1)
    #expect(fact.lost == 3)
    #expect(survival.finding.kept.value == 0)
    #expect(survival.finding.scoreWhenNot.n == 1)
  }

  @Test func `holds a fact that is half there, and not one of which less is there`() {
    // "Mara keeps the old lighthouse" has four word pairs.
    func life(_ page: String) -> Survival.Fact {
      var survival = Survival()
      survival.observe(
        reading([("Mara keeps the old lighthouse. ", page)], evidence: ["Mara keeps the old lighthouse"]), right)
      return survival.finding.examples[0]
    }
    #expect(life("the old lighthouse").written == 0)  // two of four
    #expect(life("Mara keeps a new lighthouse").written == nil)  // one of four
  }

  @Test func `puts a fact together that a chunk border cuts`() {
    var survival = Survival()
    survival.observe(
      reading(
        [("x. Mara keeps ", "x"), ("the lighthouse. ", "Mara keeps the lighthouse")],
        evidence: ["Mara keeps the lighthouse"]), right)
    let fact = survival.finding.examples[0]
    #expect(fact.read == 1 && fact.written == 1 && fact.lost == nil)
  }

  @Test func `draws the curve of Kaplan and Meier`() throws {
    // Four facts, all written in chunk 0 of five: lost at ages 1 and 3, and two held to the end (age 4).
    // After age 1: 3/4. After age 3, with 3 at risk: 3/4 * 2/3 = 1/2. At age 4 none is lost.
    var survival = Survival()
    for (id, held) in [("a", 1), ("b", 3), ("c", 5), ("d", 5)] {
      let steps = (0..<5).map {
        (chunk: $0 == 0 ? "red green blue. " : "noise. ", page: $0 < held ? "red green blue" : "-")
      }
      survival.observe(reading(steps, id: id, evidence: ["red green blue"]), held == 5 ? right : wrong)
    }
    let curve = survival.finding.curve
    #expect(curve.map(\.age) == [0, 1, 3, 4])
    #expect(zip(curve, [1, 0.75, 0.5, 0.5]).allSatisfy { abs($0.share.value - $1) < 1e-12 })
    // Greenwood at age 3: 0.5² * (1/(4·3) + 1/(3·2)) = 1/16, so ±1.96 * 0.25.
    let low = try #require(curve[2].share.low)
    #expect(abs(low - (0.5 - 1.96 * 0.25)) < 1e-12)
    #expect(survival.finding.scoreWhenKept.value == 1)
    #expect(survival.finding.scoreWhenNot.value == 0)
  }

  @Test func `tells unread facts from unwritten ones, and skips what it cannot follow`() {
    var survival = Survival()
    survival.observe(
      reading([("red green blue. ", "-")], evidence: ["red green blue", "one two three"], unread: "one two three"),
      wrong)
    survival.observe(reading([("red. ", "-")]), wrong)
    var short = reading([("red green blue. ", "-"), ("more. ", "+")], evidence: ["red green blue"])
    short.steps.removeFirst()
    survival.observe(short, wrong)

    let finding = survival.finding
    #expect(finding.facts == 2)
    #expect(finding.read.value == 0.5)
    #expect(finding.written.value == 0 && finding.written.n == 1)
    #expect(finding.skipped == 2)
  }
}

@Suite struct `A trace whose log kept no text` {
  private var silent: Trace {
    var trace = reading([("red green blue. ", "red green blue")], evidence: ["red green blue"])
    trace.steps[0].chunk.content = .text("")
    return trace
  }

  @Test func `is skipped by survival, not counted as lost`() {
    var survival = Survival()
    survival.observe(silent, right)
    #expect(survival.finding.skipped == 1 && survival.finding.facts == 0)
  }

  @Test func `says nothing about the size of the evidence`() {
    var sizes = PageSize()
    sizes.observe(silent, right)
    #expect(sizes.finding.evidence == nil)
  }
}
