import Palimpsest

/// The metrics by the names that vectors use.
enum Metric {
  typealias Score = @Sendable (Inputs) throws -> Setting

  static func score(_ name: String, _ inputs: Inputs) throws -> Setting {
    guard let metric = all[name] else {
      throw VectorError.unknownMetric(name, nearest: nearest(to: name, among: all.keys.sorted()))
    }
    return try metric(inputs)
  }

  static let all: [String: Score] = squad.merging(hotpot) { $1 }.merging(memAgent) { $1 }
    .merging(ruler) { $1 }.merging(locomo) { $1 }.merging(longBench) { $1 }.merging(others) { $1 }

  private static let squad: [String: Score] = [
    "squad.normalize": { .string(SQuAD.normalize(try $0.text("text"))) },
    "squad1.exact_match": { .number(try SQuAD.exactMatch($0.text("prediction"), golds: $0.texts("golds"))) },
    "squad1.f1": { .number(try SQuAD.f1($0.text("prediction"), golds: $0.texts("golds"))) },
    "squad2.exact": { .number(SQuAD.exactWithNoAnswer(try $0.text("prediction"), gold: try $0.text("gold"))) },
    "squad2.f1": { .number(SQuAD.f1WithNoAnswer(try $0.text("prediction"), gold: try $0.text("gold"))) },
  ]

  private static let hotpot: [String: Score] = [
    "hotpot.f1_prec_recall": hotpotF1,
    "hotpot.supporting_facts": { inputs in
      let facts = HotpotQA.supportingFacts(try inputs.facts("prediction"), gold: try inputs.facts("gold"))
      return .table([
        "sp_em": .number(facts.exact), "sp_f1": .number(facts.f1), "sp_prec": .number(facts.precision),
        "sp_recall": .number(facts.recall),
      ])
    },
  ]

  @Sendable private static func hotpotF1(_ inputs: Inputs) throws -> Setting {
    let score = HotpotQA.f1(try inputs.text("prediction"), gold: try inputs.text("gold"))
    return .list([.number(score.f1), .number(score.precision), .number(score.recall)])
  }

  private static let memAgent: [String: Score] = [
    "memagent.reward": { .number(try MemAgent.reward($0.text("solution"), golds: $0.texts("golds"))) },
    "memagent.extract_boxed": { .text(try MemAgent.extractBoxed($0.text("text"))) },
    "memagent.extract_answer": { .text(MemAgent.extractAnswer(try $0.text("text"))) },
    "memagent.extract_solution": { .string(MemAgent.extractSolution(try $0.text("text"))) },
    "memagent.exact_match": { .bool(MemAgent.exactMatch(try $0.text("prediction"), gold: try $0.text("gold"))) },
    "memagent.sub_em": { .bool(MemAgent.subEM(try $0.text("prediction"), gold: try $0.text("gold"))) },
    "memagent.f1_prec_recall": hotpotF1,
    "memagent.ruler_hqa_item": { inputs in
      let item = try MemAgent.item(inputs.text("response"), golds: inputs.texts("golds"))
      return .table([
        "pred": .text(item.prediction), "f1": .number(item.f1), "em": .number(item.exactMatch),
        "sub_em": .number(item.subEM),
      ])
    },
  ]

  private static let ruler: [String: Score] = [
    "ruler.postprocess": { .string(RULER.postprocess(try $0.text("prediction"))) },
    "ruler.string_match_all": {
      .number(try RULER.stringMatchAll($0.texts("predictions"), references: $0.textLists("references")))
    },
    "ruler.string_match_part": {
      .number(try RULER.stringMatchPart($0.texts("predictions"), references: $0.textLists("references")))
    },
  ]

  private static let locomo: [String: Score] = [
    "locomo.normalize": { .string(LoCoMo.normalize(try $0.text("text"))) },
    "locomo.stem": { .string(PorterStemmer.stem(PythonText(try $0.text("word"))).string) },
    "locomo.f1": { .number(LoCoMo.f1(try $0.text("prediction"), gold: try $0.text("gold"))) },
    "locomo.multi_f1": { .number(LoCoMo.multiF1(try $0.text("prediction"), gold: try $0.text("gold"))) },
    "locomo.qa_item": {
      .number(
        try LoCoMo.score(
          category: $0.whole("category"), answer: $0.written("answer"), prediction: $0.text("prediction")))
    },
  ]

