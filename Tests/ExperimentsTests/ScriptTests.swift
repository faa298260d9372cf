import Foundation
import Notebooks
import Support
import Testing
import TinyModel

/// Every experiment, run as a user runs it, at a size that takes a second or two.
@Suite struct `Every experiment` {
  struct Script: Sendable, CustomTestStringConvertible {
    var name: String
    /// What makes it small.
    var toy: [String]
    /// Runs it makes at that size.
    var runs: Int
    /// What of a run is the same bytes when it is started again.
    var remains = ["traces.jsonl", "summary.json"]
    var testDescription: String { name }
  }

  static let scripts = [
    Script(name: "hello", toy: ["--limit", "3"], runs: 3),
    Script(
      name: "needle",
      toy: [
        "--limit", "2", "--set", "task.tokens=2048", "--set", "task.variety=single_1", "--set", "memory=overwrite",
      ], runs: 1),
    Script(
      name: "gates", toy: ["--limit", "2", "--set", "task.tokens=4096", "--set", "chunker.size=512"], runs: 12),
    Script(name: "remember", toy: ["--limit", "2", "--set", "task.chunks=6,12"], runs: 6),
    Script(name: "lengths", toy: ["--limit", "2", "--set", "task.tokens=4096,8192,16384"], runs: 3),
    Script(
      name: "bookworm", toy: `A bookworm`.toy, runs: 1,
      remains: ["training.safetensors", "steps.jsonl", "marks.jsonl", "model/model.safetensors"]),
    Script(
      name: "poison", toy: ["--set", "task.tokens=512", "--set", "task.templates=1", "--set", "task.positions=1"],
      runs: 3),
    Script(name: "smallmodel", toy: `A small model`.toy, runs: 16),
    Script(
      name: "tradeoffs",
      toy: ["--limit", "2", "--set", "tokens=1024,2048", "--set", "chunker.size=256", "--set", "placement=last"],
      runs: 24),
    Script(
      name: "extrapolate",
      toy: [
        "recall=4", "imitation=4", "weak=2", "rounds=2", "longer=1", "twin=3", "questions=2", "rollouts=2", "chunks=2",
        "lengths=[[2,3]]", "items=4", "width=16", "far=9", "farItems=2",
      ].flatMap { ["--set", $0] }, runs: 1,
      remains: ["reward.safetensors", "reward.jsonl", "twin.safetensors", "rewarded-3.json", "append-2.json"]),
    Script(
      name: "gates-learned",
      toy: [
        "weak=2", "rounds=2", "questions=2", "rollouts=4", "chunks=2", "length=5", "lengths=[[2,3]]", "alphas=[[0.9]]",
        "items=4", "turns=2", "far=9", "farItems=2",
      ].flatMap { ["--set", $0] }, runs: 1,
      remains: ["weak-gates.safetensors", "gated-0.9.safetensors", "gated-0.9.jsonl", "anywhere-random-gate.json"]),
    Script(
      name: "rewards",
      toy: [
        "seeds=[[1,2]]", "weak=2", "rounds=2", "questions=2", "rollouts=4", "chunks=2", "lengths=[[2,3]]", "items=4",
      ].flatMap { ["--set", $0] }, runs: 1,
      remains: ["weak.safetensors", "recipe-1.safetensors", "all-groups-2.jsonl", "scores-recipe-1.json"]),
  ]

  @Test(arguments: scripts)
  func `runs at toy size, and a second time from what is on disk`(_ script: Script) throws {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "palimpsest-\(script.name)-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let arguments = script.toy + ["--out", folder.path]

    let first = try Output(of: script.name, arguments)
    #expect(first.code == 0, "\(first.errors)")
    let shelf = folder.appending(path: script.name)
    let runs = try FileManager.default.contentsOfDirectory(atPath: shelf.path)
      .filter { FileManager.default.fileExists(atPath: shelf.appending(path: "\($0)/\(script.remains[0])").path) }
    #expect(runs.count == script.runs)
    // Its page opens with what was found: a sentence, a table and a figure, then the method.
    let page = try String(contentsOf: shelf.appending(path: "page.html"), encoding: .utf8)
    let opening = page[..<(try #require(page.range(of: "<h2>Method</h2>"))).lowerBound]
    #expect(opening.contains("<h2>What was found</h2>\n<p>") && opening.contains("<table>"))
    #expect(opening.contains("<img ") || opening.contains("class=\"missing\""))

    let files = runs.sorted().flatMap { run in script.remains.map { shelf.appending(path: "\(run)/\($0)") } }
    let remains = try files.map { try Data(contentsOf: $0) }
    let second = try Output(of: script.name, arguments)
    #expect(second.code == 0, "\(second.errors)")
    #expect(try files.map { try Data(contentsOf: $0) } == remains)
  }

  @Test(arguments: scripts)
  func `is an essay: a question, method, what may vary, the reading, what was found, what came out, limits`(
    _ script: Script
  ) throws {
    let file = root.appending(path: "experiments/\(script.name)/main.swift")
    let cells = Notebook(script: try String(contentsOf: file, encoding: .utf8)).cells
    let headings = cells.compactMap { if case .prose(let text) = $0 { text } else { nil } }
      .flatMap { $0.split(separator: "\n") }.filter { $0.hasPrefix("#") }
    #expect(headings.first?.hasSuffix("?") == true)
    for heading in [
      "## Method", "## What may vary", "## Reading", "## What was found", "## What came out", "## Limits",
    ] {
      #expect(headings.contains { $0.hasPrefix(heading) }, "\(script.name) has no section '\(heading)'")
    }
  }
}

let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

/// What a program that was built beside the tests says.
struct Output {
  var code: Int32
  var text: String
  var errors: String

  init(of name: String, _ arguments: [String]) throws {
    // The tests lie in the same folder as every other product.
    let products = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    let process = Process()
    process.executableURL = products.appending(path: name)
    process.arguments = arguments
    process.currentDirectoryURL = root
    // Into files, not pipes: nothing here has to be emptied while the program runs.
    let folder = FileManager.default.temporaryDirectory.appending(path: "palimpsest-output-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func file(_ name: String) throws -> (URL, FileHandle) {
      let url = folder.appending(path: name)
      try Data().write(to: url)
      return (url, try FileHandle(forWritingTo: url))
    }
    let (outputFile, outputHandle) = try file("output")
    let (errorFile, errorHandle) = try file("errors")
    process.standardOutput = outputHandle
    process.standardError = errorHandle
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    code = process.terminationStatus
    text = try String(contentsOf: outputFile, encoding: .utf8)
    errors = try String(contentsOf: errorFile, encoding: .utf8)
  }
}
