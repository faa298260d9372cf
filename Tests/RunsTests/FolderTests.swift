import Foundation
import Gating
import Notebooks
import Palimpsest
import Runs
import Settings
import Support
import Tables
import TensorLogs
import Tensors
import Terminal
import Testing
import TraceLogs

@Suite struct `A run folder` {
  @Test func `is held by one writer at a time`() throws {
    let scratch = try Scratch()
    let lock = try FolderLock(scratch.url)
    let complaint = complaint { try FolderLock(scratch.url) }
    #expect(complaint?.contains("process \(ProcessInfo.processInfo.processIdentifier)") == true)
    withExtendedLifetime(lock) {}
  }

  @Test func `is free again when its writer let go`() throws {
    let scratch = try Scratch()
    do { _ = try FolderLock(scratch.url) }
    #expect(complaint { try FolderLock(scratch.url) } == nil)
  }
}

@Suite struct `The time of a run` {
  /// Takes half a second for a reply, as an endpoint would.
  struct Slow: Policy {
    let name = "slow"
    func reply(to prompt: Prompt, sampling: Sampling, call: CallID) async throws -> Reply {
      try await Task.sleep(for: .milliseconds(500))
      return Reply("page")
    }
  }

  struct Settings: Parts {
    var memory = Spec("overwrite", ["tokens": 128])
    var policy = Spec("extractive")
  }

  @Test func `is busy time of all readings, and wall time of the clock`() async throws {
    let scratch = try Scratch()
    var options = RunOptions()
    options.out = scratch.url.path
    options.console = Console(isQuiet: true)
    let questions = (0..<4).map { Question(id: "q\($0)", ask: "who?", source: .text("Anna.")) }
    func summary() async throws -> Summary {
      let run = try Bench("time", defaults: Settings(), options: options).runs()[0]
      var reader = try Reader(assembling: Settings())
      reader.policy = Slow()
      for try await trace in run.traces(reader, questions, width: 4) { try await run.record(trace, [:]) }
      return await run.summary
    }
    let first = try await summary()
    // Four readings of one step and one answer of half a second each, all at once.
    #expect(first.busySeconds >= 4 && first.wallSeconds >= 1, "\(first)")
    let second = try await summary()
    #expect(second.busySeconds == first.busySeconds && second.wallSeconds == first.wallSeconds)
  }
}

@Suite struct `The beginning of a run` {
  /// Says when the run was begun, in every reply.
  struct Dated: Policy {
    let name = "dated"
    var date: Date?
    func begun(on date: Date) -> any Policy { Dated(date: date) }
    func reply(to prompt: Prompt, sampling: Sampling, call: CallID) -> Reply {
      Reply(date.map { $0.ISO8601Format() } ?? "no date", usage: Usage(lostBytes: call.purpose == .answer ? nil : 2))
    }
  }

  private func answers(_ count: Int, in folder: URL) async throws -> (texts: [String], summary: Summary) {
    var options = RunOptions()
    options.out = folder.path
    options.console = Console(isQuiet: true)
    let questions = (0..<count).map { Question(id: "q\($0)", ask: "who?", source: .text("Anna.")) }
    let run = try Bench("dates", defaults: `The time of a run`.Settings(), options: options).runs()[0]
    var reader = try Reader(assembling: `The time of a run`.Settings())
    reader.policy = Dated()
    var texts: [String] = []
    for try await trace in run.traces(reader, questions) {
      texts.append(trace.answer?.reply.text ?? "")
      try await run.record(trace, [:])
    }
    return (texts, await run.summary)
  }

  @Test func `is what its policy is told, also when it goes on later`() async throws {
    let scratch = try Scratch()
    let first = try await answers(1, in: scratch.url)
    // As if it had been begun long ago.
    let shelf = scratch.file("dates")
    let place = try #require(try FileManager.default.contentsOfDirectory(atPath: shelf.path).first { $0.contains("-") })
    let file = shelf.appending(path: "\(place)/env.json")
    let text = try String(contentsOf: file, encoding: .utf8)
    let now = try #require(first.texts.first)
    #expect(text.contains(now))
    try text.replacing(now, with: "2024-02-29T23:59:59Z").write(to: file, atomically: true, encoding: .utf8)
    let second = try await answers(2, in: scratch.url)
    #expect(second.texts == [now, "2024-02-29T23:59:59Z"])
    try text.replacing(now, with: "some day").write(to: file, atomically: true, encoding: .utf8)
    await #expect(throws: RunError.self) { try await answers(3, in: scratch.url) }
  }

