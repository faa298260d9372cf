import Palimpsest

/// One `--set key.path=value`.
///
/// The value is YAML. A comma makes a list, which a sweep takes one by one: `memory.tokens=64,128`.
/// A comma with a blank behind it does not, so a sentence stays whole; in quotes nothing does.
public struct Override: Sendable, Hashable {
  /// Keys joined by full stops.
  public var path: String
  /// A list is swept value by value.
  public var value: Setting

  /// The path is checked when it is applied, not here.
  public init(_ path: String, _ value: Setting) {
    self.path = path
    self.value = value
  }

  /// - Throws: `SettingError.malformed`.
  public init(_ argument: String) throws {
    guard let sign = argument.firstIndex(of: "="), sign != argument.startIndex else {
      throw SettingError.malformed("--set \(argument)", reason: "write it as key.path=value")
    }
    path = String(argument[..<sign])
    guard path.split(separator: ".", omittingEmptySubsequences: false).allSatisfy({ !$0.isEmpty }) else {
      throw SettingError.malformed("--set \(argument)", reason: "'\(path)' has an empty part")
    }
    value = try Self.value(String(argument[argument.index(after: sign)...]), named: "--set \(path)")
  }

  /// A scalar, a list of scalars, or YAML where it begins with a bracket, a brace or a quote.
  /// - Throws: `SettingError.malformed`.
  public static func value(_ text: String, named name: String) throws -> Setting {
    if let first = text.first, "[{\"'".contains(first) {
      return try YAML.settings(in: text, named: name)
    }
    let parts = split(text)
    return parts.count == 1 ? YAML.scalar(text) : .list(parts.map(YAML.scalar))
  }

  private static func split(_ text: String) -> [String] {
    var parts = [""]
    var rest = text[...]
    while let character = rest.popFirst() {
      if character == ",", rest.first?.isWhitespace == false {
        parts.append("")
      } else {
        parts[parts.count - 1].append(character)
      }
    }
    return parts
  }
}
