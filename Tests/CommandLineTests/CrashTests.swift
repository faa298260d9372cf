import Foundation
import Palimpsest
import Testing

@Suite(.enabled(if: Command.isBuilt, "the command is not built: swift build --product palimpsest"), .serialized)
struct `A run` {
  let place: Place
  static let needle = [
    "eval", "--task", "needle", "--set", "task.tokens=24000", "--set", "task.count=6", "--set", "chunker.size=256",
    "--no-controls", "--quiet", "--json",
  ]

  init() throws { place = try Place() }

  /// Killed at random moments, again and again, it leaves the files that an undisturbed one leaves.
  @Test(arguments: ["1", "3"])
  func `that is killed and resumed leaves the same files`(_ width: String) throws {
    let whole = try place.run(Self.needle + ["--out", "whole"])
    #expect(whole.code == 0, "\(whole.messages)")
    let expected = try Remains.of(place.url.appending(path: "whole"))
    var random = SeededGenerator(seed: 7, session: width, purpose: "kill")
    let isLong = ProcessInfo.processInfo.environment["PALIMPSEST_LONG"] != nil
    var kills = 0
    var runs = 0
    // A run that was not caught any more is compared, and a new one is begun.
    repeat {
      let folder = place.url.appending(path: "killed")
      try? FileManager.default.removeItem(at: folder)
      for _ in 0..<8 {
        let process = try place.starting(Self.needle + ["--out", "killed", "--concurrency", width])
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        usleep(UInt32.random(in: 20_000...400_000, using: &random))
        if process.isRunning {
          kill(process.processIdentifier, SIGKILL)
          kills += 1
        }
        process.waitUntilExit()
      }
      let last = try place.run(Self.needle + ["--out", "killed", "--concurrency", width])
      #expect(last.code == 0, "\(last.messages)")
      let found = try Remains.of(folder)
      #expect(expected.keys.sorted() == found.keys.sorted())
      for (file, text) in expected { #expect(text == found[file], "\(file) differs") }
      runs += 1
    } while isLong && kills < 100 && runs < 200
    #expect(kills >= (isLong ? 100 : 1), "the run was hardly ever caught; make it longer")
    if isLong { print("kills: \(kills) in \(runs) runs, \(width) at a time") }
  }

  /// Killed behind the last question and before its file was brought in order.
  @Test func `that was killed before it could tidy up is tidied by the next one`() throws {
    func run() throws { _ = try place.run(Self.needle + ["--out", "runs"]) }
    try run()
    let folder = try #require(try place.runs("eval-needle").first)
    let log = folder.appending(path: "traces.jsonl")
    let tidy = try String(contentsOf: log, encoding: .utf8)
    let lines = tidy.split(separator: "\n", omittingEmptySubsequences: false)
    let begins = lines.indices.filter { lines[$0].hasPrefix("{\"event\":\"begin\"") }
    let turned = lines[..<begins[0]] + lines[begins[1]..<begins[2]] + lines[begins[0]..<begins[1]] + lines[begins[2]...]
    try turned.joined(separator: "\n").write(to: log, atomically: true, encoding: .utf8)
    try FileManager.default.removeItem(at: folder.appending(path: "summary.json"))
    try run()
    #expect(try String(contentsOf: log, encoding: .utf8) == tidy)
  }

  @Test func `that is interrupted ends with code 3 and the command that goes on`() async throws {
    let process = try place.starting(
      ["eval", "--task", "needle", "--set", "task.tokens=400000", "--set", "task.count=64", "--no-controls"])
    let messages = Pipe()
    process.standardError = messages
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    // As soon as something is on disk.
    var isBegun = false
    for _ in 0..<2000 where !isBegun {
      let runs = (try? place.runs("eval-needle")) ?? []
      isBegun = runs.contains { FileManager.default.fileExists(atPath: $0.appending(path: "traces.jsonl").path) }
      if !isBegun { usleep(5000) }
    }
    #expect(isBegun)
    process.interrupt()
    let said = String(decoding: try messages.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 3, "\(said)")
    #expect(said.contains("palimpsest eval --task needle --set task.tokens=400000"))
  }

  @Test func `is written by one process; a second one is refused with code 4`() throws {
    let arguments = [
      "eval", "--task", "needle", "--set", "task.tokens=400000", "--set", "task.count=64", "--no-controls",
    ]
    let process = try place.starting(arguments)
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    defer { process.terminate() }
    var isHeld = false
    for _ in 0..<2000 where !isHeld {
      let runs = (try? place.runs("eval-needle")) ?? []
      isHeld = runs.contains { FileManager.default.fileExists(atPath: $0.appending(path: "settings.yaml").path) }
      if !isHeld { usleep(5000) }
    }
    #expect(isHeld)
    let second = try place.run(arguments)
    #expect(second.code == 4)
    #expect(second.messages.contains("process \(process.processIdentifier)"), "\(second.messages)")
    #expect(second.output.isEmpty)
  }
}

@Suite(.enabled(if: Command.isBuilt, "the command is not built: swift build --product palimpsest"))
struct `palimpsest sweep` {
  let place: Place

  init() throws { place = try Place() }

