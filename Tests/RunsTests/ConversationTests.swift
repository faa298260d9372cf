import Foundation
import Palimpsest
import Runs
import Support
import Terminal
import Testing
import TraceLogs

@Suite struct `The conversations of a run` {
  private func exchange(
    _ text: String, _ prompt: [Int], _ tokens: [Int], drawn: [Float] = [], mask: [Bool] = [], step: Int,
    purpose: CallID.Purpose = .draft
  ) -> Exchange {
    var reply = Reply(
      text, tokens: tokens, logProbabilities: tokens.map { -Float($0) / 8 },
      usage: Usage(read: prompt.count, generated: tokens.count),
      model: "tiny")
    reply.promptTokens = prompt
    reply.mask = mask
    reply.samplerLogProbabilities = drawn
    return Exchange(call: CallID(question: "q", step: step, purpose: purpose), prompt: "", reply: reply)
  }

  /// Two readings of one run: one that ended well, and one that failed at its second chunk.
  private func folder(_ scratch: Scratch, hasVerdicts: Bool = true, hasTokens: Bool = true) async throws -> URL {
    let log = try TraceLog(scratch.file("traces.jsonl"))
    for id in ["q,1", "q\"2"] {
      var trace = Trace(of: Question(id: id, ask: "who?", answers: ["Ada"], cluster: "d", source: .text("Ada\nwrote.")))
      let draft = Draft(
        exchanges: [
          exchange(
            "page, \"one\"\nline", [1, 2], hasTokens ? [3, 4] : [], drawn: hasTokens ? [-0.5, -.infinity] : [],
            mask: hasTokens ? [true, false] : [], step: 0)
        ])
      trace.append(
        Step(
          chunk: Chunk(index: 0, content: .text("Ada"), range: 0..<3), draft: draft, decision: Decision(write: 1),
          changes: [],
          after: MemoryState(budget: Budget(tokens: 9))))
      if id == "q,1" {
        trace.end = .finished
        trace.close(with: Answer(exchange("=Ada", [5], [6], step: 1, purpose: .answer)))
      } else {
        trace.end = .failed(reason: "no credit", attempts: 3)
      }
      try await log.record(trace)
    }
    if hasVerdicts {
      func line(_ id: String, _ end: String, _ scores: String) -> String {
        #"{"id":"\#(id)","cluster":"d","end":"\#(end)","scores":{\#(scores)},"notes":{},"retried":false,"steps":1,"updates":1,"#
          + #""malformed":0,"tokensRead":3,"tokensGenerated":3,"memoryTokens":0,"memoryBytes":0,"seconds":0}"# + "\n"
      }
      let lines = line("q,1", "finished", #""em":1,"f1":0.5"#) + line("q\\\"2", "failed", #""em":0.25,"f1":0"#)
      try Data(lines.utf8).write(to: scratch.file("verdicts.jsonl"))
    }
    return scratch.url
  }

  private func rows(_ path: String) throws -> [Setting] {
    try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
      .map { try JSONDecoder().decode(Setting.self, from: Data($0.utf8)) }
  }

  @Test func `are rows with tokens, masks, log-probabilities and the trajectory's reward`() async throws {
    let scratch = try Scratch()
    let path = scratch.file("out.jsonl").path
    let report = try ConversationExport(of: await folder(scratch)).write(to: path, as: .jsonl)
    #expect(report.trajectories == 2 && report.conversations == 3 && report.reward == "em")
    #expect(report.withoutTokens + report.withoutLogProbabilities + report.withoutReward == 0)
    let rows = try rows(path)
    #expect(rows.map { $0["question"] } == ["q,1", "q,1", "q\"2"])
    #expect(rows.map { $0["turn"]?.line } == ["0", "1", "0"] && rows.map { $0["turns"]?.line } == ["2", "2", "1"])
    #expect(rows.map { $0["purpose"] } == ["draft", "answer", "draft"])
    // Failed readings earn 0, whatever a verifier said of them.
    #expect(rows.map { $0["reward"]?.line } == ["1", "1", "0"])
    #expect(rows[0]["scores"]?.line == #"{"em":1,"f1":0.5}"# && rows[0]["cluster"] == "d" && rows[0]["model"] == "tiny")
    #expect(rows[0]["prompt_ids"]?.line == "[1,2]" && rows[0]["completion_ids"]?.line == "[3,4]")
    #expect(rows[0]["completion_mask"]?.line == "[1,0]")
    // The distribution that was drawn from, not the model's; a value that is not finite is none.
    #expect(rows[0]["logprobs"]?.line == "[-0.5,null]" && rows[1]["logprobs"]?.line == "[-0.75]")
    for row in rows {
      guard case .table(let table) = row else { continue }
      #expect(Set(table.keys) == Set(Conversation.columns), "every row has every column")
    }
  }

  @Test func `are the same as comma-separated values`() async throws {
    let scratch = try Scratch()
    let path = scratch.file("out.csv").path
    try ConversationExport(of: await folder(scratch), reward: "f1").write(to: path, as: .csv)
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(
      text.hasPrefix(Conversation.columns.joined(separator: ",") + "\n\"q,1\",\"q,1\",0,d,,0,0,draft,0,2,finished,0.5,")
    )
    #expect(text.contains(#","[1,2]","[3,4]","[1,0]","[-0.5,null]",,"page, ""one"""#))
    // No quote is put before what a spreadsheet takes for a formula: a trainer needs the text as it was.
    #expect(text.contains(",[5],[6],[1],[-0.75],,=Ada,stop,1,1\n"))
    #expect(text.contains("\n\"q\"\"2\",\"q\"\"2\",0,"))
  }

  @Test func `without tokens are written as texts, or refused where they are needed`() async throws {
    let scratch = try Scratch()
    let export = try ConversationExport(of: await folder(scratch, hasVerdicts: false, hasTokens: false))
    let path = scratch.file("out.jsonl").path
    let report = try export.write(to: path, as: .jsonl)
    #expect(report.withoutTokens == 2 && report.withoutReward == 2 && report.reward == nil)
    let first = try rows(path)[0]
    #expect(first["prompt_ids"]?.line == "null" && first["reward"]?.line == "null")
    try FileManager.default.removeItem(atPath: path)
    #expect(throws: SampleError.self) { try export.write(to: path, as: .jsonl, needsTokens: true) }
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test func `are those of a run, whose metrics are known`() async throws {
    let scratch = try Scratch()
    let none = complaint { try ConversationExport(of: scratch.url) }
    #expect(none?.contains("has no traces.jsonl") == true)
    let folder = try await folder(scratch)
    let unknown = complaint { try ConversationExport(of: folder, reward: "f2") }
    #expect(unknown?.contains("did you mean f1?") == true)
    let full = complaint {
      try ConversationExport(of: folder).write(to: scratch.file("no/such.jsonl").path, as: .jsonl)
    }
    #expect(full?.contains("cannot be written") == true)
  }
}
