import Palimpsest

/// A trace in the form of the page's script, without its steps.
struct PageTrace: Codable, Sendable {
  struct Score: Codable, Sendable {
    var metric: String
    var score: Double
    var note: String?
  }

  var id: String
  var ask: String
  var gold: [String]
  /// As it was read out of the reply.
  var answer: String?
  /// The reply, where it is more than the answer.
  var reply: String?
  var end: String
  var scores: [Score]
  var cost: [String: Double]
  var budget: Int?
  var omitted: Int
  var traits: [String: String]
  var facts: [TracePage.Fact]

  init(_ trace: Trace, _ judgement: TracePage.Judgement, omitted: Int, _ settings: TracePage.Settings) {
    func cut(_ text: String) -> String { PageText.cut(text, settings.characters) }
    let question = trace.question
    id = cut(question.id)
    ask = cut(question.ask)
    gold = question.answers.prefix(20).map(cut)
    let raw = trace.answer.map { cut($0.reply.text) }
    answer = judgement.answer.map(cut) ?? raw
    reply = answer == raw ? nil : raw
    end =
      switch trace.end {
      case .reading: "not through"
      case .finished: "read to the end"
      case .exited: "left early"
      case .failed(let reason, let attempts): "failed after \(attempts) attempts: \(cut(reason))"
      }
    scores = judgement.verdicts.sorted { $0.key < $1.key }.map { metric, verdict in
      Score(metric: metric, score: verdict.score, note: verdict.note.isEmpty ? nil : cut(verdict.note))
    }
    let tally = trace.tally
    cost = [
      "steps": Double(tally.steps), "updates": Double(tally.updates), "malformed": Double(tally.malformed),
      "retries": Double(tally.retries), "tokens read": Double(tally.usage.read),
      "tokens generated": Double(tally.usage.generated), "seconds": tally.seconds,
    ]
    budget = trace.state.flatMap { $0.budget.tokens == .max ? nil : $0.budget.tokens }
    self.omitted = omitted
    traits = question.traits
    facts = judgement.facts.map { fact in
      var fact = fact
      fact.text = cut(fact.text)
      return fact
    }
  }
}
