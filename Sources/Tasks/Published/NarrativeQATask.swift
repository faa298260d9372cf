import Foundation
import Palimpsest

/// NarrativeQA: questions about whole books and film scripts, or about their summaries.
///
/// Reads the authors' `qaps.csv`, `documents.csv` and `third_party/wikipedia/summaries.csv`. Stories are not part of
/// the repository: its script `download_stories.sh` puts them into `tmp`, one `ID.content` a document, and the user
/// runs it. A story is read from its file in pieces; bytes that are not UTF-8 become question marks. The questions of a
/// document share a cluster. The customary metric is the verifier `rouge`, the best over both answers.
///
/// Traits: `kind` (`gutenberg`, `movie`), `set`, `text`.
///
/// Source: NarrativeQA (arXiv:1712.07040).
public struct NarrativeQATask: ReadingTask {
  /// The folder, and which questions.
  public struct Settings: Codable, Sendable {
    /// The folder of the repository.
    public var data = ""
    /// What is read.
    public var text = NarrativeText.summary
    /// `train`, `valid` or `test`; empty takes all.
    public var set = "test"
    /// The folder of the stories; empty is `tmp` in `data`.
    public var stories = ""
    /// Whether documents whose story is not there are left out; they are an error otherwise.
    public var partial = false

    /// The summaries of the test set by default.
    public init(
      data: String = "", text: NarrativeText = .summary, set: String = "test", stories: String = "",
      partial: Bool = false
    ) {
      self.data = data
      self.text = text
      self.set = set
      self.stories = stories
      self.partial = partial
    }
  }

  /// The folder, and which questions.
  public var settings: Settings

  /// Files are read when questions are made.
  public init(_ settings: Settings) { self.settings = settings }

  /// The names of the parts of the data.
  public static let sets = ["train", "valid", "test"]

  private func find(_ names: String...) throws -> String {
    guard settings.data.isEmpty || PublishedFile.isFolder(settings.data) else {
      throw QAError.unreadable(settings.data, reason: "it must be the folder with \(names[0]), not a file")
    }
    return try PublishedFile.find(
      settings.data, setting: "data", names: names, what: "NarrativeQA (google-deepmind/narrativeqa)")
  }

  private var storyFolder: String { settings.stories.isEmpty ? "\(settings.data)/tmp" : settings.stories }

  private func story(_ document: String) -> String { "\(storyFolder)/\(document).content" }

  /// The tables, and the summaries or the stories that are there.
  public func filesInFolders() throws -> [FilesInFolder] {
    let tables = [try find("qaps.csv"), try find("documents.csv")]
    guard settings.text == .story else {
      let summaries = try find("third_party/wikipedia/summaries.csv", "summaries.csv")
      return PublishedFile.files("data", settings.data, tables + [summaries])
    }
    let stories = try documents().keys.sorted().map(story)
      .filter { FileManager.default.fileExists(atPath: $0) }
    let (setting, folder) = settings.stories.isEmpty ? ("data", settings.data) : ("stories", settings.stories)
    return PublishedFile.files("data", settings.data, tables) + PublishedFile.files(setting, folder, stories)
  }

  private struct Document: Sendable { var set, kind: String }

  /// By id; ids name files, so nothing but letters, digits and dashes is one.
  private func documents() throws -> [String: Document] {
    let file = try CSVFile(find("documents.csv"))
    var documents: [String: Document] = [:]
    try file.forEach(["document_id", "set", "kind"]) { record in
      let id = record["document_id"]
      guard !id.isEmpty, id.utf8.allSatisfy({ $0.isIDByte }) else {
        throw file.fault(record.line, "document_id", "it must be letters and digits, but is \"\(id.prefix(40))\"")
      }
      try check(record, in: file)
      guard documents.updateValue(Document(set: record["set"], kind: record["kind"]), forKey: id) == nil else {
        throw QAError.repeatedID(file.path, id: id)
      }
    }
    return documents.filter { settings.set.isEmpty || $0.value.set == settings.set }
  }

  private func check(_ record: CSVFile.Record, in file: CSVFile) throws {
    guard Self.sets.contains(record["set"]) else {
      throw file.fault(
        record.line, "set",
        "it must be one of \(Self.sets.joined(separator: ", ")), but is \"\(record["set"].prefix(40))\"")
    }
  }

