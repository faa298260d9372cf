import JSON
import Palimpsest

/// LongBench v2: questions with four choices about real texts of 8,000 to two million words.
///
/// Reads the authors' `data.json`, an array (or JSON Lines) of objects with the keys `_id`, `domain`, `sub_domain`,
/// `difficulty`, `length`, `question`, `choice_A` to `choice_D`, `answer` and `context`. A question is shown with its
/// choices, and accepted is the letter or the words of the right one. The customary metric is the verifier `choice`.
/// Texts stay in the file until they are asked for.
///
/// Traits: `difficulty`, `length`, `domain`, `subdomain`.
///
/// Source: LongBench v2 (arXiv:2412.15204).
public struct LongBench2Task: ReadingTask {
  /// The file, and which questions of it.
  public struct Settings: Codable, Sendable {
    /// `data.json`, or the folder with it.
    public var data = ""
    /// `easy` or `hard`; empty takes both.
    public var difficulty = ""
    /// `short`, `medium` or `long`; empty takes all.
    public var length = ""
    /// Only questions of this domain; empty takes all.
    public var domain = ""

    /// All questions by default.
    public init(data: String = "", difficulty: String = "", length: String = "", domain: String = "") {
      self.data = data
      self.difficulty = difficulty
      self.length = length
      self.domain = domain
    }
  }

  /// The file, and which questions of it.
  public var settings: Settings

  /// The file is read when questions are made.
  public init(_ settings: Settings) { self.settings = settings }

  /// The values that the file's keys have.
  public static let difficulties = ["easy", "hard"]
  /// The values that the file's keys have.
  public static let lengths = ["short", "medium", "long"]

  func file() throws -> String {
    try PublishedFile.find(
      settings.data, setting: "data", names: ["data.json", "data.jsonl"],
      what: "LongBench v2 (data.json of THUDM/LongBench-v2)")
  }

  /// The file, where a folder is named.
  public func filesInFolders() throws -> [FilesInFolder] {
    PublishedFile.files("data", settings.data, [try file()])
  }

  /// - Throws: `QAError` where the file is missing or is not LongBench v2's.
  public func questions(seed: UInt64) throws -> any Sequence<Question> { try questions(seed: seed, limit: nil) }

  /// At most `limit` questions, drawn by the seed and evenly over texts.
  public func questions(seed: UInt64, limit: Int?) throws -> any Sequence<Question> {
    let file = try DataFile(file())
    var items = StoredItems<Record>()
    var domains: Set<String> = []
    try QARecords(file: file).forEach { reader, field in
      let record = try Record(&reader, field, of: file)
      domains.insert(record.domain)
      guard settings.difficulty.isEmpty || record.difficulty == settings.difficulty,
        settings.length.isEmpty || record.length == settings.length,
        settings.domain.isEmpty || record.domain == settings.domain
      else { return }
      try items.add(record, id: record.id, of: file.path)
    }
    guard !items.items.isEmpty else {
      if !settings.domain.isEmpty, !domains.isEmpty, !domains.contains(settings.domain) {
        throw SettingError.unknownKind(
          of: "domain", settings.domain, nearest: nearest(to: settings.domain, among: domains.sorted()),
          known: domains.sorted())
      }
      throw QAError.noRecords(file.path, split: "", known: [])
    }
    return items.questions(seed: seed, limit: limit, cluster: \.context.cluster) { record in
      Question(
        id: record.id, ask: record.ask, answers: [record.answer, record.right].unique(),
        cluster: record.context.cluster,
        traits: [
          "difficulty": record.difficulty, "length": record.length, "domain": record.domain,
          "subdomain": record.subdomain,
        ], source: .text(file.text(of: record.context)))
    }
  }

  struct Record: Sendable {
    var id: String
    var domain: String
    var subdomain: String
    var difficulty: String
    var length: String
    var question: String
    var choices: [String]
    var answer: String
    var context: StoredText

    init(_ reader: inout JSONReader, _ record: RecordField, of file: DataFile) throws {
      let start = reader.begin
      var texts: [String: String] = [:]
      var context: StoredText?
      try reader.object(of: record) { reader, key, field in
        switch key {
        case "context": context = try file.storedText(&reader, field)
        case "difficulty": texts[key] = try reader.oneOf(LongBench2Task.difficulties, of: field)
        case "length": texts[key] = try reader.oneOf(LongBench2Task.lengths, of: field)
        case "answer": texts[key] = try reader.oneOf(Choices.letters, of: field)
        case "_id", "domain", "sub_domain", "question", "choice_A", "choice_B", "choice_C", "choice_D":
          texts[key] = try reader.string(of: field)
        default: return false
        }
        return true
      }
      func text(_ key: String) throws -> String { try needed(texts[key], record.at(key), of: start) }
      id = try text("_id")
      domain = try text("domain")
      subdomain = try text("sub_domain")
      difficulty = try text("difficulty")
      length = try text("length")
      question = try text("question")
      choices = try Choices.letters.map { try text("choice_\($0)") }
      answer = try text("answer")
      self.context = try needed(context, record.at("context"), of: start)
    }

    /// The words of the right choice.
    var right: String { zip(Choices.letters, choices).first { $0.0 == answer }?.1 ?? "" }

    var ask: String { Choices.ask(question, choices) { "(\($0))" } }
  }
}

extension JSONReader {
  /// One of a few texts.
  mutating func oneOf(_ known: [String], of field: RecordField) throws -> String {
    let begin = begin
    let value = try string(of: field)
    guard known.contains(value) else {
      throw RecordFault(
        byte: begin, field: field, expected: "one of \(known.joined(separator: ", "))", found: "\"\(value.prefix(40))\""
      )
    }
    return value
  }
}
