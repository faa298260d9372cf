import Palimpsest

/// A family of variants without the type of its products: `list` and `describe` print it, and a
/// sweep learns from it which settings a variant has.
public struct Family: Sendable {
  /// One entry of a catalogue, as `describe` prints it.
  public struct Variant: Sendable {
    /// The name that settings give.
    public let name: String
    /// The idea in about ten words.
    public let summary: String
    /// The source of the idea; empty for ideas without one.
    public let source: String
    /// Settings and their defaults as a table, without those that are nil.
    public let defaults: Setting
    /// Every setting and its default; null where it is nil.
    public let settings: Setting

    package init(name: String, summary: String, source: String, defaults: Setting, settings: Setting) {
      self.name = name
      self.summary = summary
      self.source = source
      self.defaults = defaults
      self.settings = settings
    }
  }

  /// `memory`, `gate`, …: the key under which a specification of this family stands.
  public let name: String
  /// In the order of the catalogue.
  public let variants: [Variant]

  package init(_ name: String, _ variants: [Variant]) {
    self.name = name
    self.variants = variants
  }

  package init<Product>(_ catalog: Catalog<Product>) {
    name = catalog.family
    variants = catalog.entries.map {
      Variant(name: $0.name, summary: $0.summary, source: $0.source, defaults: $0.defaults, settings: $0.settings)
    }
  }

  /// Every family, in the order in which `list` prints them.
  public static var all: [Family] {
    [
      Family(Catalog.chunkers), Family(Catalog.memories), Family(Catalog.gates), Family(Catalog.policies),
      Family(Catalog.tokenizers), Family(Catalog.tasks), Family(Catalog.verifiers),
    ]
  }

  /// The variant of a specification that stands at this key; nil where the key names no family.
  static func variant(_ kind: String, at key: String, among families: [Family] = all) -> Variant? {
    families.first { $0.name == key }?.variants.first { $0.name == kind }
  }
}
