import Gating
import MemoryBanks
import MemoryControls
import MemoryGated
import MemoryOverwrite
import MemoryRetrieval
import Palimpsest
import Support
import Testing

private let simple = Catalog<any Memory>(
  "memory", overwriteMemories + gatedMemories + retrievalMemories + bankMemories + controlMemories)
private let memories = Catalog("memory", simple.entries + [stackedMemory(of: simple)])

@Suite struct `Every memory` {
  /// Each entry with a page so small that it overflows, and the settings that change what it does.
  static let variants: [Spec] =
    simple.entries.map { entry in
      Spec(entry.name, entry.defaults["tokens"] == nil ? [:] : ["tokens": .int(48)])
    } + [
      Spec("bank", ["tokens": .int(40), "entries": .int(5), "merge": .string("fuse"), "linking": .string("nearest")]),
      Spec(
        "bank", ["forgetting": .table(["kind": .string("ebbinghaus"), "mode": .string("draw")]), "rehearse": .int(2)]),
      Spec(
        "memorybank", ["tokens": .int(60), "reflections": .list([.table(["kind": .string("days"), "day": .int(3)])])]),
      Spec("rmm", ["reflections": .list([.table(["kind": .string("topics"), "every": .int(2)])])]),
      Spec("overwrite", ["tokens": .int(1), "empty": .string("placeholder")]),
      Spec("append", ["tokens": .int(200), "addition": .int(16)]),
      Spec("append", ["tokens": .int(100), "extract": .bool(false)]),
      Spec("gated", ["tokens": .int(30), "grammar": .string("lenient"), "thinking": .int(100)]),
      Spec("gated", ["tokens": .int(30), "empty": .string("placeholder")]),
      Spec("stacked", ["first": part("overwrite", 40), "second": part("gated", 30)]),
      Spec("stacked", ["first": part("overwrite", 40), "second": part("memlong", 64)]),
      Spec(
        "stacked",
        [
          "first": part("append", 60),
          "second": .table(["kind": .string("stacked"), "first": part("gated", 20), "second": part("first", 33)]),
        ]),
    ]
    // Each rule of eviction, with all else at its other value.
    + ["leastRetrieved", "keepNewestHalf", "fifo", "percentileBand", "leastSurprising", "none"].map { rule in
      Spec(
        "memlong",
        [
          "tokens": .int(70), "bytes": .int(9_000), "eviction": .string(rule), "spared": .int(1),
          "gamma": .number(0.5),
          "retrieved": .int(2), "query": .string("current"), "positions": .string("original"),
          "precision": .string(rule == "fifo" ? "int8" : "bfloat16"), "residentBytes": .int(700),
        ])
    }

  static func part(_ kind: String, _ tokens: Int) -> Setting {
    .table(["kind": .string(kind), "tokens": .int(tokens)])
  }

  @Test(arguments: variants)
  func `keeps the laws`(_ spec: Spec) async throws { try await checkMemory(try memories.make(spec)) }

  @Test(arguments: [RowBank() as any Memory, DeliberatingMemory()])
  func `that reaches into the model, or calls it several times, keeps the laws too`(_ memory: any Memory) async throws {
    try await checkMemory(memory)
  }

  @Test(arguments: memories.entries.map(\.name))
  func `can be made from its defaults`(_ name: String) throws {
    let memory = try memories.make(Spec(name))
    #expect(memory.state.slots.isEmpty)
  }

  @Test func `refuses a page no page can have, and says where`() {
    #expect(
      throws: SettingError.outOfRange("memory.tokens", found: "0", why: "a page holds between 1 and 1073741824 tokens")
    ) {
      try memories.make(Spec("overwrite", ["tokens": .int(0)]))
    }
    #expect(throws: SettingError.self) { try memories.make(Spec("first", ["tokens": .int(.max)])) }
    #expect(throws: SettingError.self) { try memories.make(Spec("append", ["addition": .int(-1)])) }
    let wrong = Spec("stacked", ["second": .table(["kind": .string("gated"), "token": .int(3)])])
    #expect {
      try memories.make(wrong)
    } throws: { error in
      "\(error)".hasPrefix("unknown key memory.second.token; did you mean memory.second.tokens?")
        || "\(error)".hasPrefix("unknown key memory.second.token; did you mean tokens?")
    }
  }
}

@Suite struct `Every gate` {
  static let catalog = Catalog<any Gate>("gate", gates)
  static let variants: [Spec] =
    gates.map { Spec($0.name) } + [
      Spec("replied", ["exit": .string("ignore")]), Spec("oracle", ["causal": .bool(true)]),
      Spec("random", ["probability": .number(0)]), Spec("random", ["probability": .int(1)]),
      Spec("either", ["of": .list([.string("replied"), .table(["kind": .string("every"), "n": .int(3)])])]),
      Spec("both", ["of": .list([.string("oracle"), .table(["kind": .string("not"), "of": .string("random")])])]),
    ]

  @Test(arguments: variants)
  func `keeps the laws`(_ spec: Spec) async throws { try await checkGate(try Self.catalog.make(spec)) }
}
