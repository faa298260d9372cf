import Foundation
import Palimpsest
import Support
import Testing
import TraceLogs

@Suite struct `A file of traces` {
  @Test(arguments: TraceLog.Detail.allCases)
  func `gives back the trace that was written`(_ detail: TraceLog.Detail) async throws {
    let scratch = try Scratch()
    let log = try TraceLog(scratch.file("traces.jsonl"), settings: .init(detail: detail))
    let trace = try await log.reading(makeQuestion(), with: makeReader())

    let read = try #require(try TraceFile(log.url).trace(of: "q"))
    #expect(try essence(read, detail) == essence(trace, detail))
    #expect(read.steps.map(\.after) == trace.steps.map(\.after))
    #expect(read.end == .finished)
  }

  @Test func `keeps the prompt and the chunk in full detail`() async throws {
    let scratch = try Scratch()
    let log = try TraceLog(scratch.file("traces.jsonl"), settings: .init(detail: .full))
    let trace = try await log.reading(makeQuestion(), with: makeReader())
    let read = try #require(try TraceFile(log.url).traces().first)
    #expect(read.steps.map(\.chunk) == trace.steps.map(\.chunk))
    #expect(read.steps[1].draft.exchanges[0].prompt.text == trace.steps[1].draft.exchanges[0].prompt.text)
  }

  @Test func `holds questions that are read side by side`() async throws {
    let scratch = try Scratch()
    let log = try TraceLog(scratch.file("traces.jsonl"))
    let ids = (0..<8).map { "q\($0)" }
    let traces = try await withThrowingTaskGroup(of: Trace.self) { group in
      for id in ids { group.addTask { try await log.reading(makeQuestion(id), with: makeReader()) } }
      return try await group.reduce(into: [:]) { $0[$1.question.id] = $1 }
    }
    let read = try TraceFile(log.url).traces()
    #expect(Set(read.map(\.question.id)) == Set(ids))
    for trace in read {
      #expect(try essence(trace, .lean) == essence(try #require(traces[trace.question.id]), .lean))
    }
  }

  @Test func `folds the steps of several questions in one pass, and keeps none`() async throws {
    let scratch = try Scratch()
    let log = try TraceLog(scratch.file("traces.jsonl"))
    let a = try await makeReader().read(makeQuestion("a"))
    let b = try await makeReader().read(makeQuestion("b"))
    try await log.begin(b.question)
    try await log.begin(a.question)
    for (x, y) in zip(a.steps, b.steps) {
      try await log.record(x, of: "a")
      try await log.record(y, of: "b")
    }
    try await log.end(a)
    try await log.end(b)
    let file = TraceFile(log.url)
    #expect(try file.questions() == ["b", "a"])
    let folded = try file.fold(["a", "b", "nobody"], from: { _ in [MemoryState]() }) { $0.append($1.after) }
    #expect(folded.count == 2)
    for trace in [a, b] {
      let (states, end) = try #require(folded[trace.question.id])
      #expect(states == trace.steps.map(\.after))
      #expect(end.steps.count == 1 && end.end == trace.end && end.answer?.reply.text == trace.answer?.reply.text)
    }
  }

  @Test func `keeps interleaved questions apart`() async throws {
    let scratch = try Scratch()
    let log = try TraceLog(scratch.file("traces.jsonl"))
    let a = try await makeReader().read(makeQuestion("a"))
    let b = try await makeReader().read(makeQuestion("b"))
    try await log.begin(a.question)
    try await log.begin(b.question)
    for (x, y) in zip(a.steps, b.steps) {
      try await log.record(x, of: "a")
      try await log.record(y, of: "b")
    }
    try await log.end(b)
    try await log.end(a)
    let read = try TraceFile(log.url).traces()
    #expect(read.map(\.question.id) == ["b", "a"])
    #expect(try essence(read[0], .lean) == essence(b, .lean))
    #expect(try essence(read[1], .lean) == essence(a, .lean))
  }

