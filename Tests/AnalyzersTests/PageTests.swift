import Analyzers
import Palimpsest
import Tensors
import Testing

@Suite struct `Page size` {
  @Test func `is the mean over readings per chunk, with cap and evidence`() {
    var sizes = PageSize()
    sizes.observe(reading([("aa. ", "1234"), ("fact. ", "12345678")], evidence: ["fact"], budget: 100), right)
    sizes.observe(reading([("aa. ", "12"), ("fact. ", "1234")], id: "r", evidence: ["fact"], budget: 100), right)
    let finding = sizes.finding
    #expect(finding.curve.map(\.mean) == [3, 6])
    #expect(finding.final.value == 6)
    #expect(finding.largest == 8)
    #expect(finding.cap == 100)
    #expect(finding.evidence?.value == 4)  // four bytes, by the tokenizer of bytes
  }

  @Test func `keeps a bounded curve for a long reading`() {
    var sizes = PageSize()
    // Sizes 1…4 in turn: every merged bin has the mean 2.5.
    let steps = (0..<5000).map { (chunk: "x", page: String(repeating: "y", count: $0 % 4 + 1)) }
    sizes.observe(reading(steps), right)
    let curve = sizes.finding.curve
    #expect(curve.count <= 512)
    #expect(curve.dropLast().allSatisfy { abs($0.mean - 2.5) < 1e-9 })
    #expect(curve.reduce(0) { $0 + $1.n } == 5000)
  }
}

@Suite struct `Overwrite flow` {
  @Test func `counts words kept, added and dropped at changes`() {
    var flow = OverwriteFlow()
    flow.observe(
      reading([("x", "red green"), ("x", "green blue blue"), ("x", "green blue blue"), ("x", "blue")]), right)
    // Changes: 0 kept 2 added 0 dropped; 1 kept 2 added 1 dropped; 1 kept 0 added 2 dropped.
    let finding = flow.finding
    #expect(abs(finding.kept - 2 / 3.0) < 1e-12)
    #expect(abs(finding.added - 4 / 3.0) < 1e-12)
    #expect(abs(finding.dropped - 1) < 1e-12)
    #expect(abs(finding.keptShare - 2 / 5.0) < 1e-12)
    #expect(finding.changes == .share(3, of: 4))
    #expect(finding.keptCurve.map(\.mean) == [0, 1, 3, 1])
  }

  @Test func `skips a memory that holds more than text, and says so`() {
    var trace = reading([("fact. ", "fact. "), ("x", "x")], evidence: ["fact"])
    trace.steps[1].after = MemoryState(
      budget: Budget(tokens: 9), slots: [Slot(id: 0, content: .vectors(Tensor([1])), tokens: 1)])
    var (flow, survival) = (OverwriteFlow(), Survival())
    flow.observe(trace, right)
    survival.observe(trace, right)
    #expect(flow.finding.skipped == 1 && flow.finding.keptCurve.isEmpty)
    #expect(survival.finding.skipped == 1 && survival.finding.facts == 0)
  }
}
