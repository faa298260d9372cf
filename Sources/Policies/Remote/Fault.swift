import Palimpsest

/// The reason why one call failed, which decides whether it is repeated.
public enum Fault: Failure, Hashable {
  /// How far a call had come when it failed.
  public enum Stage: String, Sendable { case connect, answer, body }

  /// The endpoint refused: status and message.
  case status(Int, String)
  /// No credit, or no account.
  case quota(String)
  /// The key is missing, wrong, or not enough.
  case forbidden(Int, String)
  /// An error object where an answer was due (inside a 200, or inside a stream).
  case reported(code: String, String)
  /// The connection could not be made, or broke.
  case lost(Stage, String)
  case timedOut(Stage, seconds: Double)
  /// The answer ended early.
  case truncated(String)
  /// The answer is complete, but not in the form of the protocol.
  case malformed(String)
  case tooLarge(limit: Int)
  /// The endpoint asked to wait longer than the limit.
  case tooPatient(seconds: Double)
  /// Sent elsewhere.
  case redirected(to: String, String)
  /// The certificate or the handshake is not to be trusted.
  case insecure(String)
  /// The policy was shut down before.
  case closed

  /// Whether the same call may succeed a little later.
  public var isTransient: Bool {
    switch self {
    case .status(let code, _): [408, 409, 429].contains(code) || code >= 500
    case .reported(let code, _): Self.passing.contains(code) || code.hasPrefix("server_") || code.hasSuffix("_timeout")
    case .lost, .timedOut, .truncated: true
    case .quota, .forbidden, .malformed, .tooLarge, .tooPatient, .redirected, .insecure, .closed: false
    }
  }

  private static let passing: Set = [
    "rate_limit_exceeded", "rate_limit_error", "overloaded", "overloaded_error", "engine_overloaded",
    "internal_error", "internal_server_error", "InternalServerError", "service_unavailable", "timeout",
  ]

  /// Whether every other call would fail in the same way.
  public var stopsRun: Bool {
    switch self {
    case .quota, .forbidden, .redirected, .insecure, .closed: true
    // No such path or model; it exists for no other question either.
    case .status(let code, _): [404, 405].contains(code)
    default: false
    }
  }

  /// Always the machine's or the network's fault.
  public var exitClass: ExitClass { .machine }

  /// A short name for tables.
  public var kind: String {
    switch self {
    case .status(let code, _): "status \(code)"
    case .quota: "quota"
    case .forbidden(let code, _): "status \(code)"
    case .reported: "reported error"
    case .lost: "connection lost"
    case .timedOut(let stage, _): "timeout (\(stage.rawValue))"
    case .truncated: "truncated"
    case .malformed: "malformed"
    case .tooLarge: "too large"
    case .tooPatient: "asked to wait"
    case .redirected: "redirected"
    case .insecure: "not secure"
    case .closed: "shut down"
    }
  }
}

extension Fault {
  /// The same with every foreign text changed.
  func mapping(_ change: (String) -> String) -> Fault {
    switch self {
    case .status(let code, let said): .status(code, change(said))
    case .quota(let said): .quota(change(said))
    case .forbidden(let code, let said): .forbidden(code, change(said))
    case .reported(let code, let said): .reported(code: change(code), change(said))
    case .lost(let stage, let why): .lost(stage, change(why))
    case .truncated(let why): .truncated(change(why))
    case .malformed(let why): .malformed(change(why))
    case .redirected(let place, let why): .redirected(to: change(place), change(why))
    case .insecure(let why): .insecure(change(why))
    case .timedOut, .tooLarge, .tooPatient, .closed: self
    }
  }

  /// Whether the replica is at fault, so that another should be used.
  var blamesReplica: Bool {
    switch self {
    case .status(let code, _): code >= 500
    case .lost, .timedOut: true
    default: false
    }
  }

  var isUnreachable: Bool {
    switch self {
    case .lost(.connect, _), .timedOut(.connect, _): true
    default: false
    }
  }

  /// Its meaning for the load of the replica.
  var sign: Throttle.Sign {
    switch self {
    case .status(429, _), .tooPatient: .limited
    case .reported(let code, _): code.hasPrefix("rate_limit") ? .limited : .nothing
    case .status(let code, _): code >= 500 ? .strained : .nothing
    default: .nothing
    }
  }
}
