import Palimpsest

/// What can be checked about a trace, by name.
public let verifiers: [Catalog<any Verifier>.Entry] = []
