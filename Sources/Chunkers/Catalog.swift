import Palimpsest

/// The ways to cut a text, by name.
public let chunkers: [Catalog<any Chunker>.Entry] = []