  @Test func `knows how a question failed, and hands out only its last end`() async throws {
    let scratch = try Scratch()
    let log = try TraceLog(scratch.file("traces.jsonl"))
    let whole = try await makeReader().read(makeQuestion())
    var failed = Trace(of: makeQuestion())
    for step in whole.steps.prefix(3) { failed.append(step) }
    failed.end = .failed(reason: "no \"reply\"", attempts: 4)
    try await log.record(failed)
    #expect(try TraceFile(log.url).standings() == ["q": failed.end])
    #expect(try TraceFile(log.url).traces().map(\.end) == [failed.end])

    _ = try await log.reading(makeQuestion(), with: makeReader(), resuming: failed)
    let traces = try TraceFile(log.url).traces()
    #expect(traces.count == 1)
    #expect(try essence(traces[0], .lean) == essence(whole, .lean))
  }

  @Test func `keeps only the last step of each trace when asked to`() async throws {
    let scratch = try Scratch()
    let log = try TraceLog(scratch.file("traces.jsonl"))
    let trace = try await log.reading(makeQuestion(), with: makeReader())
    let read = try #require(try TraceFile(log.url).traces(keeping: .lastStep).first)
    #expect(read.steps.count == 1)
    #expect(read.state == trace.state)
    #expect(read.tally == trace.tally)
  }

  @Test func `is refused to a second writer`() async throws {
    let scratch = try Scratch()
    let log = try TraceLog(scratch.file("traces.jsonl"))
    #expect(throws: TraceLogError.inUse(log.url.path)) { try TraceLog(log.url) }
    _ = await log.bytes
  }

  @Test func `writes an unchanged state and a known slot no second time`() async throws {
    let scratch = try Scratch()
    let log = try TraceLog(scratch.file("traces.jsonl"))
    let page = String(repeating: "word ", count: 400)
    var state = MemoryState(budget: Budget(tokens: 1000))
    let edit = Edit.write(Slot(id: 0, content: .text(page), tokens: 400), because: "rewrite")
    var trace = Trace(of: makeQuestion())
    for index in 0..<50 {
      let exchange = Exchange(prompt: Prompt(stringLiteral: page), reply: Reply(index == 0 ? page : ""))
      trace.append(
        Step(
          chunk: Chunk(index: index, content: .text(page), range: (index * 5)..<(index * 5 + 5)),
          draft: Draft(edits: [edit], exchanges: [exchange]), decision: Decision(write: index == 0 ? 1 : 0),
          changes: index == 0 ? state.apply([edit]) : [], after: state))
    }
    trace.end = .finished
    try await log.record(trace)
    // 2,000 bytes once, as the reply of the first step; 50 steps of a few hundred bytes.
    #expect(await log.bytes < 2000 + 50 * 400)
    #expect(try TraceFile(log.url).traces()[0].steps.map(\.after) == trace.steps.map(\.after))
  }
}

