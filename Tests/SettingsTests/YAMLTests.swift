import Palimpsest
import Settings
import Support
import Testing

@Suite struct `The fast reader of settings` {
  @Test func `reads what a run writes as Yams does`() throws {
    let full = try points("", "memory.tokens=64,128", "label='-5'", "lengths=[[3, 4]]").map(\.full)
    for setting in full + [
      ["a": ["b": [1, -2, 0.5, -0.25], "c": true, "d": .null, "e": "no", "f": "a b: c", "g": "1", "h": [:], "i": []]],
      ["a": "", "b": ["x", "y z", "-"], "c.d": 1e-9, "e": ["f": ["g": ["h": "ä"]]]],
    ] as [Setting] {
      let text = try YAML.text(of: setting)
      #expect(YAML.plainSettings(in: text) == setting, "\(text)")
      #expect(try YAML.settings(in: text, named: "test") == setting, "\(text)")
    }
  }

  /// It says nothing about them, or the same.
  @Test(arguments: [
    "a: 1\na: 2\n", "a: [1, 2]\n", "a: {b: 1}\n", "a: *b\n", "a: &b 1\n", "- a: 1\n  b: 2\n", "a: |\n  text\n",
    "a: -\n",
    "a:\n  - 1\n  - 2\n", "a: 1 # one\n", "a: \"x\\n\"\n", "a: 'x'\n", "? a\n: b\n", "a: 1\n  b: 2\n", "a: b\n  c\n",
    "---\na: 1\n",
    "a: \"b\" c\n", "a:\n", "a: 1\r\n", "a: !!str 1\n", "a:\n- b:\n  c\n", "a:b\n", "a : b\n", "<<: 1\n", "a: +1\n",
    "a: -x\n", "a: --x\n",
    "a: 0x1F\n", "a: 1_000\n", "a: .5\n", "a: ~\n", "null: null\n", "a: ---\n", "a:\n\n  b: 1\n", "a: ...\n", "...\n",
    "a: \"\"\"\n",
  ])
  func `leaves the rest to Yams`(_ text: String) {
    guard let plain = YAML.plainSettings(in: text) else { return }
    #expect((try? YAML.settings(in: text, named: "test")) == plain)
  }
}

@Suite struct `A YAML document` {
  static func read(_ text: String) throws -> Setting { try YAML.settings(in: text, named: "test.yaml") }

  @Test func `knows the scalars of YAML 1.2`() throws {
    let settings = try Self.read("a: no\nb: true\nc: 12\nd: 1e-3\ne: '12'\nf: ~\ng: 1_000\nh: 0x\ni: -4\nj: nan")
    #expect(
      settings
        == .table([
          "a": .string("no"), "b": .bool(true), "c": .int(12), "d": .number(0.001), "e": .string("12"), "f": .null,
          "g": .int(1000), "h": .string("0x"), "i": .int(-4), "j": .string("nan"),
        ]))
  }

  /// Any settings, written and read, are the same settings.
  @Test func `reads back what it wrote`() throws {
    let words = [
      "", "no", "true", "12", "a b", "x: y", "- z", "é\n", " lead", "'q'", "\"", "#", "null", "*a", "&b", "1e5", "{",
      "\t", "\u{85}", "%",
    ]
    var random = SeededGenerator(seed: 3, purpose: "yaml")
    func any(_ depth: Int) -> Setting {
      switch Int.random(in: 0..<(depth > 3 ? 5 : 7), using: &random) {
      case 0: .null
      case 1: .bool(Bool.random(using: &random))
      case 2: .int(Int.random(in: -1000...1000, using: &random))
      case 3: .number(Double(Int.random(in: -1000...1000, using: &random)) / 8 + 0.0625)
      case 4: .string(words.randomElement(using: &random)! + words.randomElement(using: &random)!)
      case 5: .list((0..<Int.random(in: 0...3, using: &random)).map { _ in any(depth + 1) })
      default:
        .table(
          Dictionary(
            (0..<Int.random(in: 0...3, using: &random)).map { _ in
              (words.randomElement(using: &random)! + "k", any(depth + 1))
            },
            uniquingKeysWith: { $1 }))
      }
    }
    for _ in 0..<300 {
      let settings = Setting.table(["root": any(0)])
      #expect(try Self.read(YAML.text(of: settings)) == settings)
    }
  }

  /// Named, so that a failure prints a name and not a megabyte.
  static let hostile: [String: (text: String, reason: String)] = [
    "an open list": ("a: [1, 2", "line"),
    "a key twice": ("a: 1\na: 2", "twice"),
    "an alias to nothing": ("a: *nothing", "alias"),
    "a list as key": ("? [1, 2]\n: 3", "key"),
    "deep brackets": (String(repeating: "[", count: 100_000), "nesting"),
    "deep dashes": (String(repeating: "- ", count: 100_000), "nesting"),
    "deep tables": (String(repeating: "{a: ", count: 200) + "1" + String(repeating: "}", count: 200), "deeper"),
    "a long word": (String(repeating: "a", count: 300_000), "longer"),
    "many values": ("a: [" + String(repeating: "1,", count: 70_000) + "1]", "values"),
    "a NUL": ("\u{0}", "test.yaml"),
    "two documents": ("a: 1\n---\nb: 2", "another document"),
  ]

  @Test(arguments: hostile.keys.sorted())
  func `refuses what is hostile or broken, with a reason`(_ name: String) throws {
    let (text, reason) = try #require(Self.hostile[name])
    let said = try #require(complaint { try Self.read(text) })
    #expect(said.contains("test.yaml cannot be understood") && said.contains(reason), "\(said.prefix(300))")
  }

  @Test func `refuses a bomb of aliases`() throws {
    var bomb = "a0: &a0 [x, x, x, x]\n"
    for level in 1...30 { bomb += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
    #expect(complaint { try Self.read(bomb) }?.contains("aliases") == true)
  }

  @Test func `allows an alias where one is useful`() throws {
    let settings = try Self.read("a: &page {tokens: 5}\nb: *page")
    #expect(settings["b.tokens"] == .int(5))
  }
}
