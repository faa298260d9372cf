import Checkpoints
import Learning
import Palimpsest
import PolicyLocal
import Tasks
import Tokenizers
import TraceLogs
import Verifiers

/// What can go wrong at the workbench. Every case knows what to do about it and with which code the
/// process should end.
public enum WorkbenchError: Error, CustomStringConvertible {
  case unreadable(String, reason: String)
  case unwritable(String, reason: String)
  /// Another process writes this run.
  case busy(String, holder: String)
  /// A run on disk was made with other settings or data.
  case changed(String, differences: [String])
  case notARun(String, reason: String)
  case usage(String)
  /// More questions failed than is allowed.
  case failures(Int, of: Int)
  case interrupted(resume: String)
  case environment(String)

  public var description: String {
    switch self {
    case .unreadable(let path, let reason): "\(path) cannot be read: \(reason)"
    case .unwritable(let path, let reason):
      "\(path) cannot be written: \(reason); choose another place with --out"
    case .busy(let path, let holder):
      "\(path) is being written by another process (\(holder)); wait for it, or choose another place with --out"
    case .changed(let path, let differences):
      "\(path) was made with something else, so its results cannot be continued:\n"
        + differences.map { "  \($0)" }.joined(separator: "\n")
        + "\nundo the change, or choose another place with --out"
    case .notARun(let path, let reason): "\(path) is no run: \(reason)"
    case .usage(let sentence): sentence
    case .failures(let failed, let n): "\(failed) of \(n) questions failed; --fail-on-error sets how many may"
    case .interrupted(let resume): "interrupted; what is done is kept. Go on with:\n  \(resume)"
    case .environment(let sentence): sentence
    }
  }
}

/// With what a process ends.
public enum ExitCode: Int32, Sendable {
  case ok = 0
  /// More failures than allowed.
  case failures = 1
  /// Wrong flags, settings or files.
  case usage = 2
  /// Stopped on request; can be resumed.
  case interrupted = 3
  /// Something of the machine or the network: no room, no permission, no endpoint.
  case environment = 4

  public init(for error: any Error) {
    switch error {
    case let error as WorkbenchError:
      switch error {
      case .unreadable, .changed, .notARun, .usage: self = .usage
      case .unwritable, .busy, .environment: self = .environment
      case .failures: self = .failures
      case .interrupted: self = .interrupted
      }
    case CheckpointError.unwritable, LocalError.noRoom: self = .environment
    case is SettingError, is ReaderError, is TextError, is QAError, is VectorError, is TokenizerError, is LearningError,
      is CheckpointError, is LocalError:
      self = .usage
    case is CancellationError: self = .interrupted
    default: self = .environment
    }
  }
}
