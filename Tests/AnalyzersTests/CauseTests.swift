import Analyzers
import Palimpsest
import Plots
import Testing

private let fact = "Anna Smith was born in the town of Ulm."
private let other = "The river Danube flows by the old minster."

/// A reading with an accepted answer and a reply.
private func answered(
  _ steps: [(chunk: String, page: String)], reply: String, id: String = "q", answers: [String] = ["Ulm"],
  evidence: [String] = [fact], end: Trace.End = .finished, unread: String = ""
) -> Trace {
  var trace = reading(steps, id: id, evidence: evidence, end: end, unread: unread)
  trace.question.answers = answers
  let exchange = Exchange(prompt: Prompt("?"), reply: Reply(reply))
  trace.answer = Answer(exchange, recollection: trace.state?.text ?? "")
  return trace
}

@Suite struct `The cause of a wrong answer` {
  private func cause(_ trace: Trace, _ verdict: Verdict = wrong) throws -> FailureCauses.Case {
    var causes = FailureCauses()
    causes.observe(trace, verdict)
    return try #require(causes.finding.cases.first)
  }

  @Test func `is that the reading failed`() throws {
    let trace = reading([(fact, "")], evidence: [fact], end: .failed(reason: "gone", attempts: 3))
    #expect(try cause(trace).cause == .failed)
  }

  @Test func `is that the gate left before the fact, or the reading ended before it`() throws {
    let early = answered([(other, "")], reply: "Rome", end: .exited, unread: fact)
    #expect(try cause(early).cause == .leftEarly && cause(early).chunk == 0)
    let cut = answered([(other, "")], reply: "Rome", unread: fact)
    #expect(try cause(cut).cause == .notReached)
  }

  @Test func `is that the fact was read and not written, with its chunk`() throws {
    let found = try cause(answered([(other, ""), (fact, other)], reply: "Rome"))
    #expect(found.cause == .notWritten && found.chunk == 1 && found.fact == fact && found.reply == "Rome")
  }

  @Test func `is that the fact was written and lost, with the chunk of the loss`() throws {
    let found = try cause(answered([(fact, fact), (other, fact), (other, other)], reply: "Rome"))
    #expect(found.cause == .lost && found.chunk == 2)
  }

  @Test func `is that another part of the memory was answered with`() throws {
    let found = try cause(answered([(fact, fact), (other, fact + " " + other)], reply: "\\boxed{the river Danube}"))
    #expect(found.cause == .fromElsewhere)
  }

  @Test func `is that the memory was not used`() throws {
    #expect(
      try cause(answered([(fact, fact)], reply: "I think it was Rome, in the year of the flood")).cause == .unused)
  }

  /// The memory says it in other words: the answer stands there, the fact's word pairs do not.
  @Test func `does not count a paraphrase as lost`() throws {
    let trace = answered([(fact, fact), (other, "Birthplace: Ulm")], reply: "Rome")
    #expect(try cause(trace).cause == .unused)
    var causes = FailureCauses()
    causes.observe(trace, wrong)
    #expect(causes.finding.paraphrased == 1)
  }

  @Test func `cannot be told without evidence, or where only the last step was kept`() throws {
    #expect(try cause(answered([(other, "")], reply: "Rome", evidence: [])).cause == .unknown)
    var kept = answered([(fact, fact), (other, other)], reply: "Rome")
    kept.steps.removeFirst()
    #expect(try cause(kept).cause == .unknown)
  }

  /// Of two facts the first one in the text that is not held decides.
  @Test func `is that of the first fact that is not held`() throws {
    let both = answered(
      [(fact, fact), (other, fact)], reply: "Rome", answers: ["the old minster"], evidence: [fact, other])
    #expect(try cause(both).fact == other && cause(both).cause == .notWritten)
  }

  @Test func `is one for each question, and counted`() {
    var causes = FailureCauses()
    causes.observe(answered([(fact, fact)], reply: "Ulm", id: "a"), right)
    causes.observe(answered([(fact, other)], reply: "Ulm", id: "b"), right)
    causes.observe(answered([(fact, other)], reply: "Rome", id: "c"), wrong)
    causes.observe(answered([(fact, fact), (other, other)], reply: "Rome", id: "d"), Verdict(0.5))
    causes.observe(reading([], id: "e", end: .failed(reason: "x", attempts: 1)), wrong)
    let finding = causes.finding
    #expect(finding.n == 5 && finding.failed == 1 && finding.right == .share(2, of: 5))
    // b is right although its memory holds nothing of the fact.
    #expect(finding.rightWithoutFacts == 1)
    #expect(
      finding.cases.map(\.question) == ["c", "d", "e"] && finding.cases.map(\.cause) == [.notWritten, .lost, .failed])
    #expect(finding.causes == ["notWritten": .share(1, of: 3), "lost": .share(1, of: 3), "failed": .share(1, of: 3)])
    #expect(causes.figures().map(\.name) == ["failure-causes"])
  }
}

