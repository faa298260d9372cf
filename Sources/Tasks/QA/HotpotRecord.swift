/// A record of HotpotQA, and of 2WikiMultihopQA, which took over its form.
struct HotpotRecord: Decodable {
  /// `[title, [sentence, …]]`
  struct Paragraph: Decodable {
    var title: String
    var sentences: [String]

    init(from decoder: any Decoder) throws {
      var pair = try decoder.unkeyedContainer()
      title = try pair.decode(String.self)
      sentences = try pair.decode([String].self)
    }
  }

  /// `[title, sentence index]`
  struct Support: Decodable {
    var title: String
    var sentence: Int

    init(from decoder: any Decoder) throws {
      var pair = try decoder.unkeyedContainer()
      title = try pair.decode(String.self)
      sentence = try pair.decode(Int.self)
    }
  }

  var id: String
  var question: String
  var answer: String
  var type: String?
  var level: String?
  var split: String?
  var facts: [Support]
  var context: [Paragraph]

  enum CodingKeys: String, CodingKey {
    case id = "_id"
    case facts = "supporting_facts"
    case question, answer, type, level, split, context
  }

  func item(in collection: inout QACollection) -> QACollection.Item {
    var own: [Int] = []
    var facts: [QACollection.Fact] = []
    var resolved = 0
    for paragraph in context {
      let place = collection.index(of: .init(title: paragraph.title, sentences: paragraph.sentences))
      own.append(place)
      for fact in self.facts where fact.title == paragraph.title {
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
