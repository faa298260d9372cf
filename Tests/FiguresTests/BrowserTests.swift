import Figures
import Foundation
import Palimpsest
import Support
import Testing

/// The page in a headless Chromium, driven by `Tests/Viewer/viewer.py`: clicks, keys, search, and texts that try
/// to run.
@Suite(.enabled(if: Viewer.isHere, "there is no chromium or no python3 here: apt-get install chromium"), .serialized)
struct `A page in a browser` {
  @Test func `is led by clicks and keys, and found through by words`() throws {
    let scratch = try Scratch()
    var trace = makeTrace(
      1000, writing: { $0 % 7 == 0 ? String(repeating: "page \($0) of the harbour ", count: 30) : nil },
      evidence: [140..<144, 5000..<5004])
    trace.question.ask = "Where does the harbour lie?"
    var other = makeTrace(5, writing: { "leaf \($0)" })
    other.question.id = "other"
    var page = TracePage("a run")
    var reading = TracePage.Reading(of: trace.question)
    trace.steps.forEach { reading.add($0) }
    page.add(
      reading, endedAs: trace,
      .init(
        answer: "Oslo", verdicts: ["em": Verdict(1)],
        facts: [.init("a fact", range: 140..<144, read: 14, written: 14, lost: 21, isHeld: false)]))
    page.add(other)
    try Viewer.check(page, in: scratch, [])
  }

  @Test func `runs nothing of what it shows`() throws {
    let scratch = try Scratch()
    var page = TracePage(`A page about traces`.hostile.joined(separator: " "))
    page.about = `A page about traces`.hostile.map { ($0, $0) }
    page.omittedQuestions = 3
    for text in `A page about traces`.hostile {
      let trace = `A page about traces`.trace(text)
      var reading = TracePage.Reading(of: trace.question)
      trace.steps.forEach { reading.add($0) }
      page.add(
        reading, endedAs: trace,
        .init(
          answer: text, verdicts: [text: Verdict(0.5, note: text)],
          facts: [.init(text, range: 0..<5, read: 0, isHeld: true)]))
    }
    try Viewer.check(page, in: scratch, ["--hostile"])
  }
}

enum Viewer {
  static let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Viewer/viewer.py")

  static let isHere: Bool = {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map {
      URL(filePath: String($0))
    }
    func has(_ program: String) -> Bool {
      folders.contains { FileManager.default.isExecutableFile(atPath: $0.appending(path: program).path) }
    }
    return has("python3") && ["chromium", "chromium-browser", "google-chrome"].contains(where: has)
  }()

  /// Opens the page and expects every check to hold.
  static func check(_ page: TracePage, in scratch: Scratch, _ arguments: [String]) throws {
    let file = scratch.url.appending(path: "page.html")
    try page.write(to: file)
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", script.path, "check", file.path] + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let said = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(said)")
    #expect(said.contains("checks hold"))
  }
}
