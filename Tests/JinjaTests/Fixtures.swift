import Foundation
import Jinja

enum Fixtures {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Fixtures/Templates")

  static func text(_ path: String) throws -> String {
    String(decoding: try Data(contentsOf: folder.appending(path: path)), as: UTF8.self)
  }

  /// What Tests/Fixtures/Templates/oracle.py writes.
  struct Chats: Decodable {
    struct Turn: Decodable {
      var role: String
      var content: String
    }
    struct Template: Decodable {
      var name: String
      /// nil where jinja2 fails.
      var texts: [String?]
      /// For each conversation and settings the index of its text.
      var chats: [Int]
    }
    var conversations: [[Turn]]
    var settings: [[String: Bool]]
    var templates: [Template]

    init(_ folder: URL) throws {
      self = try JSONDecoder().decode(
        Self.self, from: Data(contentsOf: folder.appending(path: "chats.json")))
    }
  }
}

extension JinjaTemplate {
  /// What it writes, whatever its origin.
  func string(_ variables: [String: JinjaValue] = [:], date: JinjaDate = .fallback) throws -> String {
    try render(variables, date: date).map { part in
      switch part {
      case .trusted(let text), .foreign(let text): text
      case .gap: "\u{FFFC}"
      }
    }
    .joined()
  }
}

/// Numbers that look random and are the same every time: SplitMix64.
struct Dice {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
