import Palimpsest

/// Builds the text of an item: which documents, in which order, and where the evidence stands.
struct DocumentMix: Sendable {
  private let collection: QACollection
  private let settings: QATask.Settings
  private let seed: UInt64
  /// Tokens of each document with its heading; empty when tokens are not asked for.
  private let costs: [Int]

  /// - Throws: where an item cannot be built as wanted, before the first one is.
  init(
    of collection: QACollection, for items: [QACollection.Item], settings: QATask.Settings,
    tokenizer: any Tokenizer, seed: UInt64
  ) throws {
    self.collection = collection
    self.settings = settings
    self.seed = seed
    // No document's number is longer than this one, so a text never has more tokens than its costs.
    let last = settings.repeating ? settings.tokens : collection.documents.count
    costs =
      settings.tokens == 0
      ? [] : collection.documents.map { tokenizer.count(Self.heading(last, $0) + $0.body.text + "\n\n") }
    try check(items)
  }

  private func check(_ items: [QACollection.Item]) throws {
    let (file, exist) = (collection.file, collection.documents.count)
    if !settings.repeating, settings.documents > exist {
      throw QAError.tooFewDocuments(file, wanted: settings.documents, exist: exist)
    }
    let all = costs.reduce(0, +)
    if !settings.repeating, settings.tokens > all {
      throw QAError.tooFewTokens(file, wanted: settings.tokens, exist: all)
    }
    for item in items {
      let supporting = item.supporting
      if settings.documents > 0, supporting.count > settings.documents {
        throw QAError.tooSmall(
          file, id: item.id, setting: "documents", wanted: settings.documents, needed: supporting.count)
      }
      guard settings.tokens > 0 else { continue }
      let needed = supporting.reduce(0) { $0 + costs[$1] }
      if needed > settings.tokens {
        throw QAError.tooSmall(file, id: item.id, setting: "tokens", wanted: settings.tokens, needed: needed)
      }
    }
  }

  func question(_ item: QACollection.Item) -> Question {
    let order = ordered(item)
    var text: [UInt8] = []
    var evidence: [Range<Int>] = []
    var isCited: Set<Int> = []
    for (number, index) in order.enumerated() {
      let document = collection.documents[index]
      let body = document.body
      if number > 0 { text += "\n\n".utf8 }
      text += Self.heading(number + 1, document).utf8
      let start = text.count
      text += body.text.utf8
      guard isCited.insert(index).inserted else { continue }  // a document that is repeated
      evidence += Self.evidence(of: item, index, document, at: start)
    }
    evidence.sort { $0.lowerBound < $1.lowerBound }
    return Question(
      id: item.id, ask: item.ask, answers: item.answers, evidence: evidence, cluster: item.cluster,
      traits: item.traits.merging(["documents": "\(order.count)"]) { $1 },
      source: .text(String(decoding: text, as: UTF8.self)))
  }

  /// Where the facts of an item stand that a document holds.
  ///
  /// - Parameters:
  ///   - index: the document's own.
  ///   - start: where the document's body begins in the text.
  static func evidence(
    of item: QACollection.Item, _ index: Int, _ document: QACollection.Document, at start: Int
  ) -> [Range<Int>] {
    item.facts.filter { $0.document == index }.compactMap { fact in
      let sentences = document.body.sentences
      let range = fact.sentence.map { sentences[$0] } ?? whole(sentences)
      return range.isEmpty ? nil : start + range.lowerBound..<start + range.upperBound
    }
  }

  static func heading(_ number: Int, _ document: QACollection.Document) -> String {
    document.title.isEmpty ? "Document \(number):\n" : "Document \(number):\n\(document.title)\n"
  }

  private static func whole(_ sentences: [Range<Int>]) -> Range<Int> {
    (sentences.first?.lowerBound ?? 0)..<(sentences.last?.upperBound ?? 0)
  }

  private func ordered(_ item: QACollection.Item) -> [Int] {
    var order = chosen(for: item)
    switch settings.order {
    case .perItem:
      var generator = SeededGenerator(seed: seed, session: item.id, purpose: "qa.order")
      order.shuffle(using: &generator)
    case .memagent:
      let own = Set(item.own)
      order = item.own.filter(Set(order).contains) + order.filter { !own.contains($0) }
      var python = PythonRandom(seed: 4)
      python.shuffle(&order)
    }
    return order
  }

  // MARK: choosing

  /// Which documents: supporting ones first, then the item's others, then distractors.
  private func chosen(for item: QACollection.Item) -> [Int] {
    let first = (item.supporting + item.own).unique()
    if settings.documents > 0 {
      var chosen = Array(first.prefix(settings.documents))
      let others = distractors(for: item, besides: first)
      while chosen.count < settings.documents, let next = others.next() { chosen.append(next) }
      return chosen
    }
    guard settings.tokens > 0 else { return first }

    var chosen: [Int] = []
    var cost = 0
    func add(_ index: Int) -> Bool {
      guard cost + costs[index] <= settings.tokens else { return false }
      cost += costs[index]
      chosen.append(index)
      return true
    }
    for index in first { _ = add(index) }
    let others = distractors(for: item, besides: first)
    while let next = others.next(), add(next) {}
    return chosen
  }

  /// Near documents first, then all others, each in a seeded order; again from the start when
  /// documents may be repeated.
  private func distractors(for item: QACollection.Item, besides own: [Int]) -> AnyIterator<Int> {
    var generator = SeededGenerator(seed: seed, session: item.id, purpose: "qa.distractors")
    let taken = Set(own)
    let near = item.near.filter { !taken.contains($0) }.shuffled(using: &generator)
    let far = collection.documents.indices
      .filter { !taken.contains($0) && !item.near.contains($0) }
      .shuffled(using: &generator)
    let all = near + far
    // A file of supporting documents alone: there is nothing else to repeat.
    let cycle = all.isEmpty ? own : all
    var position = all.isEmpty && !settings.repeating ? cycle.count : 0
    return AnyIterator {
      if position == cycle.count, settings.repeating, !cycle.isEmpty { position = 0 }
      guard position < cycle.count else { return nil }
      defer { position += 1 }
      return cycle[position]
    }
  }
}
