import Basics
import Foundation
import Palimpsest
import Terminal
import Yams

/// YAML to settings and back: the only place that knows the format.
///
/// Plain scalars follow YAML 1.2: `no` and `on` are words, not truth values. A document of unknown
/// origin cannot hang or exhaust the reader: size, depth (libyaml stops at 1,000 levels, we at 64),
/// values and aliases are bounded.
public enum YAML {
  static let mostBytes = 262_144
  static let mostLevels = 64
  static let mostValues = 65_536
  /// Aliases multiply; with 12 of them the worst document grows 81-fold, which `mostBytes` allows for.
  static let mostAliases = 12

  /// - Throws: `RunError.unreadable`, `SettingError.malformed` with the line.
  public static func read(file path: String) throws -> Setting {
    try settings(in: TextFile.read(path, atMost: mostBytes), named: path)
  }

  /// - Parameter name: what messages call the document.
  public static func settings(in text: String, named name: String) throws -> Setting {
    func refuse(_ reason: String) -> SettingError { .malformed(name, reason: reason) }
    guard text.utf8.count <= mostBytes else { throw refuse("it is longer than \(mostBytes) bytes") }
    guard aliases(in: text) <= mostAliases else { throw refuse("it has more than \(mostAliases) aliases") }
    do {
      guard let root = try Yams.compose(yaml: text) else { return .table([:]) }
      var values = 0
      return try setting(root, level: 0, &values, refuse)
    } catch let error as YamlError {
      throw refuse(plain(error))
    }
  }

  private static func setting(
    _ node: Node, level: Int, _ values: inout Int, _ refuse: (String) -> SettingError
  ) throws -> Setting {
    values += 1
    guard level < mostLevels else { throw refuse("it is nested deeper than \(mostLevels) levels") }
    guard values <= mostValues else { throw refuse("it has more than \(mostValues) values") }
    switch node {
    case .scalar(let scalar):
      return scalar.style == .plain || scalar.style == .any ? self.scalar(scalar.string) : .string(scalar.string)
    case .sequence(let sequence):
      return .list(try sequence.map { try setting($0, level: level + 1, &values, refuse) })
    case .mapping(let mapping):
      var table: [String: Setting] = [:]
      for (key, value) in mapping {
        guard case .scalar(let name) = key else { throw refuse("a key must be a word, not a list or table") }
        table[name.string] = try setting(value, level: level + 1, &values, refuse)
      }
      return .table(table)
    case .alias: throw refuse("it has an alias to nothing")
    }
  }

  /// What a plain scalar stands for.
  public static func scalar(_ text: String) -> Setting {
    switch text {
    case "", "~", "null", "Null", "NULL": .null
    case "true", "True", "TRUE": .bool(true)
    case "false", "False", "FALSE": .bool(false)
    default:
      if let int = Int(text) ?? Int(text.replacing("_", with: "")), text.first != "_", text.last != "_" {
        .int(int)
      } else if let first = text.utf8.first, UInt8(ascii: "+")...UInt8(ascii: "9") ~= first,
        let number = Double(text), number.isFinite
      {
        .number(number)
      } else {
        .string(text)
      }
    }
  }

  /// Places where an alias may stand: more than there are, never fewer.
  private static func aliases(in text: String) -> Int {
    let bytes = Array(text.utf8)
    return bytes.indices.dropLast().count { index in
      bytes[index] == UInt8(ascii: "*") && !bytes[index + 1].isBlank
        && (index == 0 || bytes[index - 1].isBlank || "[{,:?-".utf8.contains(bytes[index - 1]))
    }
  }

  private static func plain(_ error: YamlError) -> String {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      "line \(mark.line), column \(mark.column): \(problem)"
    case .reader(let problem, let offset, _, _):
      "\(problem)\(offset.map { " at byte \($0)" } ?? "")"
    case .duplicatedKeysInMapping(let duplicates, let context):
      "line \(context.mark.line): the key \(duplicates.joined(separator: ", ")) stands there twice"
    default: "it is not YAML"
    }
  }
}

extension YAML {
  /// A document, keys sorted, that reads back as the same settings.
  public static func text(of setting: Setting) throws -> String {
    try Yams.serialize(node: node(setting), indent: 2, width: -1, allowUnicode: true, sortKeys: true)
  }

  private static func node(_ setting: Setting) -> Node {
    func plain(_ text: String) -> Node { .scalar(.init(text, .implicit, .plain)) }
    switch setting {
    case .null: return plain("null")
    case .bool(let bool): return plain("\(bool)")
    case .int(let int): return plain("\(int)")
    case .number(let number): return plain("\(number)")
    case .string(let text):
      // What would read back as something else, or has a sign of YAML in it, is quoted.
      let isPlain = scalar(text) == .string(text) && text.utf8.allSatisfy(isPlainByte)
      return .scalar(.init(text, Tag(.str), isPlain ? .plain : .doubleQuoted))
    case .list(let list): return .sequence(.init(list.map(node), .implicit, list.isEmpty ? .flow : .block))
    case .table(let table):
      let pairs = table.sorted { $0.key < $1.key }.map { (node(.string($0.key)), node($0.value)) }
      return .mapping(.init(pairs, .implicit, pairs.isEmpty ? .flow : .block))
    }
  }

  private static func isPlainByte(_ byte: UInt8) -> Bool {
    byte.isLetterOrDigit || "_./".utf8.contains(byte)
  }
}
