import JSON

/// A record of MuSiQue: paragraphs marked as supporting, and a question taken apart into hops.
///
/// MuSiQue-Full has two records of one id: the answerable question, and the same question over paragraphs that do not
/// answer it. The id of the second one gets `-unanswerable` behind it; both stay in one cluster.
struct MuSiQueRecord {
  struct Paragraph {
    var title: String
    var text: String
    var isSupporting: Bool

    init(_ reader: inout JSONReader, _ field: RecordField) throws {
      let start = reader.begin
      var title, text: String?
      var isSupporting: Bool?
      try reader.object(of: field) { reader, key, field in
        switch key {
        case "title": title = try reader.string(of: field)
        case "paragraph_text": text = try reader.string(of: field)
        case "is_supporting": isSupporting = try reader.bool(of: field)
        default: return false
        }
        return true
      }
      self.title = try needed(title, field.at("title"), of: start)
      self.text = try needed(text, field.at("paragraph_text"), of: start)
      self.isSupporting = try needed(isSupporting, field.at("is_supporting"), of: start)
    }
  }

  var id: String
  var question: String
  var answer: String
  var aliases: [String]
  var isAnswerable: Bool
  var split: String?
  var paragraphs: [Paragraph]
  var hops: Int?

  init(_ reader: inout JSONReader, _ record: RecordField) throws {
    let start = reader.begin
    var id, question, answer, split: String?
    var aliases: [String]?
    var answerable: Bool?
    var paragraphs: [Paragraph]?
    var hops: Int?
    try reader.object(of: record) { reader, key, field in
      switch key {
      case "id": id = try reader.string(of: field)
      case "question": question = try reader.string(of: field)
      case "answer": answer = try reader.string(of: field)
      case "split": split = try reader.optional { try $0.string(of: field) }
      case "answer_aliases": aliases = try reader.optional { try $0.list(of: field) { try $0.string(of: $1) } }
      case "answerable": answerable = try reader.optional { try $0.bool(of: field) }
      case "question_decomposition":
        hops = try reader.optional { try $0.list(of: field) { reader, _ in try reader.skip() }.count }
      case "paragraphs": paragraphs = try reader.list(of: field) { try Paragraph(&$0, $1) }
      default: return false
      }
      return true
    }
    self.id = try needed(id, record.at("id"), of: start)
    self.question = try needed(question, record.at("question"), of: start)
    self.answer = try needed(answer, record.at("answer"), of: start)
    self.paragraphs = try needed(paragraphs, record.at("paragraphs"), of: start)
    self.aliases = aliases ?? []
    isAnswerable = answerable ?? true
    (self.split, self.hops) = (split, hops)
  }

  func item(in collection: inout QACollection) -> QACollection.Item {
    var own: [Int] = []
    var facts: [QACollection.Fact] = []
    for paragraph in paragraphs {
      let place = collection.index(of: .init(title: paragraph.title, sentences: [paragraph.text]))
      own.append(place)
      if paragraph.isSupporting { facts.append(.init(document: place, sentence: nil)) }
    }
    var traits: [String: String] = [:]
    if let hops { traits["hops"] = "\(hops)" }
    if !isAnswerable { traits["answerable"] = "no" }
    return .init(
      id: isAnswerable ? id : "\(id)-unanswerable", ask: question.trimmed,
      answers: isAnswerable ? ([answer] + aliases).unique() : [""],
      facts: facts.unique(), own: own.unique(), cluster: id, traits: traits)
  }
}
