import Analyzers
import Palimpsest
import Testing

@Suite struct `Gate calibration` {
  @Test func `counts openings on chunks with and without evidence`() {
    var gates = GateCalibration()
    // Written at chunks 0 and 1 of four; evidence in chunks 1 and 2.
    gates.observe(
      reading(
        [("aaa. ", "a"), ("fact one. ", "b"), ("fact two. ", "b"), ("ddd. ", "b")], evidence: ["fact one", "fact two"],
        causal: ["fact one"]), right)
    let finding = gates.finding
    #expect(finding.openOnEvidence == .share(1, of: 2))
    #expect(finding.openOnCausalEvidence == .share(1, of: 1))
    #expect(finding.openOnRest == .share(1, of: 2))
  }

  @Test func `tells early, exact and late exits apart`() {
    func exit(after chunks: Int) -> GateCalibration.Finding {
      let all: [(chunk: String, page: String)] = [("aaa. ", "a"), ("fact. ", "b"), ("ccc. ", "b")]
      var gates = GateCalibration()
      gates.observe(
        reading(
          Array(all.prefix(chunks)), evidence: ["fact"], end: .exited,
          unread: all.dropFirst(chunks).map(\.chunk).joined()), right)
      return gates.finding
    }
    #expect(exit(after: 1).early.value == 1)
    #expect(exit(after: 2).exact.value == 1)
    #expect(exit(after: 3).late.value == 1)
    #expect(exit(after: 3).exited.value == 1)
  }

  @Test func `calls an exit exact when a border cuts the evidence and its end was read`() {
    var gates = GateCalibration()
    gates.observe(reading([("a fa", "x"), ("ct. ", "y")], evidence: ["fact"], end: .exited), right)
    #expect(gates.finding.exact.value == 1)
  }

  @Test func `leaves failed readings and questions without evidence out, and says so`() {
    var gates = GateCalibration()
    gates.observe(reading([("a", "x")], evidence: ["a"], end: .failed(reason: "no", attempts: 3)), wrong)
    gates.observe(reading([("a", "x")]), right)
    #expect(gates.finding.skipped == 2)
    #expect(gates.finding.exited.n == 0)
  }
}

@Suite struct `A gate timeline` {
  @Test func `shows the first whole reading with its evidence and its exit`() {
    var timeline = GateTimeline()
    timeline.observe(reading([("aaa. ", ""), ("fact. ", "b")], evidence: ["fact"], end: .exited), right)
    timeline.observe(reading([("zzz. ", "z")], id: "later"), right)
    let finding = timeline.finding
    #expect(finding.question == "q")
    #expect(finding.moments.map(\.write) == [0, 1])
    #expect(finding.moments.map(\.isEvidence) == [false, true])
    #expect(finding.exitedAt == 1)
    #expect(timeline.figures().map(\.name) == ["gate-timeline"])
  }
}