  private static let longBench: [String: Score] = [
    "longbench.qa_f1": { .number(LongBench.f1(try $0.text("prediction"), gold: try $0.text("gold"))) },
    "longbench.count": { .number(LongBench.count(try $0.text("prediction"), gold: try $0.written("gold"))) },
    "longbench.retrieval": { .number(try LongBench.retrieval($0.text("prediction"), gold: $0.text("gold"))) },
    "longbench2.extract_choice": { .text(LongBench.extractChoice(try $0.text("response"))) },
  ]

  private static let others: [String: Score] = [
    "babilong.compare": {
      .bool(
        try BABILong.compare(
          task: $0.text("task"), target: $0.text("target"), output: $0.text("output"), question: $0.text("question")))
    },
    "infinitebench.score": {
      .number(
        try InfiniteBench.score(
          task: $0.text("task"), prediction: $0.text("prediction"), label: $0.value("label"),
          skipsFirstNumber: $0.values["model"] == .string("gpt4") || $0.values["model_name"] == .string("gpt4")))
    },
    "longmemeval.retrieval": {
      let score = try LongMemEval.retrieval(
        rankings: $0.wholes("rankings"), correct: $0.texts("correct"), corpus: $0.texts("corpus"), k: $0.whole("k"))
      return .list([.number(score.any), .number(score.all), .number(score.nDCG)])
    },
    "oolong.real_score": { .number(OOLONG.realScore(answer: try $0.written("answer"), output: try $0.text("output"))) },
    "oolong.synth_score": {
      .number(
        try OOLONG.synthScore(answer: $0.text("answer"), type: $0.text("answer_type"), output: $0.text("output")))
    },
  ]
}

/// The inputs of a case, each asked for by the type it must have.
struct Inputs: Sendable {
  let values: [String: Setting]

  init(_ values: [String: Setting]) { self.values = values }

  func value(_ key: String) throws -> Setting {
    guard let value = values[key] else { throw VectorError.wrongInput(key, expected: "there") }
    return value
  }

  func text(_ key: String) throws -> String {
    guard case .string(let text) = try value(key) else { throw VectorError.wrongInput(key, expected: "a text") }
    return text
  }

  /// `str(value)`
  func written(_ key: String) throws -> String {
    switch try value(key) {
    case .string(let text): text
    case .int(let int): "\(int)"
    case .number(let number): "\(number)"
    case .bool(let bool): bool ? "True" : "False"
    case .null: "None"
    default: throw VectorError.wrongInput(key, expected: "a text or a number")
    }
  }

  func whole(_ key: String) throws -> Int {
    guard case .int(let int) = try value(key) else { throw VectorError.wrongInput(key, expected: "a whole number") }
    return int
  }

  func list(_ key: String) throws -> [Setting] {
    guard case .list(let list) = try value(key) else { throw VectorError.wrongInput(key, expected: "a list") }
    return list
  }

  func texts(_ key: String) throws -> [String] {
    try list(key).map {
      guard case .string(let text) = $0 else { throw VectorError.wrongInput(key, expected: "a list of texts") }
      return text
    }
  }

  func textLists(_ key: String) throws -> [[String]] {
    try list(key).map { try Inputs([key: $0]).texts(key) }
  }

  func wholes(_ key: String) throws -> [Int] { try list(key).map { try Inputs([key: $0]).whole(key) } }

  /// Facts as tuples, texts told apart by code points.
  func facts(_ key: String) throws -> [[Fact]] {
    try list(key).map { try Inputs([key: $0]).list(key).map(Fact.init) }
  }

  enum Fact: Hashable, Sendable {
    case text(PythonText)
    case number(Double)
    case other(Setting)

    init(_ value: Setting) {
      if case .string(let text) = value {
        self = .text(PythonText(text))
      } else if let number = value.double {
        self = .number(number)
      } else {
        self = .other(value)
      }
    }
  }
}

extension Setting {
  /// A text, or null where there is none.
  fileprivate static func text(_ text: String?) -> Setting { text.map { .string($0) } ?? .null }
}
