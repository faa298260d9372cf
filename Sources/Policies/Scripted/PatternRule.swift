import Palimpsest

/// A rule in YAML: a regular expression over a hole, and a reply.
///
/// In `reply`, `{0}` stands for the match, `{1}` to `{9}` for its groups, and `{problem}`,
/// `{memory}`, `{section}` for the content of the holes. `{all}` is every match, one per line.
/// Other braces are plain text.
///
/// The expressions are the experimenter's own: endless backtracking is not detected.
public struct PatternRule: Sendable, Codable, Hashable {
  /// A Swift regular expression; nil matches always.
  public var when: String?
  /// The hole that is searched.
  public var `in` = "section"
  /// The form of reply the rule is for; nil for every form.
  public var form: String?
  /// The text, with `{0}`…`{9}`, `{all}` and the names of holes to be filled in.
  public var reply: String

  /// Without an expression the rule fits every prompt.
  public init(when: String? = nil, in hole: String = "section", form: String? = nil, reply: String) {
    self.when = when
    self.in = hole
    self.form = form
    self.reply = reply
  }

  private enum Key: String, CodingKey, CaseIterable { case when, `in`, form, reply }

  /// - Throws: `SettingError.unknownKey` for a key that rules do not have, `DecodingError` without a reply.
  public init(from decoder: any Decoder) throws {
    let given = try Setting(from: decoder)
    if case .table(let table) = given,
      let unknown = table.keys.sorted().first(where: { Key(rawValue: $0) == nil })
    {
      let known = Key.allCases.map(\.rawValue)
      throw SettingError.unknownKey("rules." + unknown, nearest: nearest(to: unknown, among: known), known: known)
    }
    let values = try decoder.container(keyedBy: Key.self)
    when = try values.decodeIfPresent(String.self, forKey: .when)
    `in` = try values.decodeIfPresent(String.self, forKey: .in) ?? "section"
    form = try values.decodeIfPresent(String.self, forKey: .form)
    reply = try values.decode(String.self, forKey: .reply)
  }
}

extension RulesPolicy.Rule {
  /// - Throws: `ScriptError.notAPattern` for text that is not a regular expression.
  public init(_ rule: PatternRule) throws {
    do {
      _ = try rule.when.map { try Regex($0) }
    } catch {
      throw ScriptError.notAPattern(rule.when ?? "", reason: "\(error)")
    }
    self.init { prompt, _, _ in
      if let form = rule.form, prompt.form?.rawValue != form { return nil }
      let text = prompt[Prompt.Hole(rawValue: rule.in)] ?? ""
      // Compiled at each call, since a regular expression cannot be shared between tasks.
      let matches = try rule.when.map { text.matches(of: try Regex($0)) } ?? []
      if rule.when != nil, matches.isEmpty { return nil }

      var slots = ["{all}": matches.map { String(text[$0.range]) }.joined(separator: "\n")]
      for (index, group) in (matches.first.map { Array($0.output) } ?? []).enumerated() {
        slots["{\(index)}"] = group.substring.map(String.init) ?? ""
      }
      for hole in [Prompt.Hole.problem, .memory, .section] { slots["{\(hole.rawValue)}"] = prompt[hole] ?? "" }
      return filled(rule.reply, with: slots)
    }
  }
}

/// A template with its slots filled, each once: filled-in text is not scanned again.
private func filled(_ template: String, with slots: [String: String]) -> String {
  var text = ""
  var rest = template[...]
  while let open = rest.firstIndex(of: "{") {
    text += rest[..<open]
    rest = rest[open...]
    if let close = rest.firstIndex(of: "}"), let value = slots[String(rest[...close])] {
      text += value
      rest = rest[rest.index(after: close)...]
    } else {
      text.append(rest.removeFirst())
    }
  }
  return text + rest
}
