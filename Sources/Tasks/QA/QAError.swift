import Palimpsest

/// Faults of a file of questions.
public enum QAError: Failure, Equatable {
  case unreadable(String, reason: String)
  case unknownFormat(String)
  /// Line and column are counted from 1, the column in bytes.
  case malformed(String, line: Int, column: Int, record: Int?, key: String, reason: String)
  case repeatedID(String, id: String)
  case noRecords(String, split: String, known: [String])
  case tooFewDocuments(String, wanted: Int, exist: Int)
  case tooFewTokens(String, wanted: Int, exist: Int)
  case tooSmall(String, id: String, setting: String, wanted: Int, needed: Int)

  /// Always the user's fault: the file is missing or wrong.
  public var exitClass: ExitClass { .usage }

  /// The file, the reason, and what to do.
  public var description: String {
    switch self {
    case .unreadable(let file, let reason):
      "\(file.isEmpty ? "the setting file" : file) cannot be read: \(reason)"
    case .unknownFormat(let file):
      "\(file) looks like none of the known formats; set format to hotpotqa, squad, musique or 2wiki "
        + "if it is one of them"
    case .malformed(let file, let line, let column, let record, let key, let reason):
      "\(file), line \(line), column \(column)\(record.map { ", record \($0)" } ?? "")"
        + "\(key.isEmpty ? "" : ", key \(key)"): \(reason)"
    case .repeatedID(let file, let id):
      "\(file) has two records with the id \(id); ids name questions and seed random numbers, so each must occur once"
    case .noRecords(let file, let split, let known):
      split.isEmpty
        ? "\(file) has no records"
        : "\(file) has no record whose split is '\(split)'; there are: \(known.joined(separator: ", "))"
    case .tooFewDocuments(let file, let wanted, let exist):
      "\(wanted) documents were wanted, but \(file) has \(exist) different ones; ask for fewer, "
        + "or set repeating to true to use documents again"
    case .tooFewTokens(let file, let wanted, let exist):
      "\(wanted) tokens were wanted, but all documents of \(file) together have about \(exist); "
        + "ask for fewer, or set repeating to true to use documents again"
    case .tooSmall(let file, let id, let setting, let wanted, let needed):
      "\(setting) is \(wanted), but item \(id) of \(file) needs \(needed) for its supporting documents alone"
    }
  }
}
