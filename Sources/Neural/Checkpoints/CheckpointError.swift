import JSON
import Palimpsest

/// Faults of a checkpoint. Every case names the file, and what to do about it.
public enum CheckpointError: Failure, Hashable {
  /// The system does not give the file, or it is of no kind that holds weights.
  case unreadable(file: String, reason: String)
  case unwritable(file: String, reason: String)
  /// A rule of the format, or a requested rule, does not hold.
  case broken(Rule, file: String, tensor: String?, expected: String, found: String)
  /// A configuration that asks for an unsupported computation, or lacks a field that the computation
  /// needs.
  case unsupported(file: String, key: String, expected: String, found: String)

  /// A file that cannot be written is the machine's fault, everything else is the user's.
  public var exitClass: ExitClass {
    if case .unwritable = self { .machine } else { .usage }
  }

  /// The file, the tensor or field, the expected and the found value, and what to do.
  public var description: String {
    switch self {
    case .unreadable(let file, let reason): "\(file) cannot be read: \(reason)"
    case .unwritable(let file, let reason): "\(file) cannot be written: \(reason)"
    case .broken(let rule, let file, let tensor, let expected, let found):
      "\(file)\(tensor.map { ", \(shown($0))" } ?? ""): \(rule.rawValue): expected \(expected), found \(found); "
        + rule.remedy
    case .unsupported(let file, let key, let expected, let found):
      "\(file): \(key) is \(found), expected \(expected); "
        + "take a checkpoint of a supported kind"
    }
  }
}

extension CheckpointError {
  /// - Parameter tensor: the tensor that is being read.
  init(_ fault: JSONFault, tensor: String? = nil) {
    switch fault {
    case .broken(let rule, let file, let byte, let expected, let found):
      let broken: Rule =
        switch rule {
        case .grammar: .json
        case .text: .utf8
        case .uniqueKeys: .uniqueKeys
        case .depth: .depth
        case .count: .countLimit
        }
      self = .broken(broken, file: file, tensor: tensor, expected: expected, found: "\(found) at byte \(byte)")
    case .unexpected(let file, let key, let expected, let found):
      self = .unsupported(file: file, key: key, expected: expected, found: found)
    }
  }
}

/// What is read from JSON, with errors of this room.
func reading<Result>(_ body: () throws -> Result) throws -> Result {
  do { return try body() } catch let fault as JSONFault { throw CheckpointError(fault) }
}