@Suite struct `A file that was cut` {
  @Test func `at any byte gives every whole step, and the reading goes on as if it had not been`() async throws {
    let scratch = try Scratch()
    let reader = makeReader(exitAt: 4)
    let log = try TraceLog(scratch.file("whole.jsonl"))
    let whole = try await log.reading(makeQuestion(), with: reader)
    let bytes = try Data(contentsOf: log.url)

    // Around the end of each line, and elsewhere every 97th byte; all of them in the long tests.
    let isLong = ProcessInfo.processInfo.environment["PALIMPSEST_LONG"] != nil
    let ends = bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }
    let cuts = (0...bytes.count).filter { cut in
      isLong || cut < 3 || cut % 97 == 0 || ends.contains { abs($0 - cut) <= 2 }
    }
    let expected = try essence(whole, .lean)
    for cut in cuts {
      let url = scratch.file("cut.jsonl")
      try bytes.prefix(cut).write(to: url)
      let file = TraceFile(url)
      let before = try file.trace(of: "q")
      let lines = ends.count { $0 < cut }
      // One line is the header, one the question, then a line each step.
      #expect(before?.steps.count == (lines < 2 ? nil : min(lines - 2, whole.steps.count)))

      let again = try TraceLog(url, settings: .init(synchronizing: .never))
      #expect(again.tornBytes == cut - (ends.last { $0 < cut } ?? -1) - 1)
      if before?.answer == nil { _ = try await again.reading(makeQuestion(), with: reader, resuming: before) }
      let after = try #require(try file.trace(of: "q"))
      #expect(try essence(after, .lean) == expected, "cut at \(cut)")
      try FileManager.default.removeItem(at: url)
    }
  }

  @Test func `reports the torn line`() async throws {
    let scratch = try Scratch()
    let log = try TraceLog(scratch.file("traces.jsonl"))
    _ = try await log.reading(makeQuestion(), with: makeReader())
    let bytes = try Data(contentsOf: log.url)
    let url = scratch.file("cut.jsonl")
    try bytes.dropLast(7).write(to: url)
    let losses = try TraceFile(url).forEach { #expect($0.end == .reading) }
    #expect(losses.count == 1)
    #expect(losses[0].reason == "the last line is not whole")
  }

  @Test func `goes on from an earlier step when told to`() async throws {
    let scratch = try Scratch()
    let log = try TraceLog(scratch.file("traces.jsonl"))
    let whole = try await makeReader().read(makeQuestion())
    try await log.begin(whole.question)
    for step in whole.steps.prefix(6) { try await log.record(step, of: "q") }
    var past = Trace(of: whole.question)
    for step in whole.steps.prefix(2) { past.append(step) }
    _ = try await log.reading(makeQuestion(), with: makeReader(), resuming: past)
    let read = try #require(try TraceFile(log.url).trace(of: "q"))
    #expect(try essence(read, .lean) == essence(whole, .lean))
  }
}

@Suite struct `A file of version 1` {
  /// As it was written when the memory state was a tablet and a policy's counts were a carry.
  static let lines = [
    #"{"event":"file","format":"palimpsest-trace","version":1}"#,
    #"{"event":"begin","id":"q","ask":"who?","answers":["Ann"]}"#,
    #"{"event":"step","id":"q","chunk":{"index":0,"range":[0,9]},"decision":{"write":1,"exit":false},"signals":{"truncated":0,"1/update":1},"exchanges":[{"prompt":{"form":"page","fingerprint":"00000000000000aa","bytes":12},"reply":{"text":"Ann came.","finish":"stop","usage":{"read":3,"generated":2,"isEstimated":false},"carries":true}}],"slots":[{"id":0,"text":"Ann came.","tokens":3,"origins":[0]}],"edits":[{"write":0,"because":"rewrite"}],"changes":[{"added":0}],"tablet":{"budget":{"tokens":64,"slots":1,"eviction":"oldest"},"put":[{"at":0,"slot":0}],"uses":{"0":1},"clock":1,"fresh":1,"carry":["sentences",2,"term key",1]},"seconds":0.5}"#,
    #"{"event":"end","id":"q","end":"finished","answer":{"prompt":{"form":"answer","fingerprint":"00000000000000ab","bytes":9},"reply":{"text":"\\boxed{Ann}","finish":"stop","usage":{"read":3,"generated":2,"isEstimated":false}}},"tally":{"steps":1,"updates":1,"malformed":0,"retries":0,"usage":{"read":6,"generated":4,"isEstimated":false},"seconds":1}}"#,
  ]

  @Test func `is still read`() throws {
    let scratch = try Scratch()
    let file = scratch.file("old.jsonl")
    try Data((Self.lines.joined(separator: "\n") + "\n").utf8).write(to: file)
    let trace = try #require(try TraceFile(file).trace(of: "q", keeping: .everyStep))
    #expect(trace.state?.text == "Ann came." && trace.recollection == "Ann came.")
    #expect(trace.answer?.reply.text == #"\boxed{Ann}"# && trace.end == .finished)
    #expect(trace.steps[0].draft.signals.truncated == 0 && trace.steps[0].chunk.ending == .cut)
    #expect(
      trace.exchanges.map(\.call) == [
        CallID(question: "q"), CallID(question: "q", step: 1, purpose: .answer),
      ])
    #expect(trace.state?.policyState == nil)
  }
}
