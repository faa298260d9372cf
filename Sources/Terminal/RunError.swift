import Palimpsest

/// Why a run, an evaluation or a command ended. Every case says what to do.
public enum RunError: Failure {
  case unreadable(String, reason: String)
  case unwritable(String, reason: String)
  /// Another process writes this run.
  case busy(String, holder: String)
  /// A run on disk was made with other settings or data.
  case changed(String, differences: [String])
  /// A sweep of this name has points that are not in this one.
  case changedSweep(String, differences: [String])
  case notARun(String, reason: String)
  case usage(String)
  /// More questions failed than is allowed.
  case failures(Int, of: Int)
  /// Points of a sweep did not come to their end.
  case points(failed: Int, of: Int)
  /// Another process was asked and refused; its messages say why.
  case refused(by: String, ExitClass)
  case interrupted(resume: String)
  case environment(String)

  /// By case: wrong settings, the machine, too many failures, or the class of the refusal.
  public var exitClass: ExitClass {
    switch self {
    case .unreadable, .changed, .changedSweep, .notARun, .usage: .usage
    case .unwritable, .busy, .environment: .machine
    case .failures, .points: .failures
    case .refused(_, let exitClass): exitClass
    case .interrupted: .interrupted
    }
  }

  /// What failed, where, and what to do.
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
    case .changedSweep(let path, let differences):
      "\(path) is a sweep of other points:\n" + differences.map { "  \($0)" }.joined(separator: "\n")
        + "\nundo the change, or give this one another name with --name; a sweep may only grow under its name"
    case .notARun(let path, let reason): "\(path) is not a run: \(reason)"
    case .usage(let sentence): sentence
    case .failures(let failed, let n): "\(failed) of \(n) questions failed; --fail-on-error sets how many may"
    case .points(let failed, let n):
      "\(failed) of \(n) points failed; the same command runs them again and takes the others from disk"
    case .refused(let name, _): "\(name) refused; its message above says why"
    case .interrupted(let resume): "interrupted; what is done is kept. Go on with:\n  \(resume)"
    case .environment(let sentence): sentence
    }
  }
}
