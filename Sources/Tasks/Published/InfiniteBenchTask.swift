import JSON
import Palimpsest

/// InfiniteBench: twelve tasks over texts of about a hundred thousand tokens and more.
///
/// Reads the authors' JSON Lines, a file a task (`passkey.jsonl`), with the keys `id`, `context`, `input`, `answer` and
/// `options`. The customary metric is the verifier `infinitebench`, which follows the rule of each task. Texts stay
/// in the file until they are asked for; questions about one text share a cluster.
///
/// Traits: `variety`.
///
/// Source: InfiniteBench (arXiv:2402.13718).
public struct InfiniteBenchTask: ReadingTask {
  /// The file, and its task.
  public struct Settings: Codable, Sendable {
    /// The file of the task, or the folder with the files of all.
    public var data = ""
    /// The task.
    public var variety = InfiniteBenchKind.passkey

    /// The task `passkey` by default.
    public init(data: String = "", variety: InfiniteBenchKind = .passkey) {
      self.data = data
      self.variety = variety
    }
  }

  /// The file, and its task.
  public var settings: Settings

  /// The file is read when questions are made.
  public init(_ settings: Settings) { self.settings = settings }

  func file() throws -> String {
    try PublishedFile.find(
      settings.data, setting: "data", names: ["\(settings.variety.rawValue).jsonl"],
      what: "InfiniteBench (\(settings.variety.rawValue).jsonl of xinrongzhang2022/InfiniteBench)")
  }

  /// The file, where a folder is named.
  public func filesInFolders() throws -> [FilesInFolder] {
    PublishedFile.files("data", settings.data, [try file()])
  }

  /// - Throws: `QAError` where the file is missing or is not of the task.
  public func questions(seed: UInt64) throws -> any Sequence<Question> { try questions(seed: seed, limit: nil) }

  /// At most `limit` questions, drawn by the seed and evenly over texts.
  public func questions(seed: UInt64, limit: Int?) throws -> any Sequence<Question> {
    let file = try DataFile(file())
    let variety = settings.variety
    var items = StoredItems<Record>()
    try QARecords(file: file).forEach { reader, field in
      let record = try Record(&reader, field, of: file, variety)
      try items.add(record, id: record.id, of: file.path)
    }
    guard !items.items.isEmpty else { throw QAError.noRecords(file.path, split: "", known: []) }
    return items.questions(seed: seed, limit: limit, cluster: \.context.cluster) { record in
      Question(
        id: "infinitebench-\(variety.rawValue)-\(record.id)", ask: record.ask(variety), answers: record.answers,
        cluster: record.context.cluster, traits: ["variety": variety.rawValue],
        source: .text(file.text(of: record.context)))
    }
  }

  struct Record: Sendable {
    var id: String
    var context: StoredText
    var input: String
    /// As the metric of the task wants them: words and letter of a choice, numbers as they are written.
    var answers: [String]
    var options: [String]

    init(
      _ reader: inout JSONReader, _ record: RecordField, of file: DataFile, _ variety: InfiniteBenchKind
    ) throws {
      let start = reader.begin
      var id, input: String?
      var context: StoredText?
      var answers: [String]?
      var options: [String] = []
      try reader.object(of: record) { reader, key, field in
        switch key {
        case "id": id = try file.written(&reader, field)
        case "context": context = try file.storedText(&reader, field)
        case "input": input = try reader.string(of: field)
        case "answer": answers = try file.allWritten(&reader, field)
        case "options": options = try reader.optional { try $0.list(of: field) { try file.written(&$0, $1) } } ?? []
        default: return false
        }
        return true
      }
      self.id = try needed(id, record.at("id"), of: start)
      self.context = try needed(context, record.at("context"), of: start)
      self.input = try needed(input, record.at("input"), of: start)
      self.options = options
      let given = try needed(answers, record.at("answer"), of: start)
      self.answers = try Self.checked(given, options, variety, record, of: start)
    }

    private static func checked(
      _ answers: [String], _ options: [String], _ variety: InfiniteBenchKind, _ record: RecordField, of byte: Int
    ) throws -> [String] {
      func demand(_ isFine: Bool, _ key: String, _ expected: String, _ found: String) throws {
        guard isFine else { throw RecordFault(byte: byte, field: record.at(key), expected: expected, found: found) }
      }
      let shown = answers.prefix(3).joined(separator: ", ").prefix(60)
      try demand(!answers.isEmpty, "answer", "at least one answer", "an empty array")
      switch variety {
      case .codeRun: try demand(Int(answers[0]) != nil, "answer", "a whole number", "\(shown)")
      case .mathFind: try demand(Double(answers[0])?.isFinite == true, "answer", "a number", "\(shown)")
      case .mathCalc: try demand(answers.allSatisfy { Int($0) != nil }, "answer", "whole numbers", "\(shown)")
      case .bookChoice, .codeDebug:
        try demand(options.count == 4, "options", "an array of four choices", "\(options.count) values")
        if answers.count == 2, Choices.letters.contains(answers[1]) { return answers }
        try demand(answers.count == 1, "answer", "one of the options", "\(answers.count) values")
        guard let place = options.firstIndex(of: answers[0]) else {
          try demand(false, "answer", "one of the options", "\(shown)")
          return []
        }
        return [answers[0], Choices.letters[place]]
      default: break
      }
      return answers
    }

    /// What is asked, with the choices where there are some. Files ask nothing where the task is always the same.
    func ask(_ variety: InfiniteBenchKind) -> String {
      let asked = input.trimmed.isEmpty ? variety.customaryQuestion : input.trimmed
      return variety.hasChoices ? Choices.ask(asked, options) { "\($0)." } : asked
    }
  }
}

/// The tasks of InfiniteBench, by the names of its files.
public enum InfiniteBenchKind: String, Choice {
  case passkey
  case numberString = "number_string"
  case keyValue = "kv_retrieval"
  case bookSummary = "longbook_sum_eng"
  case bookChoice = "longbook_choice_eng"
  case bookQuestions = "longbook_qa_eng"
  case chineseQuestions = "longbook_qa_chn"
  case dialogue = "longdialogue_qa_eng"
  case mathFind = "math_find"
  case mathCalc = "math_calc"
  case codeRun = "code_run"
  case codeDebug = "code_debug"

  var hasChoices: Bool { self == .bookChoice || self == .codeDebug }

  /// For files whose `input` is empty; the words are ours.
  fileprivate var customaryQuestion: String {
    switch self {
    case .passkey: "What is the pass key?"
    case .numberString: "What is the sequence of digits?"
    case .bookSummary: "Summarise the book."
    case .dialogue: "Which character is \"$$MASK$$\"? Answer with the name."
    case .mathCalc: "Give the value after each operation of the expression, in order, as a list of numbers."
    case .codeDebug: "Which of these functions has the error that makes it crash?"
    default: "What is asked for in the text?"
    }
  }
}
