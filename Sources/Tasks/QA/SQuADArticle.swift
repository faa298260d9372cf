import JSON

/// An article of SQuAD, versions 1.1 and 2.0: paragraphs, each with its questions.
struct SQuADArticle {
  struct Paragraph {
    var context: String
    var questions: [Entry]

    init(_ reader: inout JSONReader, _ field: RecordField) throws {
      let start = reader.begin
      var context: String?
      var questions: [Entry]?
      try reader.object(of: field) { reader, key, field in
        switch key {
        case "context": context = try reader.string(of: field)
        case "qas": questions = try reader.list(of: field) { try Entry(&$0, $1) }
        default: return false
        }
        return true
      }
      self.context = try needed(context, field.at("context"), of: start)
      self.questions = try needed(questions, field.at("qas"), of: start)
    }
  }

  struct Entry {
    var id: String
    var question: String
    var answers: [String]
    var isImpossible: Bool

    init(_ reader: inout JSONReader, _ field: RecordField) throws {
      let start = reader.begin
      var id, question: String?
      var answers: [String]?
      var isImpossible: Bool?
      try reader.object(of: field) { reader, key, field in
        switch key {
        case "id": id = try reader.string(of: field)
        case "question": question = try reader.string(of: field)
        case "answers": answers = try reader.optional { try $0.list(of: field, Self.answer) }
        case "is_impossible": isImpossible = try reader.optional { try $0.bool(of: field) }
        default: return false
        }
        return true
      }
      self.id = try needed(id, field.at("id"), of: start)
      self.question = try needed(question, field.at("question"), of: start)
      self.answers = answers ?? []
      self.isImpossible = isImpossible ?? false
    }

    private static func answer(_ reader: inout JSONReader, _ field: RecordField) throws -> String {
      let start = reader.begin
      var text: String?
      try reader.object(of: field) { reader, key, field in
        guard key == "text" else { return false }
        text = try reader.string(of: field)
        return true
      }
      return try needed(text, field.at("text"), of: start)
    }
  }

  var title: String
  var paragraphs: [Paragraph]

  init(_ reader: inout JSONReader, _ field: RecordField) throws {
    let start = reader.begin
    var title: String?
    var paragraphs: [Paragraph]?
    try reader.object(of: field) { reader, key, field in
      switch key {
      case "title": title = try reader.string(of: field)
      case "paragraphs": paragraphs = try reader.list(of: field) { try Paragraph(&$0, $1) }
      default: return false
      }
      return true
    }
    self.title = try needed(title, field.at("title"), of: start)
    self.paragraphs = try needed(paragraphs, field.at("paragraphs"), of: start)
  }

  /// The articles of a file, under its key `data`.
  static func articles(_ records: QARecords) throws -> [SQuADArticle] {
    var articles: [SQuADArticle]?
    try records.whole { reader, file in
      let start = reader.begin
      try reader.object(of: file) { reader, key, field in
        guard key == "data" else { return false }
        articles = try reader.list(of: field) { try SQuADArticle(&$0, $1) }
        return true
      }
      articles = try needed(articles, file.at("data"), of: start)
    }
    return articles ?? []
  }
}

extension SQuADArticle {
  /// The items of an article. What proves an answer is its paragraph: the offset of an answer is
  /// that of one occurrence, which need not be the one that was meant.
  func items(in collection: inout QACollection) -> [QACollection.Item] {
    let title = title.replacing("_", with: " ")
    let first = collection.documents.count
    let places = paragraphs.map { collection.index(of: .init(title: title, sentences: [$0.context])) }
    let near = first..<collection.documents.count
    return zip(paragraphs, places).flatMap { paragraph, place in
      paragraph.questions.map { entry in
        let golds = entry.answers.unique()
        return QACollection.Item(
          id: entry.id, ask: entry.question.trimmed,
          // The unanswerable question's accepted answer is the empty one.
          answers: entry.isImpossible || golds.isEmpty ? [""] : golds,
          facts: entry.isImpossible ? [] : [.init(document: place, sentence: nil)], own: [place], near: near,
          cluster: title, traits: entry.isImpossible ? ["answerable": "no"] : [:])
      }
    }
  }
}
