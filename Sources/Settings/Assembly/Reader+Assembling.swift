import Palimpsest
import Terminal

extension Reader {
  /// The reader that settings describe.
  ///
  /// - Throws: `SettingError` for an unknown kind or key or a value that does not fit;
  ///   `RunError` where the parts do not fit together, before anything is asked of a policy.
  public init(assembling parts: some Parts, keeping: Keeping = .everyStep) throws {
    let setup = try Setup(of: parts)
    func at(_ path: String) -> Setup {
      var setup = setup
      setup.path = path
      return setup
    }
    self.init(
      chunker: try Catalog.chunkers.make(parts.chunker, in: at("chunker")),
      memory: try Catalog.memories.make(parts.memory, in: at("memory")),
      gate: try Catalog.gates.make(parts.gate, in: at("gate")),
      policy: try Catalog.policies.make(parts.policy, in: at("policy")),
      templates: setup.templates, keeping: keeping)
    try setup.templates.check(against: prompts)
    try check()
  }
}

extension Setup {
  package init(of parts: some Parts) throws {
    self.init(
      seed: parts.seed, tokenizer: try Catalog.tokenizers.make(parts.tokenizer),
      templates: try parts.prompts.map { try PromptTemplates(file: $0) } ?? PromptTemplates())
  }
}
