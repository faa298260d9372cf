/// A capability that a memory needs and a policy serves; both sets are compared before the first
/// token is spent.
public enum Capability: Sendable, Hashable {
  /// Takes in parts of a prompt at this site.
  case site(Recollection.Site)
  /// Gives tensors of this kind from inside the model (`Policy.forward`).
  case tap(Tap.Kind)
  /// Gives the log-probabilities of tokens it is shown (`Policy.score`).
  case scores
  /// Gives the token ids of its prompts and replies.
  case tokenIDs
  /// Gives the log-probabilities of the tokens of its replies.
  case logProbabilities
}

extension Capability: RawRepresentable, Codable {
  /// `text`, `rows`, `tap.hidden`, `scores`: how settings, messages and logs name it.
  public var rawValue: String {
    switch self {
    case .site(let site): site.rawValue
    case .tap(let kind): "tap.\(kind.rawValue)"
    case .scores: "scores"
    case .tokenIDs: "tokenIDs"
    case .logProbabilities: "logProbabilities"
    }
  }

  /// Nil for a name that is no capability.
  public init?(rawValue: String) {
    if let site = Recollection.Site(rawValue: rawValue) {
      self = .site(site)
    } else if rawValue.hasPrefix("tap."), let kind = Tap.Kind(rawValue: String(rawValue.dropFirst(4))) {
      self = .tap(kind)
    } else {
      switch rawValue {
      case "scores": self = .scores
      case "tokenIDs": self = .tokenIDs
      case "logProbabilities": self = .logProbabilities
      default: return nil
      }
    }
  }
}

extension Capability {
  /// Takes in text.
  public static var text: Capability { .site(.text) }
  /// Takes in vectors in place of token embeddings.
  public static var vectors: Capability { .site(.vectors) }
  /// Takes in attention rows.
  public static var rows: Capability { .site(.rows) }
  /// Takes in vectors for the residual stream.
  public static var residual: Capability { .site(.residual) }
  /// Takes in distributions for the next token.
  public static var distribution: Capability { .site(.distribution) }
  /// Takes in vectors during decoding.
  public static var onDemand: Capability { .site(.onDemand) }
}

extension Set<Capability> {
  /// - Throws: `ReaderError.unserved` with what this set lacks.
  /// - Parameter policy: the name of the policy whose set this is.
  public func check(_ needs: Set<Capability>, of policy: String) throws {
    let missing = needs.subtracting(self)
    guard missing.isEmpty else { throw ReaderError.unserved(missing.map(\.rawValue).sorted(), by: policy) }
  }
}
