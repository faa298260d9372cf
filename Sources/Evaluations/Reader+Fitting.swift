import Palimpsest

extension Reader {
  /// Checks from the first chunk, without a call, whether prompts and replies fit the policy's context
  /// length when the page is full.
  ///
  /// - Throws: `SettingError.outOfRange` with the sizes that do not fit, before a token is spent.
  func checkFit(of question: Question, counting tokenizer: any Tokenizer) async throws {
    guard let window = policy.contextLength else { return }
    var chunks = Chunks(source: question.source, chunker: chunker).makeAsyncIterator()
    guard let chunk = try await chunks.next() else { return }
    let counter = PlanningPolicy(in: policy, tokenizer: tokenizer)
    var memory = memory
    // The first draft fills the page, the second one is shown it.
    for _ in 0..<2 {
      let caller = Caller(counter, as: CallID(question: question.id, step: chunk.index))
      let draft = try await memory.draft(from: chunk, for: question, with: caller)
      _ = memory.write(draft, strength: 1)
    }
    guard counter.longest > window else { return }
    let section = chunk.text.map(tokenizer.count) ?? 0
    let page = memory.state.tokens
    throw SettingError.outOfRange(
      "policy.contextLength", found: "\(window) tokens",
      why: "a prompt and its reply take up to \(counter.longest): \(section) for the chunk, \(page) for the page, "
        + "\(counter.longestReply) for the reply, \(max(0, counter.longest - section - page - counter.longestReply)) for "
        + "the template and the question; lower chunker.size or memory.tokens")
  }
}
