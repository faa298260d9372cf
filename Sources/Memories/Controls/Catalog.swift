import Palimpsest

/// The controls that stand beside every score, by name.
public let controlMemories: [Catalog<any Memory>.Entry] = []
