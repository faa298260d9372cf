import Foundation
import Palimpsest
import TensorLogs
import Tensors
import TraceLogs

/// Steps logged in a second, at the beginning and at the end of a long reading: a value is a fifth of it.
let recordsSuite = Suite(
  name: "records", summary: "steps logged and read back in a second",
  figures: [
    Suite.Figure(name: "records.traces") { _ in
      try await inScratch { folder in
        let log = try await Writing(folder)
        return try await fifths("records.traces") { try await log.record($0) }
      }
    },
    Suite.Figure(name: "records.tensors") { _ in
      try await inScratch { folder in
        let log = try HDF5Log(folder.appending(path: "tensors.h5"))
        let measured = try await fifths("records.tensors") { try await log.record($0, of: question) }
        try await log.close()
        return measured
      }
    },
    Suite.Figure(name: "records.reading-back") { _ in
      try await inScratch { folder in
        let log = try await Writing(folder)
        var making = Making()
        for index in 0..<2000 { try await log.record(making.step(index)) }
        try await log.end()
        return try await .speed("records.reading-back", of: 2000, "steps/s") {
          var steps = 0
          try TraceFile(log.traces.url).forEach(keeping: .lastStep) { steps += $0.tally.steps }
          return steps
        }
      }
    },
  ])

private let question = Question(id: "q", ask: "?", source: .text(""))

/// A file of traces with one reading in it.
private actor Writing {
  nonisolated let traces: TraceLog
  private var trace = Trace(of: question)

  init(_ folder: URL) async throws {
    traces = try TraceLog(folder.appending(path: "traces.jsonl"), settings: .init(keepsCaptures: false))
    try await traces.begin(question)
  }

  func record(_ step: Step) async throws {
    try await traces.record(step, of: question.id)
    trace.append(step, keeping: .lastStep)
  }

  func end() async throws {
    trace.end = .finished
    try await traces.end(trace)
  }
}

/// 10,000 steps, made before the clock runs.
private func fifths(_ name: String, _ record: (Step) async throws -> Void) async throws -> Measurement {
  var making = Making()
  var speeds: [Double] = []
  for fifth in 0..<5 {
    let steps = (0..<2000).map { making.step(2000 * fifth + $0) }
    let start = Measurement.cpuSeconds
    for step in steps { try await record(step) }
    speeds.append(2000 / (Measurement.cpuSeconds - start))
  }
  return Measurement(name: name, unit: "steps/s", values: speeds)
}

private func inScratch<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(path: "palimpsest-bench-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try await body(folder)
}

/// Steps that each rewrite a page of 512 words, carry 200 of 800 counts that changed, and bring the scores of
/// 100 sentences along: what reading 1 GB in chunks of 20 KB makes 50,000 times.
private struct Making {
  private var state = MemoryState(budget: Budget(tokens: 1024, slots: 1))
  private var counts: [String: Int] = [:]

  mutating func step(_ index: Int) -> Step {
    var random = SeededGenerator(seed: 1, step: index, purpose: "bench")
    let page = (0..<512).map { $0 < 480 ? "word\($0)" : "new\(UInt16.random(in: 0...9999, using: &random))" }
      .joined(separator: " ")
    for _ in 0..<200 { counts["term\(Int.random(in: 0..<800, using: &random))"] = index }
    let lines = counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    let policyState = try? PolicyState(lines.joined(separator: "\n"))
    state.policyState = policyState
    let edit = Edit.write(Slot(id: 0, content: .text(page), tokens: 512, origins: [index]), because: "rewrite")
    let changes = state.apply([edit])
    let scores = Tensor((0..<100).map { _ in Float.random(in: 0...1, using: &random) })
    let reply = Reply(
      page, usage: Usage(read: 5000, generated: 512), captures: ["scores": scores], policyState: policyState)
    return Step(
      chunk: Chunk(index: index, content: .text(""), range: (index * 20_000)..<(index * 20_000 + 20_000)),
      draft: Draft(
        edits: [edit], exchanges: [Exchange(prompt: Prompt(stringLiteral: page), reply: reply)],
        signals: Signals(update: 1)),
      decision: Decision(write: 1), changes: changes, after: state, seconds: 0.001)
  }
}
