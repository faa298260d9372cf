import Foundation
import JSON
import Palimpsest

/// BABILong: the facts of a bAbI story among the sentences of books.
///
/// Two sources. `data` is the published data set: a JSON file with the keys `input`, `question` and `target`, or a folder
/// of them, of which `variety` and `length` choose one (`data/qa1/1k.json`). Where the facts stand is not known there.
/// `facts` and `background` make samples from bAbI's own files and from texts by BABILong's rule: facts keep their
/// order and stand at random places between sentences of at least 10 tokens, which are taken from a random place of a
/// random text on. `tokens` is the length, `promptTokens` of them kept free; the run's tokenizer counts (BABILong: GPT-2's), and no
/// sentence is cut. Stories of more than `tokens`/8 sentences are left out. Evidence is then known.
///
/// The customary metric is the verifier `babilong`.
///
/// Traits: `variety`, `length`, `source` (`published`, `made`); of those made `facts`, how many there are.
///
/// Source: BABILong (arXiv:2406.10149), bAbI (arXiv:1502.05698).
public struct BABILongTask: ReadingTask {
  /// The files, and what is made of them.
  public struct Settings: Codable, Sendable {
    /// A published file, or the folder of all.
    public var data = ""
    /// The task of bAbI.
    public var variety = BABITask.qa1
    /// Which file of the folder `data`: `0k`, `1k`, …, `10M`.
    public var length = "0k"
    /// A file of bAbI, or the folder of all; instead of `data`.
    public var facts = ""
    /// Which file of the folder `facts`: `train`, as in BABILong, or `test`.
    public var split = BABISplit.train
    /// A text, or a folder of texts, whose sentences stand around the facts.
    public var background = ""
    /// Tokens of a sample; 0 gives the facts alone.
    public var tokens = 4096
    /// Tokens kept free for a prompt; part of the length.
    public var promptTokens = 300
    /// Samples that are made.
    public var count = 100

    /// 100 samples of 4,096 tokens where they are made, all of a file where it is read.
    public init(
      data: String = "", variety: BABITask = .qa1, length: String = "0k", facts: String = "",
      split: BABISplit = .train, background: String = "", tokens: Int = 4096, promptTokens: Int = 300, count: Int = 100
    ) {
      self.data = data
      self.variety = variety
      self.length = length
      self.facts = facts
      self.split = split
      self.background = background
      self.tokens = tokens
      self.promptTokens = promptTokens
      self.count = count
    }
  }

  /// The files, and what is made of them.
  public var settings: Settings
  /// Counts `settings.tokens`.
  public var tokenizer: any Tokenizer

  /// Files are read when questions are made.
  public init(_ settings: Settings, tokenizer: any Tokenizer = WordTokenizer()) {
    self.settings = settings
    self.tokenizer = tokenizer
  }

  private var isMade: Bool { !settings.facts.isEmpty }

  private func published() throws -> String {
    let (task, length) = (settings.variety.rawValue, settings.length)
    return try PublishedFile.find(
      settings.data, setting: "data",
      names: ["data/", "", "data/\(length)/", "\(length)/"].enumerated().flatMap { index, folder in
        [".json", ".jsonl"].map { index < 2 ? "\(folder)\(task)/\(length)\($0)" : "\(folder)\(task)\($0)" }
      }, what: "BABILong (data/\(task)/\(length).json of RMT-team/babilong), or give facts and background")
  }

  private func stories() throws -> String {
    guard PublishedFile.isFolder(settings.facts) else { return settings.facts }
    let (start, end) = ("\(settings.variety.rawValue)_", "_\(settings.split.rawValue).txt")
    let names = try FileManager.default.contentsOfDirectory(atPath: settings.facts)
      .filter { $0.hasPrefix(start) && $0.hasSuffix(end) }.sorted()
    guard let name = names.first else {
      throw QAError.unreadable(
        settings.facts,
        reason: "the folder has no file \(start)*\(end); name the file itself, or get bAbI's tasks 1 to 20")
    }
    return "\(settings.facts)/\(name)"
  }

  /// The chosen file of a folder, and the texts of the background.
  public func filesInFolders() throws -> [FilesInFolder] {
    guard isMade else { return PublishedFile.files("data", settings.data, [try published()]) }
    let books = settings.tokens == 0 ? [] : try Documents(settings.background).files
    return PublishedFile.files("facts", settings.facts, [try stories()])
      + PublishedFile.files("background", settings.background, books)
  }

  /// - Throws: `QAError` where a file is missing or is not of its form; `TextError` for the background.
  public func questions(seed: UInt64) throws -> any Sequence<Question> { try questions(seed: seed, limit: nil) }

  /// At most `limit` questions: drawn by the seed, those that are made evenly over stories.
  public func questions(seed: UInt64, limit: Int?) throws -> any Sequence<Question> {
    isMade ? try made(seed: seed, limit: limit) : try read(seed: seed, limit: limit)
  }

  // MARK: published samples

  private struct Record: Sendable {
    var id: String
    var input: StoredText
    var question: String
    var target: String
  }

