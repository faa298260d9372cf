import Palimpsest

/// The reason why an endpoint gave no reply.
public enum RemoteError: Refusal, Hashable {
  /// The endpoint cannot be used at all.
  case unusable(String, why: String, remedy: String)
  /// The key cannot be had, or may not be sent.
  case key(String, why: String, remedy: String)
  /// The last of all attempts failed like this.
  ///
  /// - `spent`: the tokens that the failed attempts cost, where the endpoint reported them.
  case failed(Fault, at: String, attempts: Int, spent: Usage)

  /// Calls that were made; 0 where none could be.
  public var attempts: Int {
    if case .failed(_, _, let attempts, _) = self { attempts } else { 0 }
  }

  /// Tokens that the endpoint reported for failed calls.
  public var spent: Usage {
    if case .failed(_, _, _, let spent) = self { spent } else { Usage() }
  }

  /// True unless another question may succeed.
  public var stopsRun: Bool {
    if case .failed(let fault, _, _, _) = self { fault.stopsRun } else { true }
  }

  /// A fault that prevents every call is in the settings; a failed call is the machine's or the
  /// network's fault.
  public var exitClass: ExitClass {
    switch self {
    case .unusable, .key: .usage
    case .failed: .machine
    }
  }

  /// The endpoint, the failure, the attempts, and what to do; never the key.
  public var description: String {
    switch self {
    case .unusable(let endpoint, let why, let remedy):
      "the endpoint \(endpoint) cannot be used: \(why); \(remedy)"
    case .key(let place, let why, let remedy):
      "the key \(place) cannot be used: \(why); \(remedy)"
    case .failed(let fault, let endpoint, let attempts, _):
      "\(endpoint) \(fault)\(attempts > 1 ? " (the last of \(attempts) attempts)" : ""); \(fault.remedy)"
    }
  }
}
