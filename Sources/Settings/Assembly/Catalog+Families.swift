import Chunkers
import MemoryControls
import MemoryGated
import MemoryOverwrite
import Palimpsest
import PolicyExtractive
import PolicyLocal
import PolicyRemote
import PolicyScripted
import Tasks
import Tokenizers
import Verifiers

// Each room owns its list; here the lists are put together. What stands here is what `list` prints,
// what YAML and flags accept, and what run names, tables and legends say.

extension Catalog where Product == any Memory {
  public static var memories: Self {
    let single = Catalog("memory", overwriteMemories + gatedMemories + controlMemories)
    return Catalog("memory", single.entries + [stackedMemory(of: single)])
  }
}

extension Catalog where Product == any Gate {
  public static var gates: Self { Catalog("gate", MemoryGated.gates) }
}

extension Catalog where Product == any Chunker {
  public static var chunkers: Self { Catalog("chunker", Chunkers.chunkers) }
}

extension Catalog where Product == any Policy {
  public static var policies: Self {
    Catalog("policy", extractivePolicies + scriptedPolicies + localPolicies + remotePolicies)
  }
}

extension Catalog where Product == any ReadingTask {
  public static var tasks: Self { Catalog("task", Tasks.tasks) }
}

extension Catalog where Product == any Verifier {
  public static var verifiers: Self { Catalog("verifier", Verifiers.verifiers) }
}

extension Catalog where Product == any Tokenizer {
  public static var tokenizers: Self { Catalog("tokenizer", Palimpsest.tokenizers + checkpointTokenizers) }
}
