import Foundation
import Palimpsest
import Testing

@Suite struct `A setting` {
  struct Page: Codable, Sendable, Equatable {
    var tokens = 8
    var note: String?
    var share = 0.5
    var inner = Inner()
    var part = Spec("small", ["size": .int(1)])
    var list = [1, 2]
  }
  struct Inner: Codable, Sendable, Equatable {
    var width = 2
    var label: String?
  }

  @Test func `lies over the defaults, key by key`() throws {
    let given = Setting.table([
      "tokens": .int(9), "note": .string("n"), "share": .int(1),
      "inner": .table(["label": .string("l")]), "part": .table(["size": .int(3)]), "list": .list([]),
    ])
    let page = try Setting.resolve(Page(), overlaid: given, at: "memory")
    #expect(
      page
        == Page(
          tokens: 9, note: "n", share: 1, inner: Inner(width: 2, label: "l"), part: Spec("small", ["size": .int(3)]),
          list: []))
  }

  private struct Context: Codable, RenamedSettings {
    var length: Int?
    static var formerKeys: [String: String] { ["window": "length"] }
  }

  @Test func `is read by its former key, unless the present one is there too`() throws {
    #expect(try Setting.resolve(Context(), overlaid: .table(["window": .int(9)]), at: "policy").length == 9)
    #expect(throws: SettingError.unknownKey("policy.window", nearest: nil, known: ["length"])) {
      try Setting.resolve(Context(), overlaid: .table(["window": .int(9), "length": .int(8)]), at: "policy")
    }
  }

  @Test func `names the nearest key where one is unknown`() {
    #expect(
      throws: SettingError.unknownKey(
        "memory.tokns", nearest: "tokens", known: ["inner", "list", "note", "part", "share", "tokens"])
    ) {
      try Setting.resolve(Page(), overlaid: .table(["tokns": .int(1)]), at: "memory")
    }
    #expect(throws: SettingError.unknownKey("memory.inner.wdth", nearest: "width", known: ["label", "width"])) {
      try Setting.resolve(Page(), overlaid: .table(["inner": .table(["wdth": .int(1)])]), at: "memory")
    }
  }

  @Test(arguments: [
    ("tokens", Setting.string("many")), ("tokens", .number(1.5)), ("tokens", .null), ("inner", .int(1)),
    ("list", .string("a")), ("share", .number(.infinity)), ("part", .list([])),
  ])
  func `that does not fit is refused`(_ key: String, _ value: Setting) {
    #expect(throws: SettingError.self) {
      try Setting.resolve(Page(), overlaid: .table([key: value]), at: "memory")
    }
  }

  @Test(
    arguments: [
      (["tokens": .number(1.5)], "memory.tokens is 1.5, but must be a whole number"),
      (["tokens": .string("many")], "memory.tokens is \"many\", but must be a whole number"),
      (["share": .string("half")], "memory.share is \"half\", but must be a number"),
      (["note": .int(1843)], "memory.note is 1843, but must be a text; write it in quotes"),
      (["list": .int(1)], "memory.list is 1, but must be a list"),
      (["list": .list([.int(1), .string("b")])], "memory.list.2 is \"b\", but must be a whole number"),
      (["inner": .list([])], "memory.inner is [], but must be a table"),
      (["part": .int(3)], "memory.part is 3, but must be a name, or a table with a kind"),
      (["side": .string("up")], "memory.side is \"up\", but must be one of left, right"),
      (["rows": .list([["ask": "a", "anwers": ["b"]]])], "unknown key memory.rows.1.anwers; did you mean answers?"),
      (["rows": .list([["aks": "a"]])], "unknown key memory.rows.1.aks; did you mean ask?"),
      (["rows": .list([["answers": []]])], "memory.rows.1 cannot be understood: ask is missing"),
      (["rows": .list([["ask": "a", "answers": [1843]]])], "memory.rows.1.answers.1 is 1843, but must be a text"),
      (["seed": .int(-1)], "memory.seed is -1, but must be a whole number, 0 or more"),
    ] as [([String: Setting], String)])
  func `that does not fit says what is expected, in the words of settings`(_ given: [String: Setting], _ words: String)
  {
    let error = #expect(throws: SettingError.self) {
      try Setting.resolve(Chapter(), overlaid: .table(given), at: "memory")
    }
    #expect(error?.description.hasPrefix(words) == true, "\(error?.description ?? "")")
    #expect(error?.exitClass == .usage)
  }

  struct Chapter: Codable, Sendable {
    enum Side: String, Choice { case left, right }
    struct Row: Codable, Sendable {
      var ask: String
      var answers: [String]?
    }
    var tokens = 8
    var note: String?
    var share = 0.5
    var inner = Inner()
    var part = Spec("small")
    var list = [1, 2]
    var side = Side.left
    var rows: [Row] = []
    var seed: UInt64 = 1
    var free: [String: Setting] = [:]
  }

  @Test func `takes numbers in any form that is exact, and any key in a free table`() throws {
    let given: Setting = [
      "tokens": .number(9), "share": .int(1), "seed": .number(3), "free": ["a": [1, 2], "b": .null],
    ]
    let chapter = try Setting.resolve(Chapter(), overlaid: given, at: "memory")
    #expect(chapter.tokens == 9 && chapter.share == 1 && chapter.seed == 3)
    #expect(chapter.free == ["a": [1, 2], "b": .null])
  }

  @Test func `describes a value with what is nil, at any depth`() throws {
    #expect(try Setting(describing: Page())["note"] == nil)
    let all = try Setting(describingAll: Page())
    #expect(all["note"] == .null && all["inner.label"] == .null)
    #expect(all["tokens"] == 8 && all["part"] == ["kind": "small", "size": 1])
  }

  @Test func `is found and set at a dotted path`() {
    var setting = Setting.table(["memory": .string("overwrite")])
    setting["memory.tokens"] = .int(64)
    setting["a.b.c"] = .bool(true)
    #expect(setting["memory"] == .table(["kind": .string("overwrite"), "tokens": .int(64)]))
    #expect(setting["a.b.c"] == .bool(true))
    #expect(setting["a.x.c"] == nil)
    setting["a.b"] = nil
    #expect(setting["a"] == .table([:]))
  }

  @Test func `survives JSON`() throws {
    let setting = Setting.table([
      "null": .null, "bool": .bool(true), "int": .int(-3), "number": .number(0.1), "string": .string("é"),
      "list": .list([.int(1), .list([])]), "table": .table([:]),
    ])
    #expect(try JSONDecoder().decode(Setting.self, from: JSONEncoder().encode(setting)) == setting)
    #expect(setting.line == #"{"bool":true,"int":-3,"list":[1,[]],"null":null,"number":0.1,"string":"é","table":{}}"#)
  }
}

@Suite struct `A specification` {
  @Test func `is a name, or a table with a kind`() throws {
    func spec(_ json: String) throws -> Spec { try JSONDecoder().decode(Spec.self, from: Data(json.utf8)) }
    #expect(try spec(#""gated""#) == Spec("gated"))
    #expect(try spec(#"{"kind":"gated","tokens":3}"#) == Spec("gated", ["tokens": .int(3)]))
    #expect(throws: DecodingError.self) { try spec(#"{"tokens":3}"#) }
    #expect(throws: DecodingError.self) { try spec("3") }
  }

  @Test func `of an unknown kind names the nearest`() {
    let catalog = Catalog<Int>("number", [.init("one", "") { _ in 1 }, .init("seven", "") { _ in 7 }])
    #expect(throws: SettingError.unknownKind(of: "number", "sevn", nearest: "seven", known: ["one", "seven"])) {
      try catalog.make(Spec("sevn"))
    }
    #expect(throws: SettingError.unknownKind(of: "number", "xyzzy", nearest: nil, known: ["one", "seven"])) {
      try catalog.make(Spec("xyzzy"))
    }
    #expect(throws: SettingError.self) { try catalog.make(Spec("one", ["size": .int(1)])) }
  }
}
