import Palimpsest

/// RULER's question answering: the documents of a question among others of the same file.
struct RulerDocuments: RulerFamily {
  let step = 10
  let hay: String
  private let kind: RulerKind
  private let collection: QACollection
  private let items: [QACollection.Item]
  /// Text of each document, and where its sentences stand.
  private let texts: [(text: String, sentences: [Range<Int>])]
  private let seed: UInt64

  var count: Int? { items.count }
  /// The documents that are always there.
  var least: Int { max(step, items.map(\.own.count).max() ?? 0) }

  init(_ kind: RulerKind, file: String, seed: UInt64) throws {
    guard !file.isEmpty else {
      throw SettingError.outOfRange(
        "task.file", found: "empty",
        why: kind == .squad
          ? "qa_1 needs the JSON of SQuAD's dev set, task.file=dev-v2.0.json"
          : "qa_2 needs the JSON of HotpotQA's dev set with distractors, task.file=hotpot_dev_distractor_v1.json")
    }
    self.kind = kind
    self.seed = seed
    collection = try QACollection(contentsOf: file, format: kind == .squad ? .squad : .hotpotqa, split: "")
    hay = kind == .squad ? "SQuAD" : "HotpotQA"
    // RULER leaves unanswerable questions out.
    items = collection.items.filter { $0.answers != [""] }
    guard !items.isEmpty else { throw QAError.noRecords(file, split: "", known: []) }
    texts = collection.documents.map { document in
      let body = document.body
      guard kind == .hotpot else { return body }
      // Paragraphs of SQuAD stand without the title of their article.
      let shift = document.title.utf8.count + 1
      return (document.title + "\n" + body.text, body.sentences.map { $0.lowerBound + shift..<$0.upperBound + shift })
    }
  }

  func sample(_ index: Int, size: Int, using generator: inout SeededGenerator) -> RulerSample {
    let item = items[index]
    // RULER shuffles with a generator that it seeds anew: the place of a document follows from their number alone.
    var order = SeededGenerator(seed: seed, session: kind.rawValue, purpose: "ruler.order")
    let documents = chosen(for: item, size, using: &generator).shuffled(using: &order)
    var text: [UInt8] = []
    var evidence: [Range<Int>] = []
    var seen: Set<Int> = []
    for (number, document) in documents.enumerated() {
      if number > 0 { text += "\n\n".utf8 }
      text += "Document \(number + 1):\n".utf8
      let (body, sentences) = texts[document]
      let whole = (sentences.first?.lowerBound ?? 0)..<(sentences.last?.upperBound ?? 0)
      if seen.insert(document).inserted {
        for fact in item.facts where fact.document == document {
          let proof = fact.sentence.map { sentences[$0] } ?? whole
          if !proof.isEmpty { evidence.append(text.count + proof.lowerBound..<text.count + proof.upperBound) }
        }
      }
      text += body.utf8
    }
    evidence.sort { $0.lowerBound < $1.lowerBound }
    let instruction =
      "Answer the question based on the given documents. Only give me the answer and do not output any other words.\n\n"
    return RulerSample(
      kind: kind, index: index, before: instruction + "The following are given documents.\n\n",
      context: String(decoding: text, as: UTF8.self), after: "\n\n\(instruction)Question: \(item.ask)", ask: item.ask,
      answerPrefix: " Answer:", outputs: item.answers, evidence: evidence, cluster: item.cluster, size: size)
  }

  /// The question's own documents, then (SQuAD) the rest of their article, then any others. Where more are asked for
  /// than exist, all of them, again and again.
  private func chosen(for item: QACollection.Item, _ size: Int, using generator: inout SeededGenerator) -> [Int] {
    let all = texts.count
    guard size < all else { return (0..<size).map { $0 % all } }
    let own = Set(item.own)
    let near = item.near.filter { !own.contains($0) }
    let missing = size - item.own.count
    if missing <= near.count { return item.own + near.shuffled(using: &generator).prefix(max(0, missing)) }
    let taken = own.union(near)
    let others = texts.indices.filter { !taken.contains($0) }
    return item.own + near
      + sampled(missing - near.count, of: others.count, using: &generator).map { others[$0] }
  }
}
