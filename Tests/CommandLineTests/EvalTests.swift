import Foundation
import Palimpsest
import Testing

@Suite(.enabled(if: Command.isBuilt, "the command is not built: swift build --product palimpsest"))
struct `palimpsest eval` {
  let place: Place
  static let needle = ["eval", "--task", "needle", "--set", "task.tokens=2048", "--set", "task.count=4"]

  init() throws { place = try Place() }

  @Test func `prints one object per arm, controls beside the reader`() throws {
    let outcome = try place.run(Self.needle + ["--memory", "{kind: overwrite, tokens: 64}", "--json"])
    #expect(outcome.code == 0, "\(outcome.messages)")
    let arms = try outcome.objects
    #expect(arms.map { $0["arm"] } == ["overwrite", "none", "oracle", "shuffled overwrite"].map { Setting.string($0) })
    for arm in arms {
      #expect(arm["task"] == .string("needle") && arm["n"] == .int(4) && arm["failed"] == .int(0))
      for key in ["retried", "memoryHolds", "steps", "tokensRead", "busySeconds", "wallSeconds", "run"] {
        #expect(arm[key] != nil, "\(key)")
      }
      for key in ["value", "low", "high"] { #expect(arm["includes.\(key)"] != nil) }
    }
    #expect(arms[0]["includes.value"] == .int(1), "the extractive policy finds a needle in 2048 tokens")
    #expect(arms[1]["includes.value"] == .int(0), "nobody knows the needle from the question")
  }

  @Test func `leaves controls out where they are not wanted`() throws {
    let outcome = try place.run(Self.needle + ["--memory", "overwrite,gated", "--no-controls", "--json"])
    #expect(try outcome.objects.map { $0["arm"] } == [.string("overwrite"), .string("gated")])
  }

  /// A needle is in the text alone: a closed book has none, evidence and retrieval have it.
  @Test func `reads under three settings beside the reader`() throws {
    let outcome = try place.run(
      Self.needle + ["--memory", "{kind: first, tokens: 64}", "--three-settings", "--json"])
    let arms = try outcome.objects
    #expect(arms.map { $0["arm"] } == ["first", "closed book", "oracle", "retrieval"].map { Setting.string($0) })
    #expect(arms.map { $0["control"] } == [false, true, true, true].map { Setting.bool($0) })
    #expect(arms.dropFirst().map { $0["includes.value"] } == [0, 1, 1].map { Setting.int($0) }, "\(outcome.output)")
    #expect(arms[3]["comparison.run"] == arms[0]["run"])
  }

  @Test func `draws a table with n, failed, retried and intervals`() throws {
    let outcome = try place.run(Self.needle + ["--no-controls", "--limit", "2"])
    #expect(outcome.output.contains("| arm") && outcome.output.contains("| failed"))
    #expect(outcome.output.contains("1.000 ["))
  }

  /// The first 200 questions of SQuAD are about one article, and the table said `0.375 [0.375, 0.375]`.
  @Test func `draws a limit over documents, and says where there is no interval`() throws {
    func article(_ title: String, _ count: Int) -> String {
      let questions = (0..<count).map {
        "{\"id\": \"\(title)\($0)\", \"question\": \"Who sings song \($0)?\", \"answers\": [{\"text\": \"\(title)\"}]}"
      }
      return "{\"title\": \"\(title)\", \"paragraphs\": [{\"context\": \"\(title) sings every song.\", \"qas\": "
        + "[\(questions.joined(separator: ","))]}]}"
    }
    try place.write("one.json", "{\"data\": [\(article("Anna", 8))]}")
    let one = try place.run("eval", "--task", "qa", "--set", "task.file=one.json", "--limit", "4", "--no-controls")
    #expect(one.code == 0 && one.output.contains("[no interval]"), "\(one.output)\(one.messages)")

    try place.write("two.json", "{\"data\": [\(article("Anna", 8)), \(article("Ben", 2))]}")
    let two = try place.run(
      "eval", "--task", "qa", "--set", "task.file=two.json", "--limit", "4", "--json", "--memory", "overwrite")
    let arms = try two.objects
    #expect(arms.count == 4 && arms.allSatisfy { $0["n"] == .int(4) && $0["em.clusters"] == .int(2) }, "\(two.output)")
    #expect(arms[0]["comparison"] == nil)
    for arm in arms.dropFirst() {
      #expect(arm["comparison.differences.em.n"] == .int(4) && arm["comparison.run"] == arms[0]["run"], "\(arm)")
    }
  }

  @Test func `compares each arm with another on the same questions`() throws {
    let outcome = try place.run(Self.needle + ["--memory", "{kind: overwrite, tokens: 64}"])
    #expect(outcome.output.contains("| compared with | includes difference"), "\(outcome.output)")
    #expect(outcome.output.split(separator: "\n").count { $0.contains("| row 1") } == 3, "\(outcome.output)")
    #expect(outcome.output.contains("includes p (Holm)"), "\(outcome.output)")
  }

  @Test func `writes RULER's files and reads its tasks`() throws {
    let outcome = try place.run(
      "generate", "niah_multiquery", "--length", "2048", "--count", "3", "-o", "m.jsonl", "--json")
    let written = try #require(try outcome.objects.first)
    #expect(outcome.code == 0 && written["samples"] == .int(3), "\(outcome.messages)")
    let lines = try String(contentsOf: place.url.appending(path: "m.jsonl"), encoding: .utf8).split(separator: "\n")
    let records = try lines.map { try JSONDecoder().decode(Setting.self, from: Data($0.utf8)) }
    #expect(records.map { $0["index"] } == [.int(0), .int(1), .int(2)])
    for record in records {
      guard case .list(let golds)? = record["outputs"], case .int(let length)? = record["length"] else {
        Issue.record("\(record.line)")
        continue
      }
      #expect(golds.count == 4 && length <= 2048 && length > 1500)
    }
    let unknown = try place.run("generate", "niah_multiqery", "--length", "2048", "-o", "x.jsonl")
    #expect(unknown.code == 2 && unknown.messages.contains("niah_multiquery"), "\(unknown.messages)")
    #expect(try place.run("generate", "vt", "-o", "x.jsonl").messages.contains("--length"))
    let eval = try place.run(
      "eval", "--task", "ruler", "--set", "task.variety=vt", "--set", "task.count=2", "--set", "task.tokens=2048",
      "--json",
      "--no-controls")
    let arm = try #require(try eval.objects.first)
    #expect(eval.code == 0 && arm["includes.n"] == .int(2), "\(eval.output)\(eval.messages)")
  }

  @Test func `says why answers were wrong`() throws {
    let outcome = try place.run(
      "eval", "--task", "ledger", "--set", "task.count=6", "--set", "task.tokens=3000", "--set", "chunker.size=200",
      "--memory",
      "{kind: overwrite, tokens: 24}", "--no-controls", "--why", "--json")
    let last = try #require(try outcome.objects.last)
    guard case .list(let arms)? = last["causes"], case .list(let cases)? = last["cases"] else {
      Issue.record("\(outcome.output)\(outcome.messages)")
      return
    }
    let right = try #require(arms.first?["right.value"])
    #expect(arms.count == 1 && arms[0]["n"] == .int(6))
    // Every question that was not right has one cause.
    if case .number(let share) = right { #expect(cases.count == 6 - Int((6 * share).rounded())) }
    #expect(cases.allSatisfy { $0["cause"] != nil && $0["question"] != nil })
    #expect(FileManager.default.fileExists(atPath: place.url.appending(path: "runs/eval-ledger/cases.csv").path))
  }

  @Test func `compares runs on disk, and points of a sweep`() throws {
    let needle = Self.needle + ["--no-controls"]
    #expect(try place.run(needle + ["--memory", "{kind: overwrite, tokens: 64}"]).code == 0)
    #expect(try place.run(needle + ["--memory", "{kind: append, tokens: 64}"]).code == 0)
    let runs = try place.runs("eval-needle").map(\.path)
    #expect(runs.count == 2)
    let outcome = try place.run(["compare"] + runs + ["--json", "-o", "tables"])
    let rows = try JSONDecoder().decode([Setting].self, from: Data(outcome.output.utf8))
    #expect(outcome.code == 0 && rows.count == 1 && rows[0]["metric"] == .string("includes"), "\(outcome.output)")
    #expect(outcome.messages.contains("pairs, "), "\(outcome.messages)")
    #expect(FileManager.default.fileExists(atPath: place.url.appending(path: "tables/comparison.tex").path))
    let one = try place.run("compare", runs[0])
    #expect(one.code == 2 && one.messages.contains("two runs"), "\(one.messages)")

    try place.write("memories.yaml", "task: {kind: needle, tokens: 600, count: 3}\nmemory: [overwrite, append]\n")
    let sweep = try place.run("sweep", "memories.yaml", "--jobs", "2")
    #expect(sweep.code == 0 && sweep.output.contains("p (Holm)"), "\(sweep.output)\(sweep.messages)")
  }

  @Test func `changes no result with concurrency`() throws {
    let one = try place.run(Self.needle + ["--json", "--no-controls", "--out", "a", "--concurrency", "1"])
    let many = try place.run(Self.needle + ["--json", "--no-controls", "--out", "b", "--concurrency", "8"])
    #expect(one.code == 0 && many.code == 0)
    #expect(try finalFiles(in: "a") == finalFiles(in: "b"))
  }

  @Test func `needs a task, and names the nearest of an unknown one`() throws {
    #expect(try place.run("eval").code == 2)
    let outcome = try place.run("eval", "--task", "nedle")
    #expect(outcome.code == 2 && outcome.messages.contains("did you mean needle?"))
  }

  @Test func `ends with code 1 where more failed than is allowed, and says which`() throws {
    let arguments = Self.needle + ["--policy", "{kind: recorded, file: none.jsonl}", "--no-controls", "--json"]
    try place.write("none.jsonl", "{\"session\": \"nobody\", \"step\": 0, \"reply\": \"\"}\n")
    let allowed = try place.run(arguments)
    #expect(allowed.code == 0, "\(allowed.messages)")
    #expect(try allowed.objects.first?["failed"] == .int(4))
    #expect(try allowed.objects.first?["n"] == .int(4), "what failed stays in the denominator")
    for (rule, code) in [("true", 1), ("0.5", 1), ("3", 1), ("4", 0), ("false", 0)] as [(String, Int32)] {
      let outcome = try place.run(arguments + ["--fail-on-error", rule])
      #expect(outcome.code == code, "--fail-on-error \(rule)")
      #expect(try outcome.objects.count == 1, "results are printed whatever failed")
    }
    #expect(try place.run(arguments + ["--fail-on-error", "perhaps"]).code == 2)
    // The first time and every other time.
    let again = try place.run(arguments)
    for outcome in [allowed, again] {
      #expect(outcome.messages.contains("4 of 4 questions failed; the first: no reply was recorded"))
      #expect(outcome.messages.contains("--json --retry-failed\n"), "\(outcome.messages)")
    }
  }

  @Test func `warns where every answer is empty`() throws {
    let lines = (0...8).map { "{\"step\": \($0), \"reply\": \" \"}\n" }.joined()
    try place.write("empty.jsonl", lines)
    let outcome = try place.run(
      Self.needle + ["--policy", "{kind: recorded, file: empty.jsonl}", "--no-controls", "--limit", "2"])
    #expect(outcome.code == 0)
    #expect(outcome.messages.contains("warning: every answer of recorded is empty, 2 of 2"), "\(outcome.messages)")
    let fine = try place.run(Self.needle + ["--limit", "2"])
    #expect(!fine.messages.contains("is empty"), "\(fine.messages)")
  }

  @Test func `says busy time and wall time apart, and adds none for what stands on disk`() throws {
    let arguments = Self.needle + ["--no-controls", "--json", "--concurrency", "4", "--set", "task.tokens=60000"]
    let first = try place.run(arguments)
    let object = try #require(try first.objects.first)
    guard let busy = object["busySeconds"]?.double, let wall = object["wallSeconds"]?.double else {
      Issue.record("\(object)")
      return
    }
    #expect(busy > 0 && wall > 0)
    #expect(try place.run(arguments).output == first.output)
  }

  @Test func `resumes a run by its folder, and refuses other settings with the difference`() throws {
    _ = try place.run(Self.needle + ["--no-controls", "--limit", "2"])
    let run = try #require(try place.runs("eval-needle").first)
    let resumed = try place.run("resume", run.path, "--json")
    #expect(resumed.code == 0, "\(resumed.messages)")
    #expect(try resumed.objects.first?["n"] == .int(2))
    #expect(resumed.messages.contains("already complete"))
    let refused = try place.run("resume", run.path, "--set", "memory.tokens=7")
    #expect(refused.code == 2)
    #expect(refused.messages.contains("memory.tokens: 1024 there, 7 now"))
    #expect(try place.run("resume", "text.txt").code == 2)
  }

  @Test func `goes on with more questions without reading the first again`() throws {
    _ = try place.run(Self.needle + ["--no-controls", "--limit", "2", "--json"])
    let more = try place.run(Self.needle + ["--no-controls", "--limit", "4", "--json"])
    #expect(try more.objects.first?["n"] == .int(4))
    let fresh = try place.run(Self.needle + ["--no-controls", "--limit", "4", "--json", "--out", "fresh"])
    #expect(fresh.code == 0)
    #expect(try finalFiles(in: "runs") == finalFiles(in: "fresh"))
  }

  /// What a run leaves, its times and places aside.
  private func finalFiles(in out: String) throws -> [String: String] {
    try Remains.of(place.url.appending(path: out))
  }
}

/// The files of all runs below a folder, without what may differ: times, memory, the host.
enum Remains {
  static func of(_ folder: URL) throws -> [String: String] {
    var remains: [String: String] = [:]
    let files = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
    for file in files.sorted() {
      let name = URL(filePath: file).lastPathComponent
      guard ["traces.jsonl", "verdicts.jsonl", "summary.json", "settings.yaml"].contains(name) else { continue }
      remains[file] = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
        .replacing(/"(seconds|busySeconds|wallSeconds)" ?: ?[0-9.e+-]+/, with: "\"seconds\":0")
        .replacing(/"residentBytes" ?: ?[0-9]+/, with: "\"residentBytes\":0")
    }
    return remains
  }
}

extension Setting {
  /// A number, whole or not.
  fileprivate var double: Double? {
    switch self {
    case .int(let int): Double(int)
    case .number(let number): number
    default: nil
    }
  }
}
