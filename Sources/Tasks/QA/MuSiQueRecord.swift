/// A record of MuSiQue: paragraphs marked as supporting, and a question taken apart into hops.
struct MuSiQueRecord: Decodable {
  struct Paragraph: Decodable {
    var title: String
    var text: String
    var isSupporting: Bool

    enum CodingKeys: String, CodingKey {
      case text = "paragraph_text"
      case isSupporting = "is_supporting"
      case title
    }
  }

  struct Hop: Decodable {}

  var id: String
  var question: String
  var answer: String
  var aliases: [String]?
  var answerable: Bool?
  var split: String?
  var paragraphs: [Paragraph]
  var hops: [Hop]?

  enum CodingKeys: String, CodingKey {
    case aliases = "answer_aliases"
    case hops = "question_decomposition"
    case id, question, answer, answerable, split, paragraphs
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
    if let hops { traits["hops"] = "\(hops.count)" }
    let isAnswerable = answerable ?? true
    if !isAnswerable { traits["answerable"] = "no" }
    return .init(
      id: id, ask: question.trimmed,
      answers: isAnswerable ? ([answer] + (aliases ?? [])).unique() : [""],
      facts: facts.unique(), own: own.unique(), traits: traits)
  }
}