  private func read(seed: UInt64, limit: Int?) throws -> any Sequence<Question> {
    let path = try published()
    let file = try DataFile(path)
    let variety = settings.variety.rawValue
    let length = PublishedFile.isFolder(settings.data) ? settings.length : URL(filePath: path).stem
    var items = StoredItems<Record>()
    try QARecords(file: file).forEach { reader, field in
      let start = reader.begin
      var input: StoredText?
      var question, target: String?
      try reader.object(of: field) { reader, key, field in
        switch key {
        case "input": input = try file.storedText(&reader, field)
        case "question": question = try reader.string(of: field)
        case "target": target = try reader.string(of: field)
        default: return false
        }
        return true
      }
      let id = "babilong-\(variety)-\(length)-\(items.items.count)"
      let record = Record(
        id: id, input: try needed(input, field.at("input"), of: start),
        question: try needed(question, field.at("question"), of: start).trimmed,
        target: try needed(target, field.at("target"), of: start).trimmed)
      try items.add(record, id: id, of: path)
    }
    guard !items.items.isEmpty else { throw QAError.noRecords(path, split: "", known: []) }
    return items.questions(seed: seed, limit: limit, cluster: \.id) { record in
      Question(
        id: record.id, ask: record.question, answers: [record.target],
        traits: ["variety": variety, "length": length, "source": "published"],
        source: .text(file.text(of: record.input)))
    }
  }

  // MARK: samples that are made

  private func made(seed: UInt64, limit: Int?) throws -> any Sequence<Question> {
    let path = try stories()
    let (settings, tokenizer) = (settings, tokenizer)
    let budget = settings.tokens == 0 ? Int.max : settings.tokens - settings.promptTokens
    // BABILong leaves out stories that would take more than their share of a sample.
    let stories = try BABIStory.all(in: path).filter { story in
      settings.tokens == 0
        || story.facts.count < settings.tokens / 8 && tokenizer.count(story.facts.joined(separator: " ")) <= budget
    }
    guard !stories.isEmpty else {
      throw SettingError.outOfRange(
        "task.tokens", found: "\(settings.tokens)",
        why: "no story of \(path) fits; a story may have \(settings.tokens / 8) sentences and \(max(0, budget)) tokens")
    }
    let book = settings.tokens == 0 ? nil : try Background(settings.background, tokenizer: tokenizer)
    let drawn = evenSample(
      of: stories.map { "\($0.story)" }, limit: min(settings.count, limit ?? .max), seed: seed)
    return drawn.lazy.map { index in
      let story = stories[index]
      let id = "babilong-\(settings.variety.rawValue)-\(settings.split.rawValue)-\(index)"
      let (text, places) = Self.mixed(story, id: id, with: book, budget: budget, seed: seed, tokenizer: tokenizer)
      let evidence = story.support.map { places[$0] }.sorted { $0.lowerBound < $1.lowerBound }
      return Question(
        id: "\(id)-\(settings.tokens)", ask: story.ask, answers: [story.answer], evidence: evidence,
        cluster: "babilong-\(settings.variety.rawValue)-\(settings.split.rawValue)-story-\(story.story)",
        traits: [
          "variety": settings.variety.rawValue, "length": "\(settings.tokens)", "source": "made",
          "facts": "\(story.facts.count)",
        ], source: .text(text))
    }
  }

  /// A sample of at most so many tokens; with one sentence of the background more it would have more.
  ///
  /// - Returns: the text, and where each fact stands in it.
  private static func mixed(
    _ story: BABIStory, id: String, with book: Background?, budget: Int, seed: UInt64, tokenizer: any Tokenizer
  ) -> (text: String, facts: [Range<Int>]) {
    guard let book else { return text(story.facts, among: [], at: story.facts.map { _ in 0 }) }
    var stream = book.stream(SeededGenerator(seed: seed, session: id, purpose: "babilong.background"))
    func sample(_ size: Int) -> (text: String, facts: [Range<Int>]) {
      var generator = SeededGenerator(seed: seed, session: id, purpose: "babilong.places")
      let places = story.facts.map { _ in Int.random(in: 0...size, using: &generator) }.sorted()
      return text(story.facts, among: stream.prefix(size), at: places)
    }
    let facts = tokenizer.count(story.facts.joined(separator: " "))
    let size = largestSize(within: budget, from: 1, hint: max(0, budget - facts) / book.meanTokens) {
      tokenizer.count(sample($0).text)
    }
    return sample(size ?? 0)
  }

  /// - Parameter places: before which sentence each fact stands, rising.
  private static func text(
    _ facts: [String], among sentences: ArraySlice<String>, at places: [Int]
  ) -> (text: String, facts: [Range<Int>]) {
    var bytes: [UInt8] = []
    var ranges: [Range<Int>] = []
    func add(_ text: String) {
      if !bytes.isEmpty { bytes.append(UInt8(ascii: " ")) }
      bytes += text.utf8
    }
    for place in 0...sentences.count {
      while ranges.count < facts.count, places[ranges.count] == place {
        add(facts[ranges.count])
        ranges.append(bytes.count - facts[ranges.count].utf8.count..<bytes.count)
      }
      if place < sentences.count { add(sentences[sentences.startIndex + place]) }
    }
    return (String(decoding: bytes, as: UTF8.self), ranges)
  }
}

/// The tasks of bAbI.
public enum BABITask: String, Choice {
  case qa1, qa2, qa3, qa4, qa5, qa6, qa7, qa8, qa9, qa10
  case qa11, qa12, qa13, qa14, qa15, qa16, qa17, qa18, qa19, qa20
}

/// The files of a task of bAbI.
public enum BABISplit: String, Choice { case train, test }

extension URL {
  /// The name without what stands behind its last point.
  fileprivate var stem: String { deletingPathExtension().lastPathComponent }
}
