import Palimpsest

/// A trace of chunks of ten bytes, built by hand.
func trace(
  answers: [String] = ["Paris"], evidence: [Range<Int>] = [], causal: [Range<Int>] = [], writes: [Float] = [],
  malformed: Set<Int> = [], generated: Int = 1, memory: String = "", reply: String? = nil,
  end: Trace.End = .finished, id: String = "q"
) -> Trace {
  let question = Question(
    id: id, ask: "where?", answers: answers, evidence: evidence, causalEvidence: causal, source: .text(""))
  var trace = Trace(of: question)
  let slot = Slot(id: 0, content: .text(memory), tokens: 1, origins: [0])
  for (index, write) in writes.enumerated() {
    let chunk = Chunk(index: index, content: .text("0123456789"), range: (10 * index)..<(10 * index + 10))
    let exchange = Exchange(prompt: "", reply: Reply("", usage: Usage(read: 2, generated: generated)))
    let draft = Draft(exchanges: [exchange], signals: malformed.contains(index) ? Signals(malformed: 1) : Signals())
    trace.append(
      Step(
        chunk: chunk, draft: draft, decision: Decision(write: write), changes: [],
        after: MemoryState(budget: Budget(tokens: 9), slots: [slot])))
  }
  trace.end = end
  if let reply {
    trace.close(with: Answer(Exchange(prompt: "", reply: Reply(reply, usage: Usage(read: 3, generated: 1)))))
  }
  return trace
}
