import Foundation
import Palimpsest
import Testing

@Suite(.enabled(if: Command.isBuilt, "the command is not built: swift build --product palimpsest"))
struct `palimpsest read` {
  let place: Place
  static let ask = ["--ask", "Who wrote the letter?"]

  init() throws { place = try Place() }

  @Test func `prints the answer to standard output and nothing else`() throws {
    let outcome = try place.run(["read", "text.txt"] + Self.ask)
    #expect(outcome.code == 0)
    #expect(outcome.output.hasPrefix("Ada Byron\n"))
    #expect(!outcome.messages.contains("Ada Byron"))
  }

  @Test func `prints one object with the keys that programs rely on`() throws {
    let outcome = try place.run(["read", "text.txt", "--answer", "Ada Byron", "--json"] + Self.ask)
    let object = try #require(try outcome.objects.first)
    #expect(try outcome.objects.count == 1)
    #expect(object["answer"] == .string("Ada Byron"))
    #expect(object["end"] == .string("finished"))
    #expect(object["steps"] == .int(1))
    #expect(object["exitStep"] == .null)
    for key in ["updates", "malformed", "tokensRead", "tokensGenerated", "seconds", "run"] {
      #expect(object[key] != nil, "\(key) is missing")
    }
    guard case .string(let run)? = object["run"] else { return }
    #expect(run.hasPrefix(place.url.resolvingSymlinksInPath().path) || run.contains("/runs/read/"))
    for file in ["settings.yaml", "env.json", "traces.jsonl", "verdicts.jsonl", "summary.json"] {
      #expect(FileManager.default.fileExists(atPath: run + "/" + file), "\(file) is missing")
    }
  }

  @Test func `is already complete the second time`() throws {
    let first = try place.run(["read", "text.txt", "--json"] + Self.ask)
    let second = try place.run(["read", "text.txt", "--json"] + Self.ask)
    #expect(second.messages.contains("already complete"))
    #expect(second.output == first.output)
  }

  @Test func `reads standard input, afresh each time`() throws {
    func read(_ writer: String) throws -> Outcome {
      try place.run(
        "read", "-", "--ask", "Who wrote the letter?", "--json",
        input: "Oslo lies in Norway. The letter was written by \(writer) in 1801. Paris lies on the Seine.\n")
    }
    let (first, second) = (try read("Ada Byron"), try read("Carl Gauss"))
    #expect(try first.objects.first?["answer"] == .string("Ada Byron"))
    #expect(try second.objects.first?["answer"] == .string("Carl Gauss"))
  }