  @Test func `runs each point in its own process and folder, and prints one table and one of comparisons`() throws {
    let config = try place.write(
      "memories.yaml",
      """
      task: {kind: needle, tokens: 2048, count: 2}
      memory: [{kind: overwrite, tokens: [32, 64]}, none]
      """)
    let outcome = try place.run("sweep", config.path, "--jobs", "2")
    #expect(outcome.code == 0, "\(outcome.messages)")
    // Two lines of heading and a row per point; two lines of heading and a row per point that is not the first.
    #expect(outcome.output.split(separator: "\n").count == 2 + 3 + 2 + 2, "\(outcome.output)")
    #expect(try place.runs("eval-needle").count == 3)
    for ending in ["md", "csv", "tex", "json"] {
      for name in ["table", "comparison"] {
        let table = place.url.appending(path: "runs/sweep-memories/\(name).\(ending)")
        #expect(FileManager.default.fileExists(atPath: table.path), "\(name).\(ending)")
      }
    }
    let again = try place.run("sweep", config.path, "--jobs", "1", "--json")
    #expect(again.code == 0)
    guard case .list(let rows)? = try again.objects.first else { return }
    #expect(rows.count == 3)
  }

  @Test func `says which point failed, keeps the others, and ends with code 1`() throws {
    let config = try place.write(
      "mixed.yaml",
      """
      task: {kind: needle, tokens: 2048, count: 1}
      policy: [extractive, {kind: recorded, file: replies.jsonl}]
      """)
    try place.write("replies.jsonl", "{\"session\": \"nobody\", \"step\": 0, \"reply\": \"\"}\n")
    let outcome = try place.run("sweep", config.path, "--fail-on-error", "true")
    #expect(outcome.code == 1)
    #expect(outcome.messages.contains("point 2 of 2") && outcome.output.contains("overwrite"))
    #expect(outcome.messages.contains("1 of 2 points failed"), "\(outcome.messages)")
    let json = try String(
      contentsOf: place.url.appending(path: "runs/sweep-mixed/table.json"), encoding: .utf8)
    let rows = try JSONDecoder().decode([[String: Setting]].self, from: Data(json.utf8))
    #expect(rows.map { $0["policy.kind"] } == ["extractive", "recorded"])
    #expect(rows[0]["n"] == 1)
  }

  @Test(.enabled(if: Command.has("needle"), "the experiment needle is not built"))
  func `of an experiment has each column once, and takes its points from the experiment`() throws {
    let config = try place.write(
      "swept.yaml",
      """
      experiment: needle
      task: {kind: needle, tokens: 2048, count: 1, variety: single_1}
      memory: {kind: overwrite, tokens: [32, 64]}
      """)
    let outcome = try place.run("sweep", config.path, "--jobs", "2", "--json")
    #expect(outcome.code == 0, "\(outcome.messages)")
    let rows = try JSONDecoder().decode([[String: Setting]].self, from: Data(outcome.output.utf8))
    #expect(Set(rows.map { $0["memory.tokens"] ?? .null }) == [32, 64], "\(outcome.output)")
    let csv = try String(contentsOf: place.url.appending(path: "runs/sweep-swept/table.csv"), encoding: .utf8)
    let header = csv.split(separator: "\n")[0].split(separator: ",")
    #expect(Set(header).count == header.count && header.contains("memory.tokens"), "\(header)")

    let listed = try place.run("validate", config.path, "--set", "memory.tokens=16", "--json")
    #expect(try listed.objects.map { $0["settings"]?["memory.tokens"] } == [16], "\(listed.messages)")
    let wrong = try place.write("wrong.yaml", "experiment: needle\nmemory: {tokns: 8}\n")
    for verb in ["validate", "sweep"] {
      let refused = try place.run(verb, wrong.path)
      #expect(refused.code == 2 && refused.messages.contains("did you mean tokens?"), "\(refused.messages)")
    }
  }

  @Test func `that is interrupted has no failed point, and ends with code 3`() throws {
    let config = try place.write(
      "slow.yaml", "task: {kind: needle, tokens: 400000, count: 64}\nmemory: {tokens: [32, 64]}\n")
    let process = try place.starting(["sweep", config.path, "--jobs", "2"])
    let messages = Pipe()
    process.standardError = messages
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    var isBegun = false
    for _ in 0..<4000 where !isBegun {
      let runs = (try? place.runs("eval-needle")) ?? []
      isBegun = runs.contains { FileManager.default.fileExists(atPath: $0.appending(path: "traces.jsonl").path) }
      if !isBegun { usleep(5000) }
    }
    process.interrupt()
    let said = String(decoding: try messages.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 3 && said.contains("was interrupted") && !said.contains("failed"), "\(said)")
  }

  @Test func `refuses a wrong point before any is run`() throws {
    let config = try place.write("wrong.yaml", "task: {kind: needle}\nmemory: [overwrite, overwrit]\n")
    let outcome = try place.run("sweep", config.path)
    #expect(outcome.code == 2 && outcome.messages.contains("did you mean overwrite?"))
    #expect(!FileManager.default.fileExists(atPath: place.url.appending(path: "runs").path))
  }
}
