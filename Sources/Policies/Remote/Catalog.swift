import Palimpsest

#if Remote
  /// The policies that ask an endpoint, by name.
  public let remotePolicies: [Catalog<any Policy>.Entry] = []
#else
  /// None: this build has the trait `Remote` switched off.
  public let remotePolicies: [Catalog<any Policy>.Entry] = []
#endif
