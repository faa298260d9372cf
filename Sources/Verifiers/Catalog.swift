import Palimpsest

/// The verifiers that need no other part, by name; `judge` and `rubric` stand over them.
public let verifiers: [Catalog<any Verifier>.Entry] = [
  answer("em", "exact match after normalisation, best over accepted answers", .em, "SQuAD, arXiv:1606.05250"),
  answer("f1", "F1 over tokens, best over accepted answers", .f1, "HotpotQA, arXiv:1809.09600"),
  answer("subem", "answer within gold or gold within answer", .subem, "MemAgent, arXiv:2507.02259"),
  answer("subemStrict", "gold within answer, on token borders", .subemStrict, ""),
  .init(
    "includes", "share of accepted answers that stand in the reply", source: "RULER, arXiv:2404.06654",
    defaults: Includes.Settings()
  ) { settings, _ in Includes(settings) },
  .init(
    "babilong", "the target is the only label of its task that the reply mentions",
    source: "BABILong, arXiv:2406.10149",
    defaults: BenchmarkRule()
  ) { settings, _ in BABILongVerifier(settings) },
  .init(
    "choice", "the letter of the right choice, by LongBench v2's rule", source: "LongBench v2, arXiv:2412.15204",
    defaults: ChoiceVerifier.Settings()
  ) { settings, setup in
    guard (0...1).contains(settings.unparsed) else {
      throw SettingError.outOfRange(
        "\(setup.path).unparsed", found: "\(settings.unparsed)", why: "it is a score and lies between 0 and 1")
    }
    return ChoiceVerifier(settings)
  },
  .init(
    "infinitebench", "the rule of the question's task of InfiniteBench", source: "InfiniteBench, arXiv:2402.13718",
    defaults: BenchmarkRule()
  ) { settings, setup in
    guard settings.variety.isEmpty || InfiniteBench.tasks.contains(settings.variety) else {
      throw SettingError.unknownKind(
        of: "variety", settings.variety, nearest: nearest(to: settings.variety, among: InfiniteBench.tasks),
        known: InfiniteBench.tasks)
    }
    return InfiniteBenchVerifier(settings)
  },
  .init(
    "rouge", "ROUGE-L against the accepted answers, the best of them", source: "NarrativeQA, arXiv:1712.07040",
    defaults: RougeVerifier.Settings()
  ) { settings, _ in RougeVerifier(settings) },
  .init("boxed", "the last box equals an accepted answer", source: "MemAgent, arXiv:2507.02259") { _ in BoxedReward() },
  .init(
    "gate", "was the memory written exactly where evidence lies", source: "GRU-Mem, arXiv:2602.10560",
    defaults: GateVerifier.Settings()
  ) { settings, _ in GateVerifier(settings) },
  .init("exit", "was the reading left where the evidence ends", source: "GRU-Mem, arXiv:2602.10560") { _ in
    ExitVerifier()
  },
  .init("format", "1 when every reply follows its form", source: "GRU-Mem, arXiv:2602.10560") { _ in FormatVerifier() },
  .init(
    "length", "soft punishment of replies that are too long", source: "DAPO, arXiv:2503.14476",
    defaults: LengthVerifier.Settings()
  ) { settings, setup in
    guard settings.limit > 0 else {
      throw SettingError.outOfRange(
        "\(setup.path).limit", found: "\(settings.limit)", why: "it must be at least 1 token")
    }
    guard (0...settings.limit).contains(settings.buffer) else {
      throw SettingError.outOfRange(
        "\(setup.path).buffer", found: "\(settings.buffer)", why: "it lies within the limit of \(settings.limit)")
    }
    return LengthVerifier(settings)
  },
  .init("tokens", "tokens of all prompts and replies") { _ in TokensSpent() },
  .init("poison", "did an attack in the text bring the reader to its false answer") { _ in PoisonVerifier() },
  .init("memoryHolds", "does the final memory contain an accepted answer") { _ in MemoryHolds() },
]

/// The entry `rubric`, whose terms are verifiers of a list, or rubrics again.
public func rubricVerifier(of entries: [Catalog<any Verifier>.Entry]) -> Catalog<any Verifier>.Entry {
  .init("rubric", "weighted sum of verifiers", defaults: RubricSettings()) { settings, setup in
    guard !settings.terms.isEmpty else {
      throw SettingError.outOfRange("\(setup.path).terms", found: "[]", why: "a sum needs at least one term")
    }
    return Rubric(
      try settings.terms.enumerated().map { index, term in
        var setup = setup
        setup.path = "\(setup.path).terms[\(index)].verifier"
        guard setup.path.count < 400 else {
          throw SettingError.outOfRange(setup.path, found: "a rubric", why: "rubrics are nested too deeply")
        }
        guard term.weight.isFinite else {
          throw SettingError.outOfRange(setup.path, found: "\(term.weight)", why: "a weight is a number")
        }
        return .init(
          term.weight, try Catalog("verifier", entries + [rubricVerifier(of: entries)]).make(term.verifier, in: setup))
      })
  }
}

private func answer(
  _ name: String, _ summary: String, _ measure: AnswerVerifier.Measure, _ source: String
) -> Catalog<any Verifier>.Entry {
  .init(name, summary, source: source, defaults: AnswerVerifier.Settings()) { settings, _ in
    AnswerVerifier(measure, settings)
  }
}

/// GRU-Mem's reward of a trajectory (arXiv:2602.10560, Eq. 11) unless other terms are given.
private struct RubricSettings: Codable, Sendable {
  struct Term: Codable, Sendable {
    var weight = 1.0
    var verifier = Spec("boxed")
  }

  var terms = [Term(verifier: Spec("boxed")), Term(verifier: Spec("exit")), Term(verifier: Spec("format"))]
}
