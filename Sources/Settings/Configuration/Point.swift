import Basics
import Foundation
import Palimpsest

/// One point of a sweep: its settings, and the same settings with every default of every part
/// written out. The full settings identify a run.
public struct Point<Settings: ExperimentSettings>: Sendable {
  /// The settings of this point, decoded.
  public let settings: Settings
  /// Every setting, those of the parts included.
  public let full: Setting
  /// What differs from the experiment's defaults, as `memory.tokens=128`, sorted.
  public let differences: [(path: String, value: Setting)]
  /// The name that `ablations:` gives it; nil for a point of the product. It is no setting: the same settings under
  /// another name are the same run.
  public let ablation: String?

  package init(_ given: Setting, ablation: String? = nil, defaults: Settings) throws {
    self.ablation = ablation
    settings = try Setting.resolve(defaults, overlaid: given, at: "")
    full = try Setting(describing: settings).expanded()
    let base = try Setting(describing: defaults).expanded().comparable(to: full).leaves
    differences = full.leaves.filter { base[$0.key] != $0.value }.sorted { $0.key < $1.key }
      .map { ($0.key, $0.value) }
  }

  /// A folder name: what differs, and a hash of all settings that keeps it unique.
  public var name: String { RunName.of(differences, full: full) }
}

/// Names of runs: short, safe on any file system, the same for the same settings.
package enum RunName {
  package static let mostBytes = 120

  package static func of(_ differences: [(path: String, value: Setting)], full: Setting) -> String {
    // Data, such as a list of questions, is told apart by the hash alone.
    let words = differences.filter { !isData($0.value) }.map { safe("\($0.path)=\(plain($0.value))") }
    var name = ""
    for word in words where name.utf8.count + word.utf8.count < mostBytes {
      name += (name.isEmpty ? "" : "_") + word
    }
    return (name.isEmpty ? "defaults" : name) + "-" + SHA256.hash(full.line).prefix(8)
  }

  private static func isData(_ value: Setting) -> Bool {
    guard case .list(let values) = value else { return false }
    return values.contains { if case .table = $0 { true } else { isData($0) } }
  }

  /// A value without its marks: of a URL host, port and path, of a path the last two names.
  private static func plain(_ value: Setting) -> String {
    switch value {
    case .string(let text) where text.contains("://"):
      // Several endpoints stand in one setting.
      text.split { $0.isWhitespace || $0 == "," }.map { address($0) }.joined(separator: "+")
    case .string(let text) where text.contains("/") && !text.contains(where: \.isWhitespace):
      text.split(separator: "/").suffix(2).joined(separator: "/")
    case .string(let text): text
    case .list(let values): values.map(plain).joined(separator: "+")
    default: value.line
    }
  }

  /// A URL without scheme, user and query.
  private static func address(_ text: Substring) -> String {
    let rest = text.range(of: "://").map { text[$0.upperBound...] } ?? text
    let place = rest.prefix { $0 != "?" && $0 != "#" }
    let path = place.drop { $0 != "/" }
    let host = place.prefix { $0 != "/" }.split(separator: "@").last ?? ""
    return (host + path).split(separator: "/").joined(separator: "/")
  }

  /// Letters, digits and `.=+-` as they are, a run of anything else as one `~`; never empty, never a
  /// path, never hidden. Of a long text the beginning and the end are kept: either may tell it from others.
  package static func safe(_ text: String) -> String {
    let tilde = UInt8(ascii: "~")
    var bytes: [UInt8] = []
    let all = Array(text.utf8)
    for byte in all.count <= 60 ? all : all.prefix(39) + [tilde] + all.suffix(20) {
      if isSafe(byte) { bytes.append(byte) } else if bytes.last != tilde { bytes.append(tilde) }
    }
    if bytes.isEmpty || bytes[0] == UInt8(ascii: ".") || bytes[0] == UInt8(ascii: "-") {
      bytes.insert(tilde, at: 0)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func isSafe(_ byte: UInt8) -> Bool {
    byte.isLetterOrDigit || ".=+-_".utf8.contains(byte)
  }
}

extension Setting {
  /// Every specification with the defaults of its kind written out.
  ///
  /// - Parameter isWhole: whether settings that are nil are written out too, as null.
  package func expanded(at key: String = "", isWhole: Bool = false) -> Setting {
    guard case .table(let table) = self else { return self }
    var full = table
    if case .string(let kind)? = table["kind"], let variant = Family.variant(kind, at: key),
      case .table(let defaults) = isWhole ? variant.settings : variant.defaults
    {
      full = defaults.merging(table) { $1 }
    }
    return .table(full.reduce(into: [:]) { $0[$1.key] = $1.value.expanded(at: $1.key, isWhole: isWhole) })
  }

  /// The same defaults, but with those of another's kinds wherever a kind is another: a run of
  /// another memory differs by the kind, not by each of the kind's own defaults.
  func comparable(to other: Setting) -> Setting {
    guard case .table(let mine) = self, case .table(let others) = other else { return self }
    return .table(
      mine.reduce(into: [:]) { table, pair in
        let (key, value) = pair
        table[key] = value
        guard let kind = value["kind"], let wanted = others[key]?["kind"], kind != wanted,
          case .string(let name) = wanted, let variant = Family.variant(name, at: key),
          case .table(var defaults) = variant.defaults
        else { return }
        defaults["kind"] = kind
        table[key] = .table(defaults)
      })
  }

  /// Every value that is not a table, by its dotted path.
  package var leaves: [String: Setting] {
    func walk(_ setting: Setting, _ path: String, _ leaves: inout [String: Setting]) {
      guard case .table(let table) = setting, !(table.isEmpty && !path.isEmpty) else {
        leaves[path] = setting
        return
      }
      for (key, value) in table { walk(value, path.isEmpty ? key : "\(path).\(key)", &leaves) }
    }
    var leaves: [String: Setting] = [:]
    walk(self, "", &leaves)
    return leaves
  }

  /// What would have to change to come from one to the other, a line each.
  package static func differences(from old: Setting, to new: Setting) -> [String] {
    let (old, new) = (old.leaves, new.leaves)
    return Set(old.keys).union(new.keys).sorted().filter { old[$0] != new[$0] }
      .map { "\($0): \(old[$0]?.line ?? "not set") there, \(new[$0]?.line ?? "not set") now" }
  }
}
