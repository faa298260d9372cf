import Palimpsest

/// The thirteen tasks of RULER, its Table 5, by the names of its configuration.
public enum RulerKind: String, Choice {
  case nIAHSingle1 = "niah_single_1"
  case nIAHSingle2 = "niah_single_2"
  case nIAHSingle3 = "niah_single_3"
  case nIAHMultikey1 = "niah_multikey_1"
  case nIAHMultikey2 = "niah_multikey_2"
  case nIAHMultikey3 = "niah_multikey_3"
  case nIAHMultivalue = "niah_multivalue"
  case nIAHMultiquery = "niah_multiquery"
  /// Chains of variables that are assigned to each other.
  case variables = "vt"
  /// The ten most frequent words of a numbered list.
  case commonWords = "cwe"
  /// The three most frequent words of a coded text.
  case frequentWords = "fwe"
  /// SQuAD among its own paragraphs.
  case squad = "qa_1"
  /// HotpotQA among its own paragraphs.
  case hotpot = "qa_2"

  /// The tokens that a reply may have; part of every length.
  public var tokensToGenerate: Int {
    switch self {
    case .variables: 30
    case .commonWords: 120
    case .frequentWords: 50
    case .squad, .hotpot: 32
    default: 128
    }
  }

  /// Whether any gold in the reply is enough (`string_match_part`), or the share of golds counts (`string_match_all`).
  public var needsAnyGold: Bool { self == .squad || self == .hotpot }

  /// The kind of needle; nil for the other tasks.
  var needle: NeedleVariety? {
    switch self {
    case .nIAHSingle1: .single1
    case .nIAHSingle2: .single2
    case .nIAHSingle3: .single3
    case .nIAHMultikey1: .multikey1
    case .nIAHMultikey2: .multikey2
    case .nIAHMultikey3: .multikey3
    case .nIAHMultivalue: .multivalue
    case .nIAHMultiquery: .multiquery
    default: nil
    }
  }
}
