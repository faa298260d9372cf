import Foundation
import Palimpsest

/// The policies that reply from rules or recordings, by name.
public let scriptedPolicies: [Catalog<any Policy>.Entry] = [
  .init(
    "recorded", "replays replies from a file of JSON Lines", defaults: RecordedSettings()
  ) { settings, setup in
    guard !settings.file.isEmpty else {
      throw SettingError.outOfRange(
        setup.path + ".file", found: "empty", why: "name a file of JSON Lines to replay")
    }
    return try RecordedPolicy(file: URL(filePath: settings.file), tokenizer: setup.tokenizer)
  },
  .init(
    "rules", "replies by regular expressions over what it is shown", defaults: RulesSettings()
  ) { settings, setup in
    guard !settings.rules.isEmpty else {
      throw SettingError.outOfRange(setup.path + ".rules", found: "empty", why: "give at least one rule")
    }
    return RulesPolicy(try settings.rules.map { try .init($0) }, tokenizer: setup.tokenizer)
  },
]

/// Settings of the policy `recorded`.
public struct RecordedSettings: Codable, Sendable {
  /// Lines of `{"session": …, "step": …, "call": …, "reply": …}`.
  public var file = ""

  /// Without a file, which is refused when the policy is made.
  public init() {}
}

/// Settings of the policy `rules`: `{kind: rules, rules: [{when: "code is (\\d+)", reply: "{1}"}]}`.
public struct RulesSettings: Codable, Sendable {
  /// The first one that fits replies.
  public var rules: [PatternRule] = []

  /// Without rules, no prompt gets a reply.
  public init() {}
}
