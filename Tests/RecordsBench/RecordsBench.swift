import Foundation
import Palimpsest
import TensorLogs
import Tensors
import TraceLogs

/// What it costs to log a step, at the beginning and at the end of a long reading.
///
///     swift run -c release RecordsBench [STEPS]
///
/// Each step rewrites a page of 512 words, carries 200 of 800 counts that changed, and brings the scores
/// of 100 sentences along: what reading 1 GB in chunks of 20 KB makes 50,000 times.
@main struct RecordsBench {
  static func main() async throws {
    let count = CommandLine.arguments.count > 1 ? Int(CommandLine.arguments[1]) ?? 50_000 : 50_000
    let folder = FileManager.default.temporaryDirectory.appending(path: "palimpsest-bench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }

    let question = Question(id: "q", ask: "?", source: .text(""))
    var making = Making()
    let traces = try TraceLog(folder.appending(path: "traces.jsonl"), settings: .init(keepsCaptures: false))
    let tensors = try HDF5Log(folder.appending(path: "tensors.h5"))
    try await traces.begin(question)
    var trace = Trace(of: question)
    var tracing = 0.0
    var recording = 0.0
    var before = 0
    for index in 0..<count {
      let step = making.step(index)
      var start = processor()
      try await traces.record(step, of: "q")
      tracing += processor() - start
      start = processor()
      try await tensors.record(step, of: question)
      recording += processor() - start
      trace.append(step, keeping: .lastStep)
      let part = max(1, count / 5)
      guard (index + 1) % part == 0 else { continue }
      let bytes = await traces.bytes
      print(
        "steps \(index + 2 - part)…\(index + 1): traces.jsonl \((bytes - before) / part) bytes/step, "
          + "\(micro(tracing, part)) µs of CPU/step; tensors.h5 \(micro(recording, part)) µs of CPU/step")
      before = bytes
      (tracing, recording) = (0, 0)
    }
    trace.end = .finished
    try await traces.end(trace)
    try await tensors.close()
    let size = try folder.appending(path: "tensors.h5").resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
    print("tensors.h5 \(size / count) bytes/step")

    var read = 0
    let start = processor()
    try TraceFile(traces.url).forEach(keeping: .lastStep) { read += $0.tally.steps }
    let reading = processor() - start
    print(
      "read back with the last step kept: \(read) steps, \(micro(reading, count)) µs of CPU/step; peak RSS \(peak()) MiB"
    )
  }

  static func micro(_ seconds: Double, _ count: Int) -> Int { Int(seconds * 1e6 / Double(count)) }

  /// Seconds of processor time this process has used: the same on a machine that is busy with others.
  static func processor() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// In mebibytes.
  static func peak() -> Int {
    let status = (try? String(contentsOf: URL(filePath: "/proc/self/status"), encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM") } ?? ""
    return (Int(line.filter(\.isNumber)) ?? 0) / 1024
  }
}

struct Making {
  private var tablet = Tablet(budget: Budget(tokens: 1024, slots: 1))

  mutating func step(_ index: Int) -> Step {
    var random = SeededGenerator(seed: 1, step: index, purpose: "bench")
    let page = (0..<512).map { $0 < 480 ? "word\($0)" : "new\(UInt16.random(in: 0...9999, using: &random))" }
      .joined(separator: " ")
    var carry = tablet.carry
    for _ in 0..<200 { carry["term\(Int.random(in: 0..<800, using: &random))"] = Double(index) }
    tablet.carry = carry
    let edit = Edit.write(Slot(id: 0, content: .text(page), tokens: 512, origins: [index]), because: "rewrite")
    let changes = tablet.apply([edit])
    let scores = Tensor((0..<100).map { _ in Float.random(in: 0...1, using: &random) })
    let reply = Reply(page, usage: Usage(read: 5000, generated: 512), captures: ["scores": scores], carry: carry)
    return Step(
      chunk: Chunk(index: index, content: .text(""), range: (index * 20_000)..<(index * 20_000 + 20_000)),
      draft: Draft(
        edits: [edit], exchanges: [Exchange(prompt: Prompt(stringLiteral: page), reply: reply)], signals: ["update": 1]),
      decision: Decision(write: 1), changes: changes, after: tablet, seconds: 0.001)
  }
}