  private struct Item: Sendable {
    var id: String
    var document: String
    var kind: String
    var set: String
    var ask: String
    var answers: [String]
  }

  private func items() throws -> [Item] {
    let documents = try documents()
    let file = try CSVFile(find("qaps.csv"))
    var numbers: [String: Int] = [:]
    var items: [Item] = []
    try file.forEach(["document_id", "set", "question", "answer1", "answer2"]) { record in
      try check(record, in: file)
      guard settings.set.isEmpty || record["set"] == settings.set else { return }
      let id = record["document_id"]
      guard let document = documents[id] else {
        throw file.fault(
          record.line, "document_id",
          "documents.csv has no document \"\(id.prefix(60))\" of the set \(record["set"]); the files must be of one version"
        )
      }
      let answers = [record["answer1"], record["answer2"]].map(\.trimmed).filter { !$0.isEmpty }.unique()
      guard !answers.isEmpty, !record["question"].trimmed.isEmpty else {
        throw file.fault(record.line, answers.isEmpty ? "answer1" : "question", "it is empty, so nothing can be judged")
      }
      let number = numbers[id, default: 0]
      numbers[id] = number + 1
      items.append(
        Item(
          id: "narrativeqa-\(id)-\(number)", document: id, kind: document.kind, set: record["set"],
          ask: record["question"].trimmed, answers: answers))
    }
    guard !items.isEmpty else { throw QAError.noRecords(file.path, split: settings.set, known: Self.sets) }
    return items
  }

  /// - Throws: `QAError` where a file is missing or is not NarrativeQA's, or a story is not there.
  public func questions(seed: UInt64) throws -> any Sequence<Question> { try questions(seed: seed, limit: nil) }

  /// At most `limit` questions, drawn by the seed and evenly over documents.
  public func questions(seed: UInt64, limit: Int?) throws -> any Sequence<Question> {
    var items = try items()
    let sources = settings.text == .summary ? try summaries(of: items) : try stories(of: items)
    items.removeAll { sources[$0.document] == nil }
    let text = settings.text
    return evenSample(of: items.map(\.document), limit: limit ?? .max, seed: seed).map { items[$0] }.lazy.map { item in
      Question(
        id: item.id, ask: item.ask, answers: item.answers, cluster: item.document,
        traits: ["kind": item.kind, "set": item.set, "text": text.rawValue],
        source: sources[item.document] ?? .text(""))
    }
  }

  private func summaries(of items: [Item]) throws -> [String: Source] {
    let file = try CSVFile(find("third_party/wikipedia/summaries.csv", "summaries.csv"))
    let wanted = Set(items.map(\.document))
    var summaries: [String: Source] = [:]
    try file.forEach(["document_id", "summary"]) { record in
      guard wanted.contains(record["document_id"]) else { return }
      guard summaries.updateValue(.text(record["summary"]), forKey: record["document_id"]) == nil else {
        throw QAError.repeatedID(file.path, id: record["document_id"])
      }
    }
    if let missing = wanted.subtracting(summaries.keys).min() {
      throw QAError.unreadable(
        file.path, reason: "it has no summary of the document \(missing); the files must be of one version")
    }
    return summaries
  }

  private func stories(of items: [Item]) throws -> [String: Source] {
    let wanted = Set(items.map(\.document))
    let there = wanted.filter { FileManager.default.fileExists(atPath: story($0)) }
    guard there.count == wanted.count || settings.partial && !there.isEmpty else {
      throw QAError.unreadable(
        storyFolder,
        reason: "\(wanted.count - there.count) of the \(wanted.count) stories are not there as ID.content; run the "
          + "repository's download_stories.sh, or set task.partial to true to ask about those that are")
    }
    return try Dictionary(uniqueKeysWithValues: there.map { ($0, .text(ReplacingText(try FileText(story($0))))) })
  }
}

/// What is read of a document of NarrativeQA.
public enum NarrativeText: String, Choice {
  /// Wikipedia's summary of the story, some hundred words.
  case summary
  /// The book or the script.
  case story
}

extension UInt8 {
  fileprivate var isIDByte: Bool {
    (0x61...0x7a).contains(self) || (0x41...0x5a).contains(self) || (0x30...0x39).contains(self)
      || self == UInt8(ascii: "-") || self == UInt8(ascii: "_")
  }
}
