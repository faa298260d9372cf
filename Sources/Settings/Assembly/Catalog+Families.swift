import Chunkers
import Gating
import MemoryBanks
import MemoryControls
import MemoryGated
import MemoryOverwrite
import MemoryRetrieval
import Miniature
import Models
import Palimpsest
import PolicyExtractive
import PolicyLocal
import PolicyRemote
import PolicyScripted
import Tasks
import Verifiers

// Each room owns its list; this file joins the lists. `list`, YAML files, flags, run names, tables
// and legends use these names.

extension Catalog where Product == any Memory {
  /// Every memory, with `stacked` over all others.
  public static var memories: Self {
    let single = Catalog(
      "memory", overwriteMemories + gatedMemories + retrievalMemories + bankMemories + controlMemories)
    return Catalog("memory", single.entries + [stackedMemory(of: single)])
  }
}

extension Catalog where Product == any Gate {
  /// Every gate, with the gates made of gates.
  public static var gates: Self { Catalog("gate", Gating.gates) }
}

extension Catalog where Product == any Chunker {
  /// Every chunker.
  public static var chunkers: Self { Catalog("chunker", Chunkers.chunkers) }
}

extension Catalog where Product == any Policy {
  /// Every policy of this build, with `divided` over all others; `remote` only with the trait `Remote`.
  public static var policies: Self {
    let single = Catalog(
      "policy", extractivePolicies + scriptedPolicies + localPolicies + miniaturePolicies + remotePolicies)
    return Catalog("policy", single.entries + [dividedPolicy(of: single)])
  }
}

extension Catalog where Product == any ReadingTask {
  /// Every task.
  public static var tasks: Self { Catalog("task", Tasks.tasks) }
}

extension Catalog where Product == any Verifier {
  /// Every verifier, with `judge` over all policies and `rubric` over all others.
  public static var verifiers: Self {
    let single = Verifiers.verifiers + [judgeVerifier(of: .policies)]
    return Catalog("verifier", single + [rubricVerifier(of: single)])
  }
}

extension Catalog where Product == any Tokenizer {
  /// Every tokenizer; the first is the default.
  public static var tokenizers: Self { Catalog("tokenizer", Palimpsest.tokenizers + checkpointTokenizers) }
}
