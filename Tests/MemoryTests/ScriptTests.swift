import Foundation
import Palimpsest
import PolicyScripted
import Support
import Testing

@Suite struct `A scripted policy` {
  let catalog = Catalog<any Policy>("policy", scriptedPolicies)

  func reply(
    _ policy: any Policy, step: Int = 0, session: String = "q", rollout: Int = 0, call: Int = 0, to prompt: Prompt = "x"
  ) async throws -> String {
    try await policy.reply(
      to: prompt, sampling: Sampling(maxTokens: 9),
      call: CallID(question: session, rollout: rollout, step: step, call: call)
    ).text
  }

  @Test func `replays the most particular recording`() async throws {
    let policy = RecordedPolicy([
      Recording(step: 0, reply: "any"), Recording(step: 0, purpose: "draft", reply: "any draft"),
      Recording(session: "a", step: 0, reply: "a"),
      Recording(session: "b", step: 0, purpose: "draft", reply: "b draft"),
      Recording(session: "b", step: 0, purpose: "answer", reply: "b answer"),
    ])
    #expect(try await reply(policy, session: "a") == "a")
    #expect(try await reply(policy, session: "b") == "b draft")
    #expect(try await reply(policy, session: "c") == "any draft")
  }

  @Test func `tells rollouts, and calls of one step, apart`() async throws {
    let policy = RecordedPolicy([
      Recording(step: 0, reply: "first"), Recording(step: 0, call: 1, reply: "second"),
      Recording(rollout: 1, step: 0, reply: "other"),
    ])
    #expect(try await reply(policy) == "first")
    #expect(try await reply(policy, call: 1) == "second")
    #expect(try await reply(policy, rollout: 1) == "other")
    await #expect(throws: ScriptError.missing(CallID(question: "q", rollout: 1, call: 1))) {
      try await reply(policy, rollout: 1, call: 1)
    }
  }

  @Test func `replays a file of JSON Lines`() async throws {
    let file = try temporary(
      #"""
      {"session": "q", "step": 0, "reply": "zero"}

      {"step": 1, "reply": "one", "purpose": "draft"}
      """#)
    defer { try? FileManager.default.removeItem(at: file) }
    let policy = try catalog.make(Spec("recorded", ["file": .string(file.path)]))
    #expect(try await reply(policy) == "zero")
    #expect(try await reply(policy, step: 1) == "one")
    await #expect(throws: ScriptError.missing(CallID(question: "q", step: 2))) {
      try await reply(policy, step: 2)
    }
  }

  @Test func `names the line that is no recording`() throws {
    let file = try temporary("{\"step\": 0, \"reply\": \"a\"}\n{\"step\": \"x\"}\n")
    defer { try? FileManager.default.removeItem(at: file) }
    #expect {
      try RecordedPolicy(file: file)
    } throws: { error in
      guard case .notARecording(_, let line, _) = error as? ScriptError else { return false }
      return line == 2
    }
    #expect(throws: ScriptError.self) { try RecordedPolicy(file: URL(filePath: "/no/such/file")) }
    #expect(throws: SettingError.self) { try catalog.make(Spec("recorded")) }
  }

  @Test func `replies by the first pattern that matches`() async throws {
    let policy = try catalog.make(
      Spec(
        "rules",
        [
          "rules": .list([
            .table([
              "when": .string(#"code of (\w+) is (\d+)"#), "form": .string("page"),
              "reply": .string("{1}={2} {memory} {x} {all}"),
            ]),
            .table(["when": .string("who"), "in": .string("problem"), "reply": .string("{0}? {section}")]),
            .table(["reply": .string("else")]),
          ])
        ]))
    func prompt(_ section: String, _ form: Prompt.Form = .page) -> Prompt {
      let prompt: Prompt = "<problem>\("who is it", .problem)</problem>\("{1} held", .memory)\(section, .section)"
      return prompt.expecting(form)
    }
    #expect(
      try await reply(policy, to: prompt("The code of Oslo is 42, the code of Rome is 7."))
        == "Oslo=42 {1} held {x} code of Oslo is 42\ncode of Rome is 7")
    #expect(try await reply(policy, to: prompt("code of Oslo is 42", .answer)) == "who? code of Oslo is 42")
    #expect(try await reply(policy, to: "x") == "else")
  }

  @Test func `refuses what is no pattern or no rule`() {
    #expect(throws: ScriptError.self) {
      try catalog.make(Spec("rules", ["rules": .list([.table(["when": .string("("), "reply": .string("")])])]))
    }
    #expect(throws: SettingError.unknownKey("rules.wen", nearest: "when", known: ["when", "in", "form", "reply"])) {
      try catalog.make(Spec("rules", ["rules": .list([.table(["wen": .string("a"), "reply": .string("")])])]))
    }
    #expect(throws: SettingError.self) { try catalog.make(Spec("rules")) }
    #expect(throws: SettingError.self) { try catalog.make(Spec("rules", ["rules": .list([.table([:])])])) }
  }

  @Test func `that has no rule for a call says which call`() async {
    let policy = RulesPolicy([.init { _, _, call in call.step == 0 ? "first" : nil }])
    await #expect(throws: ScriptError.silent(CallID(question: "q", step: 1))) {
      try await reply(policy, step: 1)
    }
  }

  @Test func `counts what is read and written`() throws {
    let policy = RulesPolicy([.init { _, _, _ in "two words" }], tokenizer: ByteTokenizer())
    let prompt: Prompt = "<a>\("</a>")"
    let reply = try policy.reply(to: prompt, sampling: Sampling(maxTokens: 9), call: CallID())
    #expect(reply.usage == Usage(read: 9, generated: 9), "‹ takes three bytes")
  }

  private func temporary(_ text: String) throws -> URL {
    let file = FileManager.default.temporaryDirectory.appending(path: "recordings-\(UUID().uuidString).jsonl")
    try Data(text.utf8).write(to: file)
    return file
  }
}
