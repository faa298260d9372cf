import Palimpsest

/// Faults of a file of tensors.
public enum TensorLogError: Failure, Equatable {
  case unreadable(String, reason: String)
  case unwritable(String, reason: String)
  case inUse(String)
  case foreign(String, reason: String)
  case closed(String)

  /// A wrong file is the user's fault, one that cannot be written the machine's.
  public var exitClass: ExitClass {
    switch self {
    case .unreadable, .foreign: .usage
    case .unwritable, .inUse, .closed: .machine
    }
  }

  /// The file, the reason, and what to do.
  public var description: String {
    switch self {
    case .unreadable(let file, let reason):
      "\(file) cannot be read: \(reason)"
    case .unwritable(let file, let reason):
      "\(file) cannot be written: \(reason); the steps written before are kept, so make room and resume"
    case .inUse(let file):
      "\(file) is being written by another process; one writer at a time, so wait for it or give another folder"
    case .foreign(let file, let reason):
      "\(file) is not a tensor log: \(reason)"
    case .closed(let file):
      "\(file) was closed, and nothing more can be written to it"
    }
  }
}
