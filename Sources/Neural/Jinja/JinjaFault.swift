/// Why a template gives no text. Each case has the line of the template, counted from 1.
public enum JinjaFault: Error, Hashable, Sendable {
  /// The source is no Jinja.
  case syntax(line: Int, reason: String)
  /// The source is Jinja, but uses a construct that this interpreter does not have.
  case unsupported(line: Int, construct: String)
  /// Evaluation failed, as it would in Python: an undefined value was used, types do not fit.
  case failed(line: Int, reason: String)
  /// The template called `raise_exception`.
  case refused(line: Int, message: String)
  /// Evaluation needs more than `JinjaLimits` allow.
  case exceeded(line: Int, limit: String)

  /// The line of the template.
  public var line: Int {
    switch self {
    case .syntax(let line, _), .unsupported(let line, _), .failed(let line, _), .refused(let line, _),
      .exceeded(let line, _):
      line
    }
  }

  /// What is wrong, without the line.
  public var reason: String {
    switch self {
    case .syntax(_, let reason): reason
    case .unsupported(_, let construct): "\(construct) is not supported here"
    case .failed(_, let reason): reason
    case .refused(_, let message): "it refuses the conversation: \(message)"
    case .exceeded(_, let limit): "it needs \(limit)"
    }
  }
}
