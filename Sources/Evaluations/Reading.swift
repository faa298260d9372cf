import Palimpsest
import Verifiers

extension Evaluation.Result {
  /// The result of one reading, in the form of `read --json`; nil where nothing was read.
  public var reading: Setting? {
    guard let trace = last else { return nil }
    let tally = trace.tally
    var object: [String: Setting] = [
      "answer": prediction(of: trace).map { .string($0) } ?? .null,
      "steps": .int(tally.steps), "exitStep": .null, "updates": .int(tally.updates),
      "malformed": .int(tally.malformed), "tokensRead": .int(tally.usage.read),
      "tokensGenerated": .int(tally.usage.generated), "seconds": .number(tally.seconds),
      "retries": .int(tally.retries), "memory": .string(trace.state?.text ?? ""), "run": .string(run.place.path),
    ]
    switch trace.end {
    case .reading: object["end"] = .string("reading")
    case .finished: object["end"] = .string("finished")
    case .exited:
      object["end"] = .string("exited")
      object["exitStep"] = trace.steps.last.map { .int($0.chunk.index) } ?? .null
    case .failed(let reason, let attempts):
      object["end"] = .string("failed")
      object["reason"] = .string(reason)
      object["attempts"] = .int(attempts)
    }
    if let citation = trace.answer.flatMap({ Evaluations.citation(in: $0.reply.text) }) {
      object["citation"] = .string(citation)
    }
    if let reason = trace.steps.last?.draft.reason { object["lastReason"] = .string(reason) }
    for (metric, interval) in summary.metrics { object[metric] = .number(interval.value) }
    return .table(object)
  }

  /// The answer for eyes, and what it cost.
  public var words: String {
    guard let trace = last else { return "nothing was read" }
    if case .failed(let reason, _) = trace.end { return "no answer: \(reason)" }
    let tally = trace.tally
    let answer = prediction(of: trace) ?? ""
    let citation = trace.answer.flatMap { Evaluations.citation(in: $0.reply.text) }.map { "\n  “\($0)”" } ?? ""
    let scores = summary.metrics.sorted { $0.key < $1.key }.map { ", \($0.key) \($0.value.value)" }.joined()
    return """
      \(answer.isEmpty ? "(no answer)" : answer)\(citation)
        \(arm.name): \(tally.steps) chunks, \(tally.updates) updates, \(tally.usage.read) tokens read\(scores)
      """
  }
}

/// The sentence a reply stands on, where it names one: what it quotes before its last box.
private func citation(in reply: String) -> String? {
  guard let box = reply.ranges(of: "\\boxed{").last else { return nil }
  let before = reply[..<box.lowerBound]
  guard let open = before.firstIndex(of: "\""), let close = before.lastIndex(of: "\""), open < close else { return nil }
  return String(before[before.index(after: open)..<close])
}
