import Palimpsest

/// The memories that are one page, by name.
public let overwriteMemories: [Catalog<any Memory>.Entry] = []