@Suite struct `A map of depth and length` {
  private func trace(_ id: String, length: Int, depth: String?, end: Trace.End = .finished) -> Trace {
    var traits = ["length": "\(length)"]
    traits["depth"] = depth
    return reading([("x", "y")], id: id, traits: traits, end: end)
  }

  @Test func `counts each place, failures in it`() {
    var map = DepthByLength()
    for index in 0..<4 { map.observe(trace("a\(index)", length: 1024, depth: "5"), Verdict(index < 3 ? 1 : 0)) }
    map.observe(trace("b", length: 4096, depth: "100", end: .failed(reason: "x", attempts: 1)), wrong)
    map.observe(trace("c", length: 4096, depth: nil), right)
    map.observe(trace("d", length: 4096, depth: "-3"), right)
    let finding = map.finding
    #expect(finding.cells.map(\.length) == [1024, 4096] && finding.cells.map(\.tenth) == [0, 9])
    #expect(finding.cells[0].accuracy == .share(3, of: 4) && finding.cells.map(\.failed) == [0, 1])
    #expect(finding.skipped == 2 && finding.middleDrop == nil && finding.positions.map(\.tenth) == [0, 9])
  }

  @Test func `takes the depth from the evidence of a text that was read to its end`() {
    var map = DepthByLength()
    map.observe(reading([("0123456789", ""), ("abcdefghij", "")], evidence: ["abc"]), right)
    map.observe(reading([("0123456789", ""), ("abcdefghij", "")], id: "e", evidence: ["abc"], end: .exited), right)
    #expect(map.finding.cells.map(\.tenth) == [5] && map.finding.skipped == 1)
  }

  /// First and last tenth 1, the middle ones 0.5: a drop of one half.
  @Test func `measures the drop in the middle`() {
    var map = DepthByLength()
    for tenth in 0..<10 {
      for index in 0..<2 {
        let isMiddle = (3...6).contains(tenth)
        map.observe(
          trace("\(tenth).\(index)", length: 8, depth: "\(tenth * 10 + 1)"), Verdict(isMiddle && index == 0 ? 0 : 1))
      }
    }
    #expect(map.finding.middleDrop == 0.5)
    #expect(map.figures(named: "a b").map(\.name) == ["depth-by-length-a-b"])
    #expect(DepthByLength().figures().isEmpty)
  }
}

@Suite struct `A profile over lengths` {
  private func observe(
    _ profile: inout LengthProfile, _ length: Int, _ task: String, right count: Int, of n: Int, shared: Bool = false
  ) {
    for index in 0..<n {
      var trace = reading(
        [("x", "y")], id: "\(task)-\(length)-\(index)", traits: ["length": "\(length)", "variety": task])
      if shared { trace.question.cluster = "\(task)-\(index)" }
      profile.observe(trace, Verdict(index < count ? 1 : 0))
    }
  }

  /// The row of GPT-4 in RULER's Table 3: 96.6 96.3 95.2 93.2 87.0 81.2 has the averages 91.6, 89.0 and 94.1, and is
  /// effective up to 64K.
  @Test func `has the averages and the effective length of RULER's table`() {
    var profile = LengthProfile()
    for (place, score) in [966, 963, 952, 932, 870, 812].enumerated() {
      observe(&profile, 4096 << place, "a", right: score, of: 1000)
    }
    let finding = profile.finding
    #expect(abs(finding.average.value - 0.9158) < 1e-3 && abs(finding.increasing.value - 0.8904) < 1e-4)
    #expect(abs(finding.decreasing.value - 0.9413) < 1e-4)
    #expect(finding.effective == 65_536 && finding.firstBelow == 131_072)
  }

  @Test func `counts every task alike, however many questions it has`() {
    var profile = LengthProfile()
    observe(&profile, 8, "a", right: 10, of: 10)
    observe(&profile, 8, "b", right: 0, of: 30)
    let point = profile.finding.points[0]
    #expect(abs(point.score.value - 0.5) < 1e-12 && point.tasks == ["a": 1, "b": 0] && point.score.n == 40)
    #expect(profile.finding.effective == nil && profile.finding.firstBelow == 8)
  }

  /// The same documents at every length move together, so their average is less certain.
  @Test func `resamples documents through all lengths`() throws {
    var alone = LengthProfile()
    var shared = LengthProfile()
    for length in [8, 16, 32, 64] {
      observe(&alone, length, "a", right: 30, of: 60)
      observe(&shared, length, "a", right: 30, of: 60, shared: true)
    }
    func width(_ profile: LengthProfile) throws -> Double {
      let range = try #require(profile.finding.average.range)
      return range.upperBound - range.lowerBound
    }
    #expect(try width(shared) > 1.6 * width(alone))
  }

  @Test func `of nothing has no points and no interval`() {
    #expect(LengthProfile().finding.points.isEmpty && LengthProfile().finding.average.range == nil)
  }
}

