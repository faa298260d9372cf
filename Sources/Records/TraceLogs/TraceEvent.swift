import Foundation
import Palimpsest

/// One line of a file of traces. Its first key is always `event`, so that a reader knows the kind
/// before it decodes the line.
enum TraceEvent {
  case file(FileRecord)
  case begin(BeginRecord)
  case resume(ResumeRecord)
  case step(StepRecord)
  case end(EndRecord)

  enum Kind: String, Codable { case file, begin, resume, step, end }

  struct FileRecord: Codable {
    var format = "palimpsest-trace"
    /// 2 since the memory state has its present name and calls have an identity; 1 is read too.
    var version = 2
  }

  /// Reading of a question begins; earlier steps of the same question are void.
  struct BeginRecord: Codable {
    /// The trace's: the question's, with the rollout behind it where there are several.
    var id: String
    /// Absent when it is the id.
    var question: String?
    var rollout: Int?
    var ask: String
    var answers: [String]?
    var evidence: [[Int]]?
    var causalEvidence: [[Int]]?
    /// Absent when it is the question's id.
    var cluster: String?
    var traits: [String: String]?
    var reading: String?
  }

  /// Reading continues behind the last step that the file has of the question.
  struct ResumeRecord: Codable {
    var id: String
    /// The cost so far.
    var tally: Tally
  }

  struct EndRecord: Codable {
    enum Way: String, Codable { case reading, finished, exited, failed }
    var id: String
    var end: Way
    var reason: String?
    var attempts: Int?
    var answer: ExchangeRecord?
    /// The recollection of the answer, where it differs from the memory state's text.
    var recollection: String?
    /// Present when the recollection had no text.
    var recollectionHasNoText: Bool?
    /// The slots the recollection was made of.
    var used: [Int]?
    /// Calls the memory made to recall.
    var recalls: [ExchangeRecord]?
    var tally: Tally
  }
}

extension TraceEvent {
  /// The line, with its line feed.
  func line(_ encoder: JSONEncoder) throws -> Data {
    let (kind, body): (Kind, Data) =
      switch self {
      case .file(let record): (.file, try encoder.encode(record))
      case .begin(let record): (.begin, try encoder.encode(record))
      case .resume(let record): (.resume, try encoder.encode(record))
      case .step(let record): (.step, try encoder.encode(record))
      case .end(let record): (.end, try encoder.encode(record))
      }
    var line = Data("{\"event\":\"\(kind.rawValue)\",".utf8)
    line.append(body.dropFirst())
    line.append(UInt8(ascii: "\n"))
    return line
  }

  init(line: Data, _ decoder: JSONDecoder) throws {
    switch try Self.kind(of: line, decoder) {
    case .file: self = .file(try decoder.decode(FileRecord.self, from: line))
    case .begin: self = .begin(try decoder.decode(BeginRecord.self, from: line))
    case .resume: self = .resume(try decoder.decode(ResumeRecord.self, from: line))
    case .step: self = .step(try decoder.decode(StepRecord.self, from: line))
    case .end: self = .end(try decoder.decode(EndRecord.self, from: line))
    }
  }

  /// The kind of a line: by its first key, or decoded where another program has reordered the keys.
  static func kind(of line: Data, _ decoder: JSONDecoder) throws -> Kind {
    for kind in [Kind.step, .begin, .end, .resume, .file]
    where line.starts(with: Data("{\"event\":\"\(kind.rawValue)\"".utf8)) { return kind }
    struct Head: Decodable { var event: Kind }
    return try decoder.decode(Head.self, from: line).event
  }

  /// The question a line belongs to.
  static func id(of line: Data, _ decoder: JSONDecoder) throws -> String {
    struct Head: Decodable { var id: String }
    return try decoder.decode(Head.self, from: line).id
  }

  static func makeEncoder() -> JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return encoder
  }

  static func makeDecoder() -> JSONDecoder {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return decoder
  }
}

extension TraceEvent.BeginRecord {
  init(_ question: Question, rollout: Int, reading: String?) {
    id = Trace.id(of: question.id, rollout: rollout)
    self.question = rollout == 0 ? nil : question.id
    self.rollout = rollout == 0 ? nil : rollout
    ask = question.ask
    answers = question.answers.isEmpty ? nil : question.answers
    evidence = question.evidence.isEmpty ? nil : question.evidence.map { [$0.lowerBound, $0.upperBound] }
    causalEvidence =
      question.causalEvidence.isEmpty ? nil : question.causalEvidence.map { [$0.lowerBound, $0.upperBound] }
    cluster = question.cluster == question.id ? nil : question.cluster
    traits = question.traits.isEmpty ? nil : question.traits
    self.reading = reading
  }

  /// The question without its text; a caller that resumes it sets the source again.
  func asked() throws -> Question {
    Question(
      id: question ?? id, ask: ask, answers: answers ?? [], evidence: try ranges(evidence, "evidence"),
      causalEvidence: try ranges(causalEvidence, "causalEvidence"), cluster: cluster, traits: traits ?? [:],
      source: .text(""))
  }

  private func ranges(_ given: [[Int]]?, _ name: String) throws -> [Range<Int>] {
    try (given ?? []).map { pair in
      guard pair.count == 2, 0 <= pair[0], pair[0] <= pair[1] else { throw RecordFlaw("\(name) has the range \(pair)") }
      return pair[0]..<pair[1]
    }
  }
}

extension TraceEvent.EndRecord {
  init(_ trace: Trace, settings: TraceLog.Settings, _ tensors: inout TensorRecorder) {
    id = trace.id
    tally = trace.tally
    if let answer = trace.answer {
      var exchanges: [ExchangeRecord] = []
      for exchange in answer.recalls + [answer.exchange] {
        exchanges.append(ExchangeRecord(exchange, after: trace.state, settings: settings, &tensors))
      }
      self.answer = exchanges.removeLast()
      recalls = exchanges.isEmpty ? nil : exchanges
      recollection = answer.recollection == trace.state?.text ? nil : answer.recollection
      recollectionHasNoText = answer.recollection == nil ? true : nil
      used = answer.used.isEmpty ? nil : answer.used
    }
    switch trace.end {
    case .reading: end = .reading
    case .finished: end = .finished
    case .exited: end = .exited
    case .failed(let reason, let attempts):
      end = .failed
      self.reason = reason
      self.attempts = attempts
    }
  }

  /// - Parameters:
  ///   - trace: the trace that ends, as far as it is read.
  ///   - tensors: where tensors are that the line only names.
  func answer(of trace: Trace, tensors: (any TensorSource)?) throws -> Answer? {
    guard let answer else { return nil }
    let id = CallID(question: trace.question.id, rollout: trace.rollout, step: trace.nextIndex, purpose: .answer)
    return Answer(
      try answer.exchange(as: id, after: trace.state, tensors: tensors),
      recalls: try (recalls ?? []).map { try $0.exchange(as: id, after: trace.state, tensors: tensors) },
      recollection: recollectionHasNoText == true ? nil : recollection ?? trace.state?.text, used: used ?? [])
  }

  var way: Trace.End {
    switch end {
    case .reading: .reading
    case .finished: .finished
    case .exited: .exited
    case .failed: .failed(reason: reason ?? "", attempts: attempts ?? 0)
    }
  }

}

extension Tally {
  func checked() throws -> Tally {
    for (name, count) in [
      ("steps", steps), ("updates", updates), ("malformed", malformed), ("retries", retries),
      ("usage.read", usage.read), ("usage.generated", usage.generated),
      ("usage.lostBytes", usage.lostBytes ?? 0),
    ] { _ = try count.checked("tally.\(name)") }
    return self
  }
}
