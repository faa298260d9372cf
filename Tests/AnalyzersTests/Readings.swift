import Palimpsest

/// A trace written down by hand: one chunk and one page after it per step.
func reading(
  _ steps: [(chunk: String, page: String)], id: String = "q", evidence: [String] = [], causal: [String] = [],
  traits: [String: String] = [:], end: Trace.End = .finished, budget: Int = 1000, unread: String = ""
) -> Trace {
  let text = steps.map(\.chunk).joined() + unread
  func ranges(_ facts: [String]) -> [Range<Int>] {
    facts.compactMap { fact in
      text.firstRange(of: fact).map {
        let start = text.utf8.distance(from: text.startIndex, to: $0.lowerBound)
        return start..<(start + fact.utf8.count)
      }
    }
  }
  var trace = Trace(
    of: Question(
      id: id, ask: "?", evidence: ranges(evidence), causalEvidence: ranges(causal), traits: traits, source: .text(text))
  )
  var state = MemoryState(budget: Budget(tokens: budget, slots: 1))
  var offset = 0
  for (index, step) in steps.enumerated() {
    let chunk = Chunk(index: index, content: .text(step.chunk), range: offset..<(offset + step.chunk.utf8.count))
    let isChange = step.page != state.text
    let slot = Slot(id: 0, content: .text(step.page), tokens: step.page.utf8.count, origins: [index])
    let changes = isChange ? state.apply([.write(slot, because: "test")]) : []
    trace.append(
      Step(
        chunk: chunk, draft: Draft(), decision: Decision(write: isChange ? 1 : 0), changes: changes, after: state,
        seconds: 1))
    offset += step.chunk.utf8.count
  }
  trace.end = end
  return trace
}

let right = Verdict(1)
let wrong = Verdict(0)
