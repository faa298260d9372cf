import JSON

/// A record of HotpotQA, and of 2WikiMultihopQA, which took over its form.
///
/// Two forms are read. The authors' files have pairs, `context: [[title, [sentence, …]], …]` and
/// `supporting_facts: [[title, index], …]`, and the key `_id`. Files written from Hugging Face's data sets have
/// columns, `context: {title: […], sentences: [[…], …]}` and `supporting_facts: {title: […], sent_id: […]}`, and the
/// key `id`.
struct HotpotRecord {
  struct Paragraph {
    var title: String
    var sentences: [String]
  }

  struct Support: Hashable {
    var title: String
    var sentence: Int
  }

  var id: String
  var question: String
  var answer: String
  var type: String?
  var level: String?
  var split: String?
  var facts: [Support]
  var context: [Paragraph]

  init(_ reader: inout JSONReader, _ record: RecordField) throws {
    let start = reader.begin
    var id, question, answer, type, level, split: String?
    var facts: [Support]?
    var context: [Paragraph]?
    try reader.object(of: record) { reader, key, field in
      switch key {
      case "_id": id = try reader.string(of: field)
      case "id": id = try id ?? reader.string(of: field)
      case "question": question = try reader.string(of: field)
      case "answer": answer = try reader.string(of: field)
      case "type": type = try reader.optional { try $0.string(of: field) }
      case "level": level = try reader.optional { try $0.string(of: field) }
      case "split": split = try reader.optional { try $0.string(of: field) }
      case "supporting_facts": facts = try Self.facts(&reader, field)
      case "context": context = try Self.context(&reader, field)
      default: return false
      }
      return true
    }
    self.id = try needed(id, record.at("_id"), of: start)
    self.question = try needed(question, record.at("question"), of: start)
    self.answer = try needed(answer, record.at("answer"), of: start)
    self.facts = try needed(facts, record.at("supporting_facts"), of: start)
    self.context = try needed(context, record.at("context"), of: start)
    (self.type, self.level, self.split) = (type, level, split)
  }

  private static func context(_ reader: inout JSONReader, _ field: RecordField) throws -> [Paragraph] {
    try pairs(&reader, field, ("title", "sentences")) { reader, field in
      try reader.list(of: field) { try $0.string(of: $1) }
    }.map { Paragraph(title: $0, sentences: $1) }
  }

  private static func facts(_ reader: inout JSONReader, _ field: RecordField) throws -> [Support] {
    try pairs(&reader, field, ("title", "sent_id")) { try $0.whole(of: $1) }
      .map { Support(title: $0, sentence: $1) }
  }

  /// Pairs of a string and a value, in rows (`[[string, value], …]`) or in columns (`{names.0: […], names.1: […]}`).
  private static func pairs<Value>(
    _ reader: inout JSONReader, _ field: RecordField, _ names: (String, String),
    _ value: (inout JSONReader, RecordField) throws -> Value
  ) throws -> [(String, Value)] {
    guard reader.kind == .table else {
      return try reader.list(of: field) { reader, field in
        let start = reader.begin
        var (first, second): (String?, Value?)
        var count = 0
        _ = try reader.list(of: field) { reader, field in
          switch count {
          case 0: first = try reader.string(of: field)
          case 1: second = try value(&reader, field)
          default: try reader.skip()
          }
          count += 1
        }
        guard let first, let second else {
          throw RecordFault(
            byte: start, field: field, expected: "a pair of \(names.0) and \(names.1)", found: "\(count) values")
        }
        return (first, second)
      }
    }
    let start = reader.begin
    var firsts: [String]?
    var seconds: [Value]?
    try reader.object(of: field) { reader, key, field in
      switch key {
      case names.0: firsts = try reader.list(of: field) { try $0.string(of: $1) }
      case names.1: seconds = try reader.list(of: field, value)
      default: return false
      }
      return true
    }
    let (left, right) = (
      try needed(firsts, field.at(names.0), of: start), try needed(seconds, field.at(names.1), of: start)
    )
    guard left.count == right.count else {
      throw RecordFault(
        byte: start, field: field, expected: "columns of one length",
        found: "\(left.count) of \(names.0) and \(right.count) of \(names.1)")
    }
    return Array(zip(left, right))
  }

  func item(in collection: inout QACollection) -> QACollection.Item {
    var own: [Int] = []
    var facts: [QACollection.Fact] = []
    var resolved = 0
    let byTitle = Dictionary(grouping: self.facts, by: \.title)
    for paragraph in context {
      let place = collection.index(of: .init(title: paragraph.title, sentences: paragraph.sentences))
      own.append(place)
      for fact in byTitle[paragraph.title] ?? [] {
        guard paragraph.sentences.indices.contains(fact.sentence) else { continue }
        resolved += 1
        facts.append(.init(document: place, sentence: fact.sentence))
      }
    }
    var traits: [String: String] = [:]
    traits["type"] = type
    traits["level"] = level
    // The official files have a few facts that name a sentence which does not exist.
    if resolved < self.facts.count { traits["unresolvedFacts"] = "\(self.facts.count - resolved)" }
    return .init(
      id: id, ask: question.trimmed, answers: [answer], facts: facts.unique(), own: own.unique(), traits: traits)
  }
}
