import Palimpsest

/// Builds the text of an item over a hay of books: the item's own documents between sentences of a book, as long as wanted.
///
/// Documents with evidence stand where the placement says, the item's others anywhere. Sentences keep the order of the
/// book, from a random place of a random text on.
struct BookMix: Sendable {
  private let collection: QACollection
  private let settings: QATask.Settings
  private let book: Background
  private let tokenizer: any Tokenizer
  private let seed: UInt64

  /// - Throws: where a text cannot hold the documents of an item, before the first question is made.
  init(
    of collection: QACollection, for items: [QACollection.Item], settings: QATask.Settings,
    tokenizer: any Tokenizer, seed: UInt64
  ) throws {
    self.collection = collection
    self.settings = settings
    self.tokenizer = tokenizer
    self.seed = seed
    book = try Background(settings.hay, setting: "task.hay", tokenizer: tokenizer)
    for item in items {
      let needed = tokenizer.count(mixed(item, documents(of: item), among: [], at: []).text)
      guard needed <= settings.tokens else {
        throw QAError.tooSmall(
          collection.file, id: item.id, setting: "tokens", wanted: settings.tokens, needed: needed)
      }
    }
  }

  /// At most `settings.tokens` tokens; with one sentence more it would have more.
  func question(_ item: QACollection.Item) -> Question {
    let documents = documents(of: item)
    var stream = book.stream(SeededGenerator(seed: seed, session: item.id, purpose: "qa.hay"))
    func made(_ size: Int) -> (text: String, evidence: [Range<Int>]) {
      mixed(item, documents, among: stream.prefix(size), at: places(of: item, documents, in: size))
    }
    let size = largestSize(within: settings.tokens, from: 0, hint: max(1, settings.tokens / book.meanTokens)) {
      tokenizer.count(made($0).text)
    }
    let (text, evidence) = made(size ?? 0)
    return Question(
      id: item.id, ask: item.ask, answers: item.answers, evidence: evidence, cluster: item.cluster,
      traits: item.traits.merging(["documents": "\(documents.count)", "length": "\(settings.tokens)"]) { $1 },
      source: .text(text))
  }

  /// The item's documents in an order that the seed and its id decide.
  private func documents(of item: QACollection.Item) -> [Int] {
    var generator = SeededGenerator(seed: seed, session: item.id, purpose: "qa.order")
    return (item.supporting + item.own).unique().shuffled(using: &generator)
  }

  /// Before which sentence each document stands: those with evidence share the places of the placement in their order.
  private func places(of item: QACollection.Item, _ documents: [Int], in size: Int) -> [Int] {
    var generator = SeededGenerator(seed: seed, session: item.id, purpose: "qa.places")
    let supporting = Set(item.supporting)
    var chosen = settings.placement.units(supporting.count, of: size + 1, stretches: 0, using: &generator)[...]
    return documents.map { document in
      supporting.contains(document) ? chosen.removeFirst() : Int.random(in: 0...size, using: &generator)
    }
  }

  /// - Parameter places: one per document; none puts all before the sentences.
  private func mixed(
    _ item: QACollection.Item, _ documents: [Int], among sentences: ArraySlice<String>, at places: [Int]
  ) -> (text: String, evidence: [Range<Int>]) {
    let order = documents.indices.sorted {
      (places.isEmpty ? 0 : places[$0], $0) < (places.isEmpty ? 0 : places[$1], $1)
    }
    var bytes: [UInt8] = []
    var evidence: [Range<Int>] = []
    var next = 0
    for place in 0...sentences.count {
      while next < order.count, places.isEmpty || places[order[next]] == place {
        let index = documents[order[next]]
        let document = collection.documents[index]
        next += 1
        bytes += ((bytes.isEmpty ? "" : "\n\n") + DocumentMix.heading(next, document)).utf8
        evidence += DocumentMix.evidence(of: item, index, document, at: bytes.count)
        bytes += document.body.text.utf8
        bytes += "\n\n".utf8
      }
      guard place < sentences.count else { continue }
      if let last = bytes.last, last != UInt8(ascii: "\n") { bytes.append(UInt8(ascii: " ")) }
      bytes += sentences[sentences.startIndex + place].utf8
    }
    return (String(decoding: bytes, as: UTF8.self), evidence.sorted { $0.lowerBound < $1.lowerBound })
  }
}
