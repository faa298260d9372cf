import Foundation
import Palimpsest
import Runs
import Settings
import Support
import Tables
import Terminal
import Testing

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
    // Four readings of one step of half a second, all at once; the answers take as long again.
    #expect(first.busySeconds >= 2 && first.wallSeconds >= 1, "\(first)")
    let second = try await summary()
    #expect(second.busySeconds == first.busySeconds && second.wallSeconds == first.wallSeconds)
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
