extension Fault {
  /// The failure, as the end of a sentence that begins with the endpoint.
  public var description: String {
    switch self {
    case .status(let code, let said): "answered \(code)\(Self.quoting(said))"
    case .quota(let said): "has no credit left for this account\(Self.quoting(said))"
    case .forbidden(let code, let said): "refused the key with \(code)\(Self.quoting(said))"
    case .reported(let code, let said): "reported an error\(code.isEmpty ? "" : " (\(code))")\(Self.quoting(said))"
    case .lost(.connect, let why): "could not be reached: \(why)"
    case .lost(.answer, let why): "gave no answer: \(why)"
    case .lost(.body, let why): "broke off within its answer: \(why)"
    case .timedOut(.connect, let seconds): "did not accept a connection within \(Self.plain(seconds)) s"
    case .timedOut(.answer, let seconds): "gave no whole answer within \(Self.plain(seconds)) s"
    case .timedOut(.body, let seconds): "fell silent within its answer for \(Self.plain(seconds)) s"
    case .truncated(let why): "gave an answer that ends early: \(why)"
    case .malformed(let why): "gave an answer that is not a chat completion: \(why)"
    case .tooLarge(let limit): "sent more than \(limit) bytes"
    case .tooPatient(let seconds): "asks to wait \(Self.plain(seconds)) s"
    case .redirected(let place, let why): "sends the call on to \(place): \(why)"
    case .insecure(let why): "cannot be trusted: \(why)"
    case .closed: "is asked by a policy that was shut down"
    }
  }

  /// What to do about it, as an imperative.
  public var remedy: String {
    switch self {
    case .status(let code, let said): Self.remedy(for: code, said)
    case .quota: "add credit or use another account; the run stops here and can be resumed"
    case .forbidden: "check the key (keyVariable, keyFile) and what it may use; the run stops here and can be resumed"
    case .reported: "look at the endpoint's own log"
    case .lost(.connect, _), .timedOut(.connect, _):
      "check that the server runs and that host and port are right (palimpsest doctor)"
    case .lost, .truncated: "check the server and the proxies in between; more retries help if this is temporary"
    case .timedOut(.answer, _): "raise timeouts.total, or ask for fewer tokens"
    case .timedOut(.body, _): "raise timeouts.stall, or check the server"
    case .malformed: "check that the endpoint is an OpenAI-compatible base URL, usually ending in /v1"
    case .tooLarge: "raise responseLimit if such an answer is right"
    case .tooPatient: "try again later; the run can be resumed"
    case .redirected: "if that is the right place, make it the endpoint"
    case .insecure: "check the certificate and the clock of this machine"
    case .closed: "shut a policy down only after its last reply"
    }
  }

  private static func remedy(for code: Int, _ said: String) -> String {
    let said = said.lowercased()
    return switch code {
    case 400 where said.contains("max_completion_tokens"): "set limitField: max_completion_tokens"
    case 400 where said.contains("context"), 413: "make chunk, page or reply smaller, so that they fit the window"
    case 400 where said.contains("temperature"): "set temperature: null, so that none is sent"
    case 404: "check the model's name and that the base URL ends as the endpoint wants it, usually in /v1"
    case 429: "lower concurrency.ceiling, or try again later"
    case 500...: "the server failed; try again later"
    default: "change what the endpoint objects to"
    }
  }

  private static func quoting(_ said: String) -> String { said.isEmpty ? "" : ": \(said)" }

  static func plain(_ number: Double) -> String {
    number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
  }
}
