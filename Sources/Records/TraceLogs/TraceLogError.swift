import Palimpsest

/// Faults of a file of traces.
public enum TraceLogError: Failure, Equatable {
  case unreadable(String, reason: String)
  case unwritable(String, reason: String)
  case inUse(String)
  case foreign(String, found: String)
  case malformed(String, line: Int, reason: String)
  case longLine(String, line: Int, limit: Int)
  case outOfOrder(String, reason: String)

  /// A wrong file is the user's fault, one that cannot be written the machine's.
  public var exitClass: ExitClass {
    switch self {
    case .unreadable, .foreign, .malformed, .longLine: .usage
    case .unwritable, .inUse, .outOfOrder: .machine
    }
  }

  /// The file, the reason, and what to do.
  public var description: String {
    switch self {
    case .unreadable(let file, let reason):
      "\(file) cannot be read: \(reason)"
    case .unwritable(let file, let reason):
      "\(file) cannot be written: \(reason); what stood in it before is kept, so make room and resume"
    case .inUse(let file):
      "\(file) is being written by another process; one writer at a time, so wait for it or give another folder"
    case .foreign(let file, let found):
      "\(file) is not a trace log of this version: its first line says \(found)"
    case .malformed(let file, let line, let reason):
      "\(file), line \(line): \(reason); read it with salvage to keep the traces that are whole"
    case .longLine(let file, let line, let limit):
      "\(file), line \(line) is longer than \(limit) bytes, the most that is taken for one event"
    case .outOfOrder(let id, let reason):
      "the trace of \(id) cannot be logged: \(reason)"
    }
  }
}
