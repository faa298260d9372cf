import Palimpsest

/// What can be wrong with a script.
public enum ScriptError: Refusal, Equatable {
  case missing(session: String, step: Int, purpose: String)
  case unreadable(String, reason: String)
  case notARecording(String, line: Int)

  public var attempts: Int { 1 }
  public var stopsRun: Bool {
    if case .missing = self { false } else { true }
  }

  public var description: String {
    switch self {
    case .missing(let session, let step, let purpose):
      "no reply was recorded for session '\(session)', step \(step), purpose '\(purpose)'; add one, or "
        + "leave session or purpose out of a recording to let it stand for all"
    case .unreadable(let path, let reason):
      "\(path) cannot be read: \(reason)"
    case .notARecording(let path, let line):
      "\(path), line \(line), is no recording; a line is {\"session\": …, \"step\": …, \"reply\": …}"
    }
  }
}
