import Palimpsest

/// The exception that the original code of a metric raises where it cannot score, by its name.
public enum PythonError: Failure, Equatable {
  case assertionError(String)
  case indexError(String)
  case keyError(String)
  case overflowError(String)
  case syntaxError(String)
  case typeError(String)
  case valueError(String)
  case zeroDivisionError(String)

  /// The name vectors know it by.
  public var name: String {
    switch self {
    case .assertionError: "AssertionError"
    case .indexError: "IndexError"
    case .keyError: "KeyError"
    case .overflowError: "OverflowError"
    case .syntaxError: "SyntaxError"
    case .typeError: "TypeError"
    case .valueError: "ValueError"
    case .zeroDivisionError: "ZeroDivisionError"
    }
  }

  /// Always the user's fault: the case has no score.
  public var exitClass: ExitClass { .usage }

  /// The exception's name in Python, and the reason.
  public var description: String {
    switch self {
    case .assertionError(let why), .indexError(let why), .keyError(let why), .overflowError(let why),
      .syntaxError(let why), .typeError(let why), .valueError(let why), .zeroDivisionError(let why):
      "the metric cannot score this (\(name) in the original): \(why)"
    }
  }
}
