import Foundation
import Palimpsest
import Testing

@Suite(.enabled(if: Command.isBuilt, "the command is not built: swift build --product palimpsest"))
struct `palimpsest` {
  let place: Place

  init() throws { place = try Place() }

  @Test func `explains itself, examples first`() throws {
    for verb in [
      "", "read", "eval", "train", "sweep", "run", "resume", "list", "describe", "validate", "plan", "score", "compare",
      "collect", "generate", "graph", "data", "export", "view",
      "doctor",
      "tokens",
    ] {
      let outcome = try place.run(verb.isEmpty ? ["-h"] : [verb, "-h"])
      #expect(outcome.code == 0, "\(verb)")
      let examples = try #require(outcome.output.range(of: "Examples:"), "\(verb)")
      let usage = try #require(outcome.output.range(of: "USAGE:"), "\(verb)")
      #expect(examples.lowerBound < usage.lowerBound, "\(verb)")
    }
  }

  @Test func `names the nearest verb`() throws {
    let outcome = try place.run("evl")
    #expect(outcome.code == 2)
    #expect(outcome.messages.contains("did you mean eval?"))
  }

  @Test func `lists exactly the names that other verbs accept`() throws {
    let listing = try #require(try place.run("list", "--json").objects.first)
    guard case .table(let families) = listing else {
      Issue.record("list --json is no table")
      return
    }
    #expect(
      families.keys.sorted() == [
        "adapter-stage", "chunker", "experiment", "gate", "learner", "memory", "miniature-stage", "policy", "rule",
        "task",
        "tokenizer", "verifier",
      ])
    for family in ["chunker", "gate", "memory", "learner", "rule"] {
      guard case .list(let variants)? = families[family] else { continue }
      for variant in variants {
        guard case .string(let name)? = variant["name"] else { continue }
        #expect(try place.run("describe", "\(family).\(name)").code == 0, "\(family).\(name)")
      }
    }
  }

  @Test func `describes a variant with its settings, defaults and source`() throws {
    let outcome = try place.run("describe", "overwrite")
    #expect(outcome.output.contains("tokens: 1024") && outcome.output.contains("arXiv:2507.02259"))
    // Settings that are nil are settings too.
    let local = try place.run("describe", "policy.local", "--json")
    guard case .list(let found)? = try local.objects.first, case .table(let settings)? = found.first?["settings"] else {
      Issue.record("\(local.output)\(local.messages)")
      return
    }
    #expect(settings["contextLength"] == .null && settings["temperature"] != nil, "\(settings)")
    let unknown = try place.run("describe", "overwrit")
    #expect(unknown.code == 2 && unknown.messages.contains("did you mean overwrite?"))
  }

  @Test func `validates a configuration, and says which runs it stands for`() throws {
    let good = try place.write(
      "good.yaml", "task: {kind: ask, files: [text.txt], ask: who?}\nmemory: {tokens: [8, 16]}\n")
    let outcome = try place.run("validate", good.path)
    #expect(outcome.code == 0)
    #expect(outcome.output.split(separator: "\n").count == 2)
    let json = try place.run("validate", good.path, "--json")
    #expect(try json.objects.map { $0["settings"]?["memory.tokens"] } == [8, 16])
    #expect(
      try json.objects.map { $0["run"] } == outcome.output.split(separator: "\n").map { .string(String($0)) })
    let bad = try place.write("bad.yaml", "memory: {tokns: 8}\n")
    let refused = try place.run("validate", bad.path)
    #expect(refused.code == 2 && refused.messages.contains("did you mean tokens?"))
  }

  /// What the same command can never do is a mistake in flags, settings or files, whichever room finds it.
  @Test(arguments: [
    (["eval", "--task", "needle", "--set", "task.tokens=5"], "task.tokens is 5: that leaves no room"),
    (["eval", "--task", "{kind: needle, hay: essay}"], "task.text=FILE"),
    (["eval", "--task", "ledger", "--set", "task.tokens=5"], "tokens"),
    (["eval", "--config", "quiz.yaml"], "does not occur in text.txt"),
    (["eval", "--config", "keys.yaml"], "did you mean answers?"),
    (["eval", "--config", "numbers.yaml"], "task.questions.1.answers.1 is 1843, but must be a text"),
    (["eval", "--task", "needle", "--set", "chunker.size=1.5"], "chunker.size is 1.5, but must be a whole number"),
    (["eval", "--task", "needle", "--set", "control=shufled"], "must be one of"),
    (["validate", "list.yaml"], "a table"),
  ])
  func `ends with code 2 for every wrong setting, and says what is expected`(
    _ arguments: [String], _ reason: String
  ) throws {
    let quiz = "task: {kind: quiz, text: text.txt, questions: "
    try place.write("quiz.yaml", quiz + "[{ask: a, answers: [b], proof: 'nothing like this'}]}")
    try place.write("keys.yaml", quiz + "[{ask: a, anwers: [b]}]}")
    try place.write("numbers.yaml", quiz + "[{ask: a, answers: [1843]}]}")
    try place.write("list.yaml", "[1, 2]")
    let outcome = try place.run(arguments)
    #expect(outcome.code == 2, "\(outcome.messages)")
    #expect(outcome.output.isEmpty && outcome.messages.contains(reason), "\(outcome.messages)")
    for word in ["DecodingError", "Swift", "CodingKeys", "debugDescription", "Parsed JSON", "Dictionary<", "Int."] {
      #expect(!outcome.messages.contains(word), "\(outcome.messages)")
    }
  }

  @Test func `ends with code 4 where standard output cannot be written, and silently where nobody reads on`() throws {
    func run(_ shell: String) throws -> (code: Int32, messages: String) {
      let process = Process()
      process.executableURL = URL(filePath: "/bin/bash")
      process.arguments = ["-c", "set -o pipefail; " + shell, try #require(Command.executable).path]
      let messages = Pipe()
      process.standardError = messages
      process.standardOutput = FileHandle.nullDevice
      try process.run()
      let said = String(decoding: try messages.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
      process.waitUntilExit()
      return (process.terminationStatus, said)
    }
    for verb in ["list", "describe overwrite", "-h", "doctor"] {
      let full = try run("\"$0\" \(verb) > /dev/full")
      #expect(full.code == 4 && full.messages.contains("standard output cannot be written"), "\(verb): \(full)")
      let piped = try run("\"$0\" \(verb) | true")
      #expect(piped.code == 0 && piped.messages.isEmpty, "\(verb): \(piped)")
    }
  }

  @Test func `plans calls and tokens without making a call`() throws {
    try place.write("long.txt", String(repeating: "All work and no play makes Jack a dull boy. ", count: 400))
    let outcome = try place.run(
      "plan", "--task", "{kind: ask, files: [long.txt], ask: who?}", "--set", "chunker.size=256", "memory.tokens=32",
      "--json")
    #expect(outcome.code == 2, "what stands behind --set is one setting")
    let plan = try place.run(
      "plan", "--task", "{kind: ask, files: [long.txt], ask: who?}", "--set", "chunker.size=256", "--set",
      "memory.tokens=32", "--seconds-per-call", "2", "--json")
    guard case .list(let arms)? = try plan.objects.first, let arm = arms.first,
      case .int(let chunks)? = arm["chunks"], case .int(let calls)? = arm["calls"]
    else {
      Issue.record("no plan: \(plan.messages)")
      return
    }
    #expect(chunks > 10)
    #expect(calls == chunks + 1, "a call per chunk, and the answer")
    #expect(arm["depth"] == .int(calls))
    #expect(arm["wallSeconds"] == .int(2 * calls))
    #expect(!FileManager.default.fileExists(atPath: place.url.appending(path: "runs").path))
  }

  @Test func `scores vectors, and fails with the ids that differ`() throws {
    let header =
      #"{"format": "palimpsest-verifier-vectors", "version": 1, "float_tolerance": 1e-9, "count": 2, "cases": ["#
    let right = #"{"id": "a", "metric": "squad1.f1", "input": {"prediction": "x", "golds": ["x"]}, "expected": 1.0}"#
    let wrong = #"{"id": "b", "metric": "squad1.f1", "input": {"prediction": "x", "golds": ["x"]}, "expected": 0.25}"#
    try place.write("right.json", header + right + "]}")
    try place.write("wrong.json", header + right + "," + wrong + "]}")
    let fine = try place.run("score", "--vectors", "right.json")
    let failed = try place.run("score", "--vectors", "wrong.json")
    #expect(fine.code == 0 && fine.output == "1 passed, 0 failed\n", "\(fine.output)\(fine.messages)")
    #expect(failed.code == 1 && failed.output.contains("b ") && failed.output.hasSuffix("1 passed, 1 failed\n"))
    #expect(try place.run("score", "--vectors", "missing.json").code == 2)
  }

  @Test func `scores the replies of other programs by three rules`() throws {
    try place.write(
      "vt.jsonl",
      #"{"index":0,"pred":"1 and 2","outputs":["1","2"]}"# + "\n" + #"{"index":1,"pred":"","outputs":["3"]}"# + "\n")
    try place.write(
      "model.jsonl",
      #"{"answers":["Ada"],"_id":0,"response":"The answer is: \\boxed{Ada}","pred":"Ada","judge_f1":1,"judge_em":1,"judge_sub_em":1}"#
    )
    let outcome = try place.run("score", "vt.jsonl", "model.jsonl", "--json")
    #expect(outcome.code == 0 && outcome.messages.contains("0 of 1 differ"), "\(outcome.messages)")
    guard case .list(let rows)? = try outcome.objects.first else {
      Issue.record("\(outcome.output)")
      return
    }
    let found = rows.map { "\($0["rule"]?.line ?? "") \($0["metric"]?.line ?? "") \($0["n"]?.line ?? "")" }
    #expect(found.contains(#""ruler" "string_match_all" 2"#) && found.contains(#""memagent" "sub_em" 1"#), "\(found)")
    #expect(found.contains(#""ours" "includes" 2"#) && found.contains(#""ours" "em" 1"#), "\(found)")
    let total = try place.run("score", "model.jsonl", "--total", "4")
    #expect(total.output.contains("0.250 ["), "\(total.output)")
    #expect(try place.run("score", "model.jsonl", "vt.jsonl", "--total", "1").code == 2)
    #expect(try place.run("score").code == 2)
    #expect(try place.run("score", "vt.jsonl", "--extract", "box").code == 2)
    #expect(try place.run("score", "text.txt").messages.contains("line 1"))
  }

  @Test func `checks a task's data, and a run keeps the hashes of what it read in a folder`() throws {
    try place.write(
      "b/data/qa1/0k.json", #"[{"input":"Mary is in the garden.","question":"Where is Mary?","target":"garden"}]"#)
    let outcome = try place.run("data", "babilong", "--set", "task.data=b", "--json")
    #expect(outcome.code == 0, "\(outcome.messages)")
    #expect(
      outcome.output.contains(#""name":"task.data/data/qa1/0k.json""#) && outcome.output.contains(#""what":"sha256""#),
      "\(outcome.output)")
    #expect(outcome.output.contains(#"{"name":"questions","value":1,"what":"count"}"#), "\(outcome.output)")
    #expect(outcome.output.contains(#"{"name":"variety qa1","value":1,"what":"trait"}"#), "\(outcome.output)")
    let eval = ["eval", "--task", "babilong", "--set", "task.data=b", "--no-controls", "--json"]
    let run = try place.run(eval)
    #expect(try run.code == 0 && run.objects.first?["babilong.n"] == .int(1), "\(run.output)\(run.messages)")
    let folder = try #require(try place.runs("eval-babilong").first)
    let env = try String(contentsOf: folder.appending(path: "env.json"), encoding: .utf8)
    #expect(env.contains("task.data/data/qa1/0k.json"), "\(env)")
    // With other data the run is not continued.
    try place.write(
      "b/data/qa1/0k.json", #"[{"input":"Mary is in the hall.","question":"Where is Mary?","target":"hall"}]"#)
    let changed = try place.run(eval)
    #expect(changed.code == 2 && changed.messages.contains("task.data/data/qa1/0k.json"), "\(changed.messages)")
    try place.write("b/data/qa1/0k.json", #"[{"input":"x","question":"y"}]"#)
    let broken = try place.run("data", "babilong", "--set", "task.data=b")
    #expect(
      broken.code == 2 && broken.messages.contains("record 1, key target: it must be there"), "\(broken.messages)")
  }

  @Test func `exports what a model read and drew`() throws {
    let eval = try place.run(
      "eval", "--task", "symbols", "--set", "task.count=2", "--set", "task.chunks=4", "--policy", "miniature",
      "--memory",
      "{kind: overwrite, tokens: 6}", "--set", "chunker.size=80", "--no-controls", "--json")
    #expect(eval.code == 0, "\(eval.messages)")
    let run = try #require(try place.runs("eval-symbols").first)
    let outcome = try place.run("export", run.path, "-o", "c.jsonl", "--needs-tokens", "--json")
    #expect(outcome.code == 0, "\(outcome.messages)")
    let report = try #require(try outcome.objects.first)
    #expect(
      report["trajectories"] == .int(2) && report["withoutTokens"] == .int(0) && report["reward"] == "em", "\(report)")
    let lines = try String(contentsOf: place.url.appending(path: "c.jsonl"), encoding: .utf8).split(separator: "\n")
    #expect(report["conversations"] == .int(lines.count) && lines.count == 10, "a row a chunk, and one for the answer")
    for line in lines {
      let row = try JSONDecoder().decode(Setting.self, from: Data(line.utf8))
      guard case .list(let ids)? = row["completion_ids"], case .list(let logs)? = row["logprobs"],
        case .list(let mask)? = row["completion_mask"], case .list(let prompt)? = row["prompt_ids"]
      else {
        Issue.record("\(line)")
        continue
      }
      #expect(ids.count == logs.count && ids.count == mask.count && !ids.isEmpty && !prompt.isEmpty)
    }
    #expect(try place.run("export", run.path, "-o", "c.csv").code == 0)
    let table = try String(contentsOf: place.url.appending(path: "c.csv"), encoding: .utf8)
    #expect(table.hasPrefix("question,trajectory,"))
    #expect(try place.run("export", run.path, "-o", "c.txt", "--to", "parquet").code == 2)
    #expect(try place.run("export", run.path, "-o", "c.jsonl", "--reward", "f2").messages.contains("did you mean f1?"))
    #expect(try place.run("export", "nowhere", "-o", "c.jsonl").code == 2)
    // The extractive policy has no tokens: texts are written, and nothing to learn from.
    _ = try place.run("read", "text.txt", "--ask", "Who wrote the letter?", "--quiet")
    let read = try #require(try place.runs("read").first)
    let texts = try place.run("export", read.path, "-o", "t.jsonl")
    #expect(texts.code == 0 && texts.messages.contains("have no token ids"), "\(texts.messages)")
    #expect(try place.run("export", read.path, "-o", "t.jsonl", "--needs-tokens").code == 2)
  }

  @Test func `draws the evolution of a memory in every form`() throws {
    _ = try place.run("read", "text.txt", "--ask", "Who wrote the letter?", "--quiet")
    let run = try #require(try place.runs("read").first)
    let starts = ["svg": "<?xml", "png": "\u{FFFD}PNG", "pdf": "%PDF", "dot": "digraph"]
    for (form, start) in starts {
      #expect(try place.run("graph", run.path, "-o", "e.\(form)").code == 0)
      let bytes = try Data(contentsOf: place.url.appending(path: "e.\(form)")).prefix(8)
      #expect(String(decoding: bytes, as: UTF8.self).hasPrefix(start), "\(form)")
    }
    let traces = run.appending(path: "traces.jsonl").path
    #expect(try place.run("graph", traces, "-o", "f.svg").code == 0)
    #expect(try place.run("graph", traces, "-o", "f.gif").code == 2)
    #expect(try place.run("graph", traces, "-o", "f.svg", "--question", "nobody").code == 2)
    #expect(try place.run("graph", "nowhere", "-o", "f.svg").code == 2)
    let page = try place.run("graph", traces, "-o", "f.html")
    #expect(page.code == 2 && page.messages.contains("palimpsest view"))
  }

  @Test func `leaves a page of every step, and makes one of a file of traces`() throws {
    let outcome = try place.run("read", "text.txt", "--ask", "Who wrote </script> the letter?", "--answer", "Ada Byron")
    let run = try #require(try place.runs("read").first)
    let own = try String(contentsOf: run.appending(path: "trace.html"), encoding: .utf8)
    #expect(outcome.messages.contains("\(run.lastPathComponent)/trace.html"))
    #expect(own.contains(#""answer":"Ada Byron""#) && own.contains(#""metric":"em""#))
    // The log keeps no text of the chunk; it comes from the file that was read.
    #expect(own.contains(#""c":"Oslo is the capital"#))
    #expect(!own.contains("</script> the letter"))

    #expect(try place.run("view", run.path, "-o", "again.html").code == 0)
    #expect(try String(contentsOf: place.url.appending(path: "again.html"), encoding: .utf8) == own)
    // A text that has changed since is not the one that was read.
    try place.write("text.txt", "Rome is the capital of Italy.")
    #expect(try place.run("view", run.path, "-o", "later.html").code == 0)
    let later = try String(contentsOf: place.url.appending(path: "later.html"), encoding: .utf8)
    #expect(later.contains(#""answer":"Ada Byron""#) && !later.contains(#""c":"#))
    #expect(try place.run("view", run.path, "-o", "x.html", "--question", "nobody").code == 2)
    #expect(try place.run("view", run.path, "-o", "no/such/folder.html").code != 0)
    #expect(try place.run("view", run.path, "-o", "page.png").code == 2)
    let text = try place.run("view", run.path, "--text", "--chunk", "0")
    #expect(
      text.code == 0 && text.output.contains("--- memory after\n") && text.output.contains("  answer     Ada Byron"))
    let calm = try place.run("view", run.path, "--wrong")
    #expect(calm.code == 0 && calm.messages.contains("nothing went wrong"), "\(calm.messages)")
    #expect(try place.run("view", run.path).output.contains("trace.html"))
  }

  @Test func `shows the first questions of an evaluation on its page, verdicts beside them`() throws {
    let outcome = try place.run(
      "eval", "--task", "needle", "--set", "task.tokens=2048", "--set", "task.count=10", "--no-controls", "--json")
    let run = try #require(try place.runs("eval-needle").first)
    let page = try String(contentsOf: run.appending(path: "trace.html"), encoding: .utf8)
    #expect(outcome.messages.contains("trace.html"))
    #expect(page.split(separator: "\n").count { $0.contains(#""ask":"#) && $0.contains(#""metric":"includes""#) } == 8)
    #expect(
      page.contains(#""isHeld":true"#) && page.contains(#""h":[["#), "evidence is followed, and marked in its chunk")
    let first = try #require(page.firstMatch(of: /"id":"([^"]+)"/)).1
    #expect(try place.run("view", run.path, "-o", "one.html", "--question", String(first)).code == 0)
    let one = try String(contentsOf: place.url.appending(path: "one.html"), encoding: .utf8)
    #expect(one.split(separator: "\n").count { $0.contains(#""ask":"#) && $0.contains(#""metric":"#) } == 1)
  }

  /// Its memory stems from another text, whose chunks are not to be taken for pieces of its own.
  @Test func `shows no steps of a control that read nothing`() throws {
    _ = try place.run("eval", "--task", "needle", "--set", "task.tokens=2048", "--set", "task.count=3")
    let run = try #require(try place.runs("eval-needle").first { $0.lastPathComponent.contains("shuffled") })
    let page = try String(contentsOf: run.appending(path: "trace.html"), encoding: .utf8)
    let lines = page.split(separator: "\n")
    #expect(lines.count { $0.contains(#""ask":"#) } == 3)
    #expect(!lines.contains { $0.hasPrefix(#"{"a":"#) } && !page.contains(#""isHeld":true"#))
  }

  @Test func `examines the machine`() throws {
    let outcome = try place.run("doctor", "--json")
    guard case .list(let checks)? = try outcome.objects.first else {
      Issue.record("no checks: \(outcome.messages)")
      return
    }
    let names = checks.compactMap { if case .string(let name)? = $0["name"] { name } else { nil } }
    for name in ["OpenBLAS", "kernels", "HDF5", "Graphviz", "gnuplot", "trait Remote", "runs"] {
      #expect(names.contains(name))
    }
  }

  @Test(.enabled(if: Command.has("hello"), "the experiment hello is not built"))
  func `looks for a script before it runs the experiment for a page`() throws {
    let outcome = try place.run("page", "hello")
    #expect(outcome.code == 2 && outcome.messages.contains("experiments/hello/main.swift"), "\(outcome.messages)")
    #expect(!FileManager.default.fileExists(atPath: place.url.appending(path: "runs").path))
  }

  @Test func `runs experiments it knows and names the nearest of others`() throws {
    let outcome = try place.run("run", "helo")
    #expect(outcome.code == 2 && outcome.messages.contains("did you mean hello?"))
  }
}
