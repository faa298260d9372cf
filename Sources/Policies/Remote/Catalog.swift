import Palimpsest

#if Remote
  /// The policies that use an endpoint, by name.
  public let remotePolicies: [Catalog<any Policy>.Entry] = [
    .init(
      "remote", "asks an OpenAI-compatible chat endpoint, or a pool of them",
      source: "", defaults: RemotePolicy.Settings()
    ) { settings, setup in
      try settings.check(at: setup.path)
      return try RemotePolicy(settings, seed: setup.seed, tokenizer: setup.tokenizer)
    }
  ]
#else
  /// None: this build has the trait `Remote` switched off. Build without `--disable-default-traits`.
  public let remotePolicies: [Catalog<any Policy>.Entry] = []
#endif
