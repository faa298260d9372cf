import Palimpsest

/// Faults of a script.
public enum ScriptError: Refusal, Equatable {
  case missing(CallID)
  case silent(CallID)
  case unreadable(String, reason: String)
  case notARecording(String, line: Int, reason: String)
  case notAPattern(String, reason: String)

  /// Always 1: asking again would give the same.
  public var attempts: Int { 1 }
  /// False where a reply is missing, true where the script itself is wrong.
  public var stopsRun: Bool {
    switch self {
    case .missing, .silent: false
    case .unreadable, .notARecording, .notAPattern: true
    }
  }

  /// Always the user's fault.
  public var exitClass: ExitClass { .usage }

  /// What is missing or wrong in the script, and what to do.
  public var description: String {
    switch self {
    case .missing(let call):
      "no reply was recorded for \(call); add one, or "
        + "leave session or purpose out of a recording to let it stand for all"
    case .silent(let call):
      "no rule replies to \(call); end the rules with "
        + "one that always does"
    case .unreadable(let path, let reason):
      "\(path) cannot be read: \(reason)"
    case .notARecording(let path, let line, let reason):
      "\(path), line \(line), is not a recording (\(reason)); a line is "
        + "{\"session\": …, \"step\": …, \"reply\": …}"
    case .notAPattern(let pattern, let reason):
      "'\(pattern)' is not a regular expression: \(reason)"
    }
  }
}
