import Palimpsest

/// The memory banks by name: the plain store, and the published systems as recipes.
public let bankMemories: [Catalog<any Memory>.Entry] = [
  entry("bank", "entries of text with strategies by name; a plain store by default", "", BankSettings()),
  entry("memoryr1", "facts, and ADD, UPDATE, DELETE or NOOP by the policy", "Memory-R1, arXiv:2508.19828", .memoryR1),
  entry("memalpha", "core, fact and event stores that the policy edits", "Mem-α, arXiv:2509.25911", .memAlpha),
  entry("amem", "notes that are annotated, linked and evolve", "A-MEM, arXiv:2502.12110", .aMem),
  entry(
    "memorybank", "turns that fade unless rehearsed, daily summaries, a portrait", "MemoryBank, arXiv:2305.10250",
    .memoryBank),
  entry("rmm", "topics found by their summary, ranked by a residual layer", "RMM, arXiv:2503.08026", .rmm),
  entry("scm", "turns shown whole, in short or not at all", "SCM, arXiv:2304.13343", .scm),
  entry("memos", "entries with a life cycle, merged, clustered and tiered", "MemOS, arXiv:2507.03724", .memOS),
  entry("secondme", "notes, their clusters, and a portrait in versions", "Second Me, arXiv:2503.08102", .secondMe),
  entry("arcmemo", "lessons merged by name, found by their cues", "ArcMemo, arXiv:2509.04439", .arcMemo),
  entry("l2mac", "exact files by path, changed by line diffs", "L2MAC, arXiv:2310.02003", .l2mac),
  entry("memlora", "the steps of Memory-R1, each with a prompt of its own", "MemLoRA, arXiv:2512.04763", .memLoRA),
]

private func entry(
  _ name: String, _ summary: String, _ source: String, _ defaults: BankSettings
) -> Catalog<any Memory>.Entry {
  .init(name, summary, source: source, defaults: defaults) { settings, setup in try settings.memory(in: setup) }
}
