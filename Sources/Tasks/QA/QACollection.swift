import Basics
import Foundation

/// A file of questions as it is held: every document once, and items that point at them.
struct QACollection: Sendable {
  /// A titled run of sentences.
  struct Document: Sendable, Hashable {
    var title: String
    var sentences: [String]

    /// The sentences on one line, and where each stands in it, in UTF-8 without surrounding blanks.
    var body: (text: String, sentences: [Range<Int>]) {
      var text: [UInt8] = []
      var ranges: [Range<Int>] = []
      for sentence in sentences {
        let bytes = Array(sentence.utf8)
        // HotpotQA's sentences bring their blank along, 2Wiki's do not.
        if let last = text.last, let first = bytes.first, !last.isBlank, !first.isBlank {
          text.append(UInt8(ascii: " "))
        }
        let start = bytes.firstIndex { !$0.isBlank } ?? bytes.count
        let end = bytes.lastIndex { !$0.isBlank }.map { $0 + 1 } ?? start
        ranges.append(text.count + start..<text.count + end)
        text += bytes
      }
      return (String(decoding: text, as: UTF8.self), ranges)
    }
  }

  /// A sentence of a document; all of the document where `sentence` is nil.
  struct Fact: Sendable, Hashable {
    var document: Int
    var sentence: Int?
  }

  struct Item: Sendable {
    var id: String
    var ask: String
    var answers: [String]
    /// What proves the answer, by document index.
    var facts: [Fact]
    /// The item's own documents, each once, in the file's order.
    var own: [Int]
    /// Documents that come before all others as distractors: the rest of a SQuAD article.
    var near: Range<Int> = 0..<0
    var cluster: String?
    var traits: [String: String]

    /// Documents that hold evidence, each once.
    var supporting: [Int] {
      var seen: Set<Int> = []
      return facts.map(\.document).filter { seen.insert($0).inserted }
    }
  }

  let file: String
  private(set) var documents: [Document] = []
  private(set) var items: [Item] = []
  private var places: [Document: Int] = [:]
  private var ids: Set<String> = []

  init(contentsOf file: String, format: QAFormat, split: String) throws {
    self.file = file
    let records = QARecords(file: try DataFile(file))
    var splits: Set<String> = []
    func isWanted(_ name: String?) -> Bool {
      splits.insert(name ?? "none")
      return split.isEmpty || name == split
    }
    switch format == .auto ? try records.format() : format {
    case .hotpotqa, .twoWiki:
      try records.forEach { reader, field in
        let record = try HotpotRecord(&reader, field)
        if isWanted(record.split) { try add(record.item(in: &self)) }
      }
    case .musique:
      try records.forEach { reader, field in
        let record = try MuSiQueRecord(&reader, field)
        if isWanted(record.split) { try add(record.item(in: &self)) }
      }
    case .squad:
      for article in try SQuADArticle.articles(records) {
        for item in article.items(in: &self) where isWanted(nil) { try add(item) }
      }
    case .auto: throw QAError.unknownFormat(file)
    }
    places = [:]
    guard !items.isEmpty else {
      throw QAError.noRecords(file, split: split, known: splits.sorted())
    }
  }

  /// The index of a document; one that stands in the file already is not held twice.
  mutating func index(of document: Document) -> Int {
    if let place = places[document] { return place }
    places[document] = documents.count
    documents.append(document)
    return documents.count - 1
  }

  private mutating func add(_ item: Item) throws {
    guard ids.insert(item.id).inserted else { throw QAError.repeatedID(file, id: item.id) }
    items.append(item)
  }
}

extension String {
  /// Without white space at its ends.
  var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}

extension Sequence where Element: Hashable {
  /// Each element once, where it first stands.
  func unique() -> [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
