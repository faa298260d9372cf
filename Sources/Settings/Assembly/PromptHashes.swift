import Palimpsest

extension Reader {
  /// SHA-256 of what the policy is asked at a chunk (`update`) and at the end (`answer`), with the same
  /// words in the holes every time: wording that changed between two versions shows in it.
  func promptHashes() async throws -> [String: String] {
    let listener = Listener(in: policy)
    var reader = self
    reader.policy = listener
    let question = Question(id: "", ask: "question", source: .text(""))
    let chunk = Chunk(index: 0, content: .text("chunk"), range: 0..<5)
    _ = try await memory.draft(from: chunk, for: question, with: listener)
    let updates = await listener.heard
    _ = try await reader.answer(question, from: nil)
    let answers = await listener.heard.dropFirst(updates.count)
    return [
      "update": SHA256.hash(updates.joined(separator: "\n")), "answer": SHA256.hash(answers.joined(separator: "\n")),
    ]
  }
}

/// Says nothing and keeps what it was asked.
private actor Listener: Policy {
  nonisolated let name = "listener"
  nonisolated let serves: Set<Recollection.Site>
  private(set) var heard: [String] = []

  init(in place: any Policy) { serves = place.serves }

  func reply(to prompt: Prompt, sampling: Sampling) -> Reply {
    heard.append(prompt.text)
    return Reply("")
  }
}
