/// A file of SQuAD, versions 1.1 and 2.0: articles of paragraphs, each with its questions.
struct SQuADFile: Decodable {
  struct Article: Decodable {
    var title: String
    var paragraphs: [Paragraph]
  }

  struct Paragraph: Decodable {
    var context: String
    var qas: [Entry]
  }

  struct Entry: Decodable {
    struct Answer: Decodable { var text: String }

    var id: String
    var question: String
    var answers: [Answer]?
    var isImpossible: Bool?

    enum CodingKeys: String, CodingKey {
      case isImpossible = "is_impossible"
      case id, question, answers
    }
  }

  var data: [Article]
}

extension SQuADFile.Article {
  /// The items of an article. What proves an answer is its paragraph: the offset of an answer is
  /// that of one occurrence, which need not be the one that was meant.
  func items(in collection: inout QACollection) -> [QACollection.Item] {
    let title = title.replacing("_", with: " ")
    let first = collection.documents.count
    let places = paragraphs.map { collection.index(of: .init(title: title, sentences: [$0.context])) }
    let near = first..<collection.documents.count
    return zip(paragraphs, places).flatMap { paragraph, place in
      paragraph.qas.map { entry in
        let isImpossible = entry.isImpossible ?? false
        let golds = (entry.answers ?? []).map(\.text).unique()
        return QACollection.Item(
          id: entry.id, ask: entry.question.trimmed,
          // The unanswerable question's accepted answer is the empty one.
          answers: isImpossible || golds.isEmpty ? [""] : golds,
          facts: isImpossible ? [] : [.init(document: place, sentence: nil)], own: [place], near: near,
          cluster: title, traits: isImpossible ? ["answerable": "no"] : [:])
      }
    }
  }
}