  @Test func `takes a part as YAML on the command line`() throws {
    let outcome = try place.run(["read", "text.txt", "--memory", "{kind: overwrite, tokens: 16}", "--json"] + Self.ask)
    #expect(outcome.code == 0)
    let settings = try String(
      contentsOf: try #require(try place.runs("read").first).appending(path: "settings.yaml"), encoding: .utf8)
    #expect(settings.contains("tokens: 16"))
  }

  @Test func `starts with a memory that fails on a malformed reply`() throws {
    let outcome = try place.run(["read", "text.txt", "--memory", "{kind: gated, grammar: abort}"] + Self.ask)
    #expect(outcome.code == 0, "\(outcome.messages)")
  }

  @Test func `refuses to go on with a run of other prompts, or of none that are known`() throws {
    _ = try place.run(["read", "text.txt"] + Self.ask)
    let file = try #require(try place.runs("read").first).appending(path: "env.json")
    let text = try String(contentsOf: file, encoding: .utf8)
    for (changed, complaint) in [
      (
        text.replacing(/"update" ?: ?"[0-9a-f]+"/, with: #""update":"0""#),
        "the prompt update has other words now"
      ),
      ("{}", "env.json cannot be read"),
    ] {
      #expect(changed != text)
      try changed.write(to: file, atomically: true, encoding: .utf8)
      let outcome = try place.run(["read", "text.txt"] + Self.ask)
      #expect(outcome.code == 2)
      #expect(outcome.messages.contains(complaint))
    }
  }

  @Test func `refuses a text that changed since it was read`() throws {
    _ = try place.run(["read", "text.txt"] + Self.ask)
    try place.write("text.txt", "Another text.")
    let outcome = try place.run(["read", "text.txt"] + Self.ask)
    #expect(outcome.code == 2)
    #expect(outcome.output.isEmpty)
    #expect(outcome.messages.contains("task.files has other content now"))
  }

  @Test(arguments: [
    (["read", "missing.txt", "--ask", "who?"], "missing.txt"),
    (["read", "empty.txt", "--ask", "who?"], "empty"),
    (["read", "latin1.txt", "--ask", "who?"], "not UTF-8"),
    (["read", ".", "--ask", "who?"], "folder"),
    (["read", "text.txt"], "--ask"),
    (["read", "text.txt", "--ask", "who?", "--memory", "overwrit"], "did you mean overwrite?"),
    (["read", "text.txt", "--ask", "who?", "--set", "memory.token=4"], "did you mean tokens?"),
    (["read", "text.txt", "--ask", "who?", "--set", "memry.tokens=4"], "did you mean memory?"),
    (["read", "text.txt", "--ask", "who?", "--set", "memory.tokens=0"], "memory.tokens"),
    (["read", "text.txt", "--ask", "who?", "--config", "nowhere.yaml"], "nowhere.yaml"),
    (["read", "text.txt", "--ask", "who?", "--config", "broken.yaml"], "broken.yaml"),
    (["read", "text.txt", "--ask", "who?", "--prompts", "nowhere.yaml"], "nowhere.yaml"),
    (["read", "text.txt", "--ask", "who?", "--prompts", "blind.yaml"], "{section}"),
    (["read", "text.txt", "--ask", "who?", "--prompts", "misspelt.yaml"], "did you mean {section}?"),
    (["read", "text.txt", "--ask", "who?", "--limit", "-3"], "it must be a whole number, 0 or more"),
    (["read", "text.txt", "--ask", "who?", "--limit", "some"], "it must be a whole number, 0 or more"),
    (["read", "text.txt", "--ask", "who?", "--concurrency", "0"], "it must be a whole number, 1 to 4096"),
    (["read", "text.txt", "--ask", "who?", "--seed", "-1"], "it must be a whole number, 0 to"),
    (["read", "text.txt", "--ask", ""], "there is no question to answer"),
    (["read", "text.txt", "--ask", "  \n"], "there is no question to answer"),
  ])
  func `refuses with code 2, a reason, and nothing half-written`(_ arguments: [String], _ reason: String) throws {
    try place.write("empty.txt", "")
    try place.write("broken.yaml", "a: [1")
    try place.write("blind.yaml", "update: 'no holes at all'")
    try place.write("misspelt.yaml", "update: '{problem} {memory} {section} {sectoin}'")
    try Data([0x61, 0xE9, 0x62]).write(to: place.url.appending(path: "latin1.txt"))
    let outcome = try place.run(arguments)
    #expect(outcome.code == 2, "\(outcome.messages)")
    #expect(outcome.output.isEmpty)
    #expect(outcome.messages.contains(reason), "\(outcome.messages)")
    let left = (try? place.runs("read")) ?? []
    for run in left {
      #expect(!FileManager.default.fileExists(atPath: run.appending(path: "summary.json").path))
    }
  }

  @Test func `ends with code 1 where no answer could be had, and says why`() throws {
    try place.write("none.jsonl", "{\"session\": \"nobody\", \"step\": 0, \"reply\": \"\"}\n")
    let outcome = try place.run(
      ["read", "text.txt", "--policy", "{kind: recorded, file: none.jsonl}", "--json"] + Self.ask)
    #expect(outcome.code == 1)
    let object = try #require(try outcome.objects.first)
    #expect(object["end"] == .string("failed"))
    #expect(object["reason"]?.line.contains("no reply was recorded") == true)
  }

  @Test func `replaces prompts byte for byte`() throws {
    try place.write(
      "mine.yaml", "update: \"Q {problem} M {memory} S {section} END\"\nanswer: \"A {problem} {memory}\"\n")
    try place.write("replies.jsonl", "{\"step\": 0, \"reply\": \"note\"}\n{\"step\": 1, \"reply\": \"\\\\boxed{x}\"}\n")
    let outcome = try place.run([
      "read", "text.txt", "--ask", "who?", "--prompts", "mine.yaml", "--policy",
      "{kind: recorded, file: replies.jsonl}",
      "--json",
    ])
    #expect(try outcome.objects.first?["answer"] == .string("x"))
    let traces = try String(
      contentsOf: try #require(try place.runs("read").first).appending(path: "traces.jsonl"), encoding: .utf8)
    // "Q who? M " + "No previous memory" + " S " + the text + " END"
    let text = try String(contentsOf: place.url.appending(path: "text.txt"), encoding: .utf8)
    #expect(traces.contains("\"bytes\":\("Q who? M No previous memory S \(text) END".utf8.count),"))
  }

  /// JSON, the argument of a TeX command, and words that the file itself calls text.
  @Test func `leaves braces in prompts alone that are no slots`() throws {
    try place.write(
      "fine.yaml",
      #"""
      plain: [name]
      update: '{"a": {}} {problem} \boxed{answer} \frac{one}{two} {name} {memory} {section}'
      """#)
    let outcome = try place.run(["read", "text.txt", "--prompts", "fine.yaml", "--dry-run", "--json"] + Self.ask)
    #expect(outcome.code == 0, "\(outcome.messages)")
    let object = try #require(try outcome.objects.first)
    #expect(object["settings"]?["memory.tokens"] == 1024)
    guard case .string(let run)? = object["run"] else {
      Issue.record("\(object)")
      return
    }
    #expect(run.hasPrefix("runs/read/"))
  }

  @Test func `writes no colour and no progress where nobody watches`() throws {
    let outcome = try place.run(["read", "text.txt"] + Self.ask)
    #expect(!outcome.messages.contains("\u{1B}") && !outcome.messages.contains("\r"))
    #expect(!outcome.output.contains("\u{1B}"))
  }

  @Test func `starts nothing with --dry-run`() throws {
    let outcome = try place.run(["read", "text.txt", "--dry-run"] + Self.ask)
    #expect(outcome.code == 0)
    #expect(outcome.output.contains("runs/read/"))
    #expect(!FileManager.default.fileExists(atPath: place.url.appending(path: "runs").path))
  }
}
