import Palimpsest

/// A trace in the form of the page's script, without its steps.
struct PageTrace: Encodable, Sendable {
  struct Score: Encodable, Sendable {
    var metric: String
    var score: Double
    var note: String?
  }

  /// How the answer came about: what was recalled and from which slots, prompt, reply, tokens read and
  /// generated, warnings, and the number of calls that recalled.
  struct Final: Encodable, Sendable {
    var m: PageString?
    var l: [PageSlot]?
    var q: PageString?
    var r: PageString
    var n: [Int]
    var w: [String]?
    var recalls: Int
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
  /// The reading whose steps are shown, where several questions share it.
  var reading: String?
  var final: Final?

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
    reading = trace.reading.map(cut)
    final = trace.answer.map { answer in
      let used = (answer.used + answer.prompt.used + answer.recalls.flatMap(\.prompt.used))
      let exchanges = answer.recalls + [answer.exchange]
      let warnings = exchanges.flatMap { PageWarning.words(about: $0.reply, named: "the reply") }
      let prompt = cut(answer.prompt.text)
      return Final(
        m: answer.recollection.map { PageString(cut($0)) },
        l: PageSlot.recalled(used, from: trace.state?.slots ?? [], settings.characters),
        q: prompt.isEmpty ? nil : PageString(prompt), r: PageString(cut(answer.reply.text)),
        n: [exchanges.reduce(0) { $0 + $1.reply.usage.read }, exchanges.reduce(0) { $0 + $1.reply.usage.generated }],
        w: warnings.isEmpty ? nil : warnings, recalls: answer.recalls.count)
    }
    facts = judgement.facts.map { fact in
      var fact = fact
      fact.text = cut(fact.text)
      return fact
    }
  }
}