  @Test func `and its lost bytes stand in its summary`() async throws {
    let summary = try await answers(3, in: try Scratch().url).summary
    #expect(summary.lostBytes == 6)
  }
}

@Suite struct `A run of a memory of rows` {
  struct Bare: ExperimentSettings {}

  /// Makes rows of every chunk and keeps the last three.
  struct RowBank: Memory {
    var state = MemoryState(budget: Budget(tokens: 100, slots: 3))

    func draft(from chunk: Chunk, for question: Question, with caller: Caller) -> Draft {
      let keys = Tensor((0..<20_000).map { Float($0 ^ chunk.index) }, shape: [2, 2500, 4])
      let rows = Rows(keys: keys, values: Tensor(zeros: [2, 2500, 4]), layer: 1)
      return Draft(edits: [
        .write(Slot(id: chunk.index, content: .rows(rows), key: Tensor([1]), tokens: 1), because: "")
      ])
    }

    func recall(for cue: Cue, with caller: Caller) -> Recollection { .text("the rows of \(state.slots.map(\.id))") }
  }

  @Test func `keeps them once in the tensor file, and resumes from it after it was stopped`() async throws {
    let scratch = try Scratch()
    var options = RunOptions()
    options.out = scratch.url.path
    options.console = Console(isQuiet: true)
    let question = Question(id: "q", ask: "who?", answers: ["rows"], source: .text("aaaabbbbccccddddeeeeffff"))
    func reader(_ gate: any Gate) -> Reader {
      Reader(chunker: ByteChunker(4), memory: RowBank(), gate: gate, policy: Parrot())
    }
    struct Stopping: Gate {
      func decide(on draft: Draft, from chunk: Chunk, for question: Question, given state: MemoryState) throws
        -> Decision
      {
        if chunk.index == 4 { throw CancellationError() }
        return Decision(write: 1)
      }
    }
    func run() throws -> Run<Bare> { try Bench("rows", defaults: Bare(), options: options).runs()[0] }
    await #expect(throws: (any Error).self) {
      for try await _ in try run().traces(reader(Stopping()), [question]) {}
    }
    let place = try run().place
    let log = try String(contentsOf: place.appending(path: "traces.jsonl"), encoding: .utf8)
    #expect(log.utf8.count < 10_000 && log.contains("\"sha256\""), "160,000 bytes of rows a step stand beside it")

    let second = try run()
    var traces: [Trace] = []
    for try await trace in second.traces(reader(OpenGate()), [question]) {
      try await second.record(trace, [:])
      traces.append(trace)
    }
    let whole = try await reader(OpenGate()).read(question)
    #expect(traces.map { $0.steps.map(\.after) } == [whole.steps.map(\.after)])
    #expect(traces.map { $0.answer?.recollection } == ["the rows of [3, 4, 5]"])
    let file = TraceFile(
      place.appending(path: "traces.jsonl"), tensors: HDF5Tensors(place.appending(path: "tensors.h5")))
    #expect(try file.traces()[0].state == whole.state)
    // Six keys, one tensor of zeros, one key vector.
    #expect(try HDF5File(place.appending(path: "tensors.h5")).counts["contents"] == 8)
    #expect(await second.summary.memoryHolds?.value == 1, "the text of the recollection shows it")
  }
}

