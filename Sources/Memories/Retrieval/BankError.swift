import Palimpsest

/// Why a bank of rows cannot be read or written.
public enum BankError: Failure, Equatable {
  /// Other weights made the rows of an entry.
  case foreignVersion(entry: Int, found: String, expected: String)
  /// One chunk alone has more than the bank may hold.
  case tooLarge(chunk: Int, amount: Int, of: String, capacity: Int)
  /// The vector of a text has a number that is not finite.
  case notFinite(chunk: Int?, layer: Int)
  /// The policy gave no tensor for a tap that it serves.
  case missingTap(String, policy: String)
  /// The file ends inside a record.
  case cutFile(String, record: Int, begin: Int, size: Int)
  /// A record's checksum is wrong.
  case damagedFile(String, record: Int, begin: Int)
  /// The file does not begin as a bank.
  case foreignFile(String)
  /// Another process has the file open.
  case busyFile(String)
  /// The system refused.
  case system(String, reason: String)

  public var exitClass: ExitClass {
    switch self {
    case .busyFile, .system: .machine
    default: .usage
    }
  }

  public var description: String {
    switch self {
    case .foreignVersion(let entry, let found, let expected):
      "the rows of entry \(entry) were made by weights of version \(found), and these weights are \(expected); load the model "
        + "and adapter that made them, or set memory.stale to refresh, which reads every entry's text again"
    case .tooLarge(let chunk, let amount, let unit, let capacity):
      "chunk \(chunk) has \(amount) \(unit), and the whole bank holds \(capacity); set memory.\(unit == "rows" ? "tokens" : unit) "
        + "to at least \(amount), or choose smaller chunks"
    case .notFinite(let chunk, let layer):
      "the hidden states of \(chunk.map { "chunk \($0)" } ?? "the question") before layer \(layer) are not finite; "
        + "the weights are damaged or overflow (palimpsest doctor reads them)"
    case .missingTap(let tap, let policy):
      "the policy \(policy) says that it serves \(tap), and gave none; correct the policy"
    case .cutFile(let file, let record, let begin, let size):
      "the bank \(file) ends at byte \(size), inside record \(record), which begins at byte \(begin); cut it there (truncate "
        + "-s \(begin)) or delete it: rows that are missing are made again from their texts"
    case .damagedFile(let file, let record, let begin):
      "record \(record) of the bank \(file), at byte \(begin), does not match its checksum; cut the file there (truncate "
        + "-s \(begin)) or delete it: rows that are missing are made again from their texts"
    case .foreignFile(let file): "\(file) is no bank of rows of this format; name another file, or delete it"
    case .busyFile(let file): "the bank \(file) is open in another process; wait for it, or name another file"
    case .system(let file, let reason): "the bank \(file) cannot be used: \(reason)"
    }
  }
}
