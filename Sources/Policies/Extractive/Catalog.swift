import Palimpsest

/// The policies that need no model, by name.
public let extractivePolicies: [Catalog<any Policy>.Entry] = []
