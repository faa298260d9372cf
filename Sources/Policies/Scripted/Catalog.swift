import Palimpsest

/// The policies that reply from rules or recordings, by name.
public let scriptedPolicies: [Catalog<any Policy>.Entry] = []