@Suite struct `The table` {
  /// One point failed and has no row; the experiment names a setting that is swept.
  @Test func `of a sweep gives each row the settings of its own point, and a failed point a row`() {
    func place(_ tokens: Int) -> RunPlace {
      RunPlace(run: "runs/\(tokens)", full: ["memory": ["kind": "overwrite", "tokens": .int(tokens)]])
    }
    let table = Table(ofPoints: [
      (place: place(32), rows: []),
      (
        place: place(64),
        rows: [["arm": "a", "memory.tokens": 64, "n": 2], ["arm": "b", "memory.tokens": 64, "n": 3, "run": "there"]]
      ),
      (place: place(128), rows: [["arm": "a", "n": 4]]),
    ])
    #expect(table.columns == ["arm", "memory.tokens", "n", "run"])
    #expect(
      table.settings.line == """
        [{"arm":null,"memory.tokens":32,"n":null,"run":"runs/32"},\
        {"arm":"a","memory.tokens":64,"n":2,"run":"runs/64"},{"arm":"b","memory.tokens":64,"n":3,"run":"there"},\
        {"arm":"a","memory.tokens":128,"n":4,"run":"runs/128"}]
        """)
  }
}

@Suite struct `A bench` {
  struct Settings: Parts {
    var memory = Spec("overwrite", ["tokens": 128])
    var policy = Spec("extractive")
  }

  @Test func `removes what a killed writer of verdicts left`() async throws {
    let scratch = try Scratch()
    var options = RunOptions()
    options.out = scratch.url.path
    options.console = Console(isQuiet: true)
    let run = try Bench("try", defaults: Settings(), options: options).runs()[0]
    try FileManager.default.createDirectory(at: run.place, withIntermediateDirectories: true)
    try Data("{".utf8).write(to: run.place.appending(path: ".verdicts.jsonl.7.9"))
    let question = Question(id: "q", ask: "who?", source: .text("Anna."))
    for try await trace in run.traces(try Reader(assembling: run.settings), [question]) {
      try await run.record(trace, Verdict(1))
    }
    let files = try FileManager.default.contentsOfDirectory(atPath: run.place.path)
    #expect(files.contains("verdicts.jsonl") && !files.contains { $0.hasPrefix(".verdicts") }, "\(files)")
  }

  /// What a script says, tables and charts of its runs stand beside them, and in the page in this order.
  @Test func `keeps sentences, tables and charts of its runs for the page`() async throws {
    let scratch = try Scratch()
    var options = RunOptions()
    options.out = scratch.url.path
    options.console = Console(isQuiet: true)
    options.overrides = [try Override("memory.tokens=64,8"), try Override("memory.kind=overwrite,first")]
    let bench = try Bench("try", defaults: Settings(), options: options)
    let text = String(repeating: "The sky is blue. ", count: 20) + "Ada lives in Oslo."
    let question = Question(id: "q", ask: "Where does Ada live?", answers: ["Oslo"], source: .text(text))
    for run in try bench.runs() {
      for try await trace in run.traces(try Reader(assembling: run.settings), [question]) {
        try await run.record(trace, Verdict(trace.memoryHolds == true ? 1 : 0))
      }
    }
    try await bench.say("It is so.", line: 1)
    try await bench.table("memory.kind", "memory.tokens", "accuracy", line: 2)
    try await bench.chart("By size.", of: "accuracy", over: "memory.tokens", by: "memory.kind", line: 3)

    let showings = try JSONDecoder().decode(
      [Showing].self, from: Data(contentsOf: bench.shelf.appending(path: "showings.json")))
    #expect(showings.map(\.line) == [1, 2, 3])
    #expect(showings.first?.content == .sentence("It is so."))
    let table = try String(
      contentsOf: bench.shelf.appending(path: "figures/accuracy-by-memory.tokens.csv"), encoding: .utf8)
    let rows = table.split(separator: "\n").map { $0.split(separator: ",").prefix(4).joined(separator: ",") }
    // Sizes stand in their order, whatever the order of the runs: 8 is at 0, 64 at 1.
    #expect(
      rows == ["series,name,x,y", "0,overwrite,1.0,1.0", "0,overwrite,0.0,0.0", "1,first,1.0,0.0", "1,first,0.0,0.0"])
    let script = try String(
      contentsOf: bench.shelf.appending(path: "figures/accuracy-by-memory.tokens.gp"), encoding: .utf8)
    #expect(script.contains("set xtics ('8' 0.0, '64' 1.0)"))
  }
}
