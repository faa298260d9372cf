import Foundation
import Palimpsest

/// The policies that reply from rules or recordings, by name.
public let scriptedPolicies: [Catalog<any Policy>.Entry] = [
  .init("recorded", "replays replies from a file of JSON Lines", defaults: RecordedSettings()) { settings, setup in
    guard !settings.file.isEmpty else {
      throw SettingError.outOfRange(
        setup.path + ".file", found: "empty", why: "recorded needs a file of JSON Lines to replay")
    }
    return try RecordedPolicy(file: URL(filePath: settings.file), tokenizer: setup.tokenizer)
  }
]

/// Settings of the policy `recorded`.
public struct RecordedSettings: Codable, Sendable {
  /// Lines of `{"session": …, "step": …, "reply": …}`.
  public var file = ""

  public init() {}
}
