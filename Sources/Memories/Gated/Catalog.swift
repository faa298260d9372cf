import Palimpsest

/// The memories whose reply states its own gates, by name.
public let gatedMemories: [Catalog<any Memory>.Entry] = []

/// The gates, by name.
public let gates: [Catalog<any Gate>.Entry] = []