@Suite struct `The law of retention` {
  /// 16 chunks, the fact in the first one: 15 chunks lie behind it.
  private func trace(_ id: String, chunks: Int) -> Trace {
    reading([("fact.", "")] + (0..<chunks).map { _ in ("hay. ", "") }, id: id, evidence: ["fact."])
  }

  @Test func `is fitted over the chunks behind the evidence`() throws {
    var law = RetentionLaw()
    for (chunks, hits) in [(0, 100), (10, 50), (20, 25)] {
      for index in 0..<100 { law.observe(trace("\(chunks)-\(index)", chunks: chunks), Verdict(index < hits ? 1 : 0)) }
    }
    let finding = law.finding
    // Half is lost every ten chunks.
    let ratio = try #require(finding.ratio)
    let (halfLife, start) = (try #require(finding.halfLife), try #require(finding.start))
    let deviance = try #require(finding.deviance)
    #expect(abs(ratio.value - 0.9330) < 1e-4 && abs(halfLife - 10) < 1e-3)
    #expect(abs(start - 1) < 1e-6 && finding.points.map(\.chunks) == [0, 10, 20])
    #expect(deviance < 1e-6 && finding.freedom == 1)
    #expect(law.figures().map(\.name) == ["retention-law"])
  }

  @Test func `takes scores without a trace by their chunks behind the evidence`() throws {
    var (scores, traces) = (RetentionLaw(), RetentionLaw())
    for (chunks, hits) in [(0, 19), (10, 11), (20, 4)] {
      for index in 0..<20 {
        let score = index < hits ? 1.0 : 0
        scores.observe(score, chunks: chunks, cluster: "\(index)", failed: index == 19)
        traces.observe(trace("\(chunks)-\(index)", chunks: chunks), Verdict(score))
      }
    }
    let (mine, theirs) = (scores.finding, traces.finding)
    let (ratio, same) = (try #require(mine.ratio), try #require(theirs.ratio))
    let (start, sameStart) = (try #require(mine.start), try #require(theirs.start))
    #expect(abs(ratio.value - same.value) < 1e-6 && abs(start - sameStart) < 1e-6 && ratio.n == same.n)
    #expect(mine.points.map(\.chunks) == [0, 10, 20] && mine.points.map(\.failed) == [1, 1, 1])
    #expect(mine.points.map(\.accuracy.value) == [0.95, 0.55, 0.2])
  }

  @Test func `loses nothing where nothing was lost`() throws {
    var law = RetentionLaw()
    for chunks in [1, 50] {
      for index in 0..<20 { law.observe(trace("\(chunks)-\(index)", chunks: chunks), right) }
    }
    let finding = law.finding
    #expect(finding.ratio?.value == 1 && finding.halfLife == nil && finding.lossAt700?.value == 0)
    // 20 right answers behind 50 chunks leave room for a loss.
    let low = try #require(finding.ratio?.low)
    #expect(low < 1)
  }

  @Test func `is not fitted to one length or to no right answer`() {
    var law = RetentionLaw()
    #expect(law.finding.ratio == nil)
    for index in 0..<5 { law.observe(trace("\(index)", chunks: 3), right) }
    #expect(law.finding.ratio == nil && law.finding.points.count == 1)
    var none = RetentionLaw()
    for chunks in [1, 2] { none.observe(trace("\(chunks)", chunks: chunks), wrong) }
    #expect(none.finding.ratio == nil)
  }
}

@Suite struct `A model of operations` {
  /// Recomputed for Qwen2.5-7B: the scale of MemAgent's Figure 7.
  @Test(arguments: [
    (8192.0, 5.94e14, 1.00e15), (32_768, 3.05e15, 2.98e15), (131_072, 2.74e16, 1.09e16), (524_288, 3.58e17, 4.16e16),
    (4_194_304, 2.14e19, 3.31e17),
  ])
  func `counts a text at once and in chunks as the paper does`(_ tokens: Double, _ atOnce: Double, _ inChunks: Double) {
    let model = FlopModel.qwen7B
    #expect(abs(model.atOnce(tokens) / atOnce - 1) < 0.005 && abs(model.inChunks(tokens) / inChunks - 1) < 0.005)
  }

  /// Every chunk costs the same, so leaving after half of them saves half of that.
  @Test func `is linear in chunks, and a memory in the prompt costs its tokens`() {
    var model = FlopModel.qwen7B
    let slope = model.inChunks(0, chunks: 11) - model.inChunks(0, chunks: 10)
    #expect(
      abs(slope / 3.94e14 - 1) < 0.01
        && abs(model.inChunks(0, chunks: 700) - model.inChunks(0, chunks: 0) - 700 * slope) < 1e-6 * 700 * slope)
    model.memory = 1024
    #expect(model.inChunks(0, chunks: 1) > FlopModel.qwen7B.inChunks(0, chunks: 1))
  }
}
