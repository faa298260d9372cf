import Palimpsest

/// The policies that need no model, by name.
public let extractivePolicies: [Catalog<any Policy>.Entry] = [
  .init("extractive", "keeps and quotes the sentences that bear on the question; needs no model") { setup in
    ExtractivePolicy(tokenizer: setup.tokenizer)
  }
]
