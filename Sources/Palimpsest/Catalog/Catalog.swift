/// The variants of one family by name: a plain list, without hidden registration. A room owns its
/// entries; the workbench joins the lists.
public struct Catalog<Product>: Sendable {
  /// The name of the family: `memory`, `gate`, `chunker`.
  public let family: String
  /// In the order in which they are listed.
  public let entries: [Entry]

  /// - Parameter family: the key under which settings name a variant, such as `memory`.
  public init(_ family: String, _ entries: [Entry]) {
    self.family = family
    self.entries = entries
  }

  /// One variant: its name, its settings and how it is made.
  public struct Entry: Sendable {
    /// Unique within its family.
    public let name: String
    /// The idea in about ten words.
    public let summary: String
    /// The source of the idea; empty for ideas without one.
    public let source: String
    /// The settings and their defaults, without nil values; they identify a run.
    public let defaults: Setting
    /// Every setting and its default; null where it is nil.
    public let settings: Setting
    let make: @Sendable (Setting, Setup) throws -> Product

    /// - Parameter make: refuses settings out of range with a `SettingError` at `setup.path`.
    public init<Settings: Codable & Sendable>(
      _ name: String, _ summary: String, source: String = "", defaults: Settings,
      make: @escaping @Sendable (Settings, Setup) throws -> Product
    ) {
      self.name = name
      self.summary = summary
      self.source = source
      self.defaults = (try? Setting(describing: defaults)) ?? .table([:])
      settings = (try? Setting(describingAll: defaults)) ?? .table([:])
      self.make = { given, setup in
        try make(Setting.resolve(defaults, overlaid: given, at: setup.path), setup)
      }
    }

    /// A variant without settings.
    public init(
      _ name: String, _ summary: String, source: String = "",
      make: @escaping @Sendable (Setup) throws -> Product
    ) {
      self.init(name, summary, source: source, defaults: NoSettings()) { _, setup in try make(setup) }
    }
  }

  /// In the order of the entries.
  public var names: [String] { entries.map(\.name) }

  /// The entry of a name.
  ///
  /// - Throws: `SettingError.unknownKind` with the nearest name.
  public func entry(_ name: String) throws -> Entry {
    guard let entry = entries.first(where: { $0.name == name }) else {
      throw SettingError.unknownKind(of: family, name, nearest: nearest(to: name, among: names), known: names)
    }
    return entry
  }

  /// Makes what a specification names.
  ///
  /// - Throws: `SettingError` for an unknown kind or key or a value that does not fit.
  public func make(_ spec: Spec, in setup: Setup = Setup()) throws -> Product {
    var setup = setup
    if setup.path.isEmpty { setup.path = family }
    return try entry(spec.kind).make(.table(spec.settings), setup)
  }
}

/// The values of a run that a variant may need.
public struct Setup: Sendable {
  /// The path of the settings, for messages.
  public var path: String
  /// The run's seed; every random number derives from it.
  public var seed: UInt64
  /// Counts the sizes of chunks and budgets.
  public var tokenizer: any Tokenizer
  /// Replace built-in prompts where they are given.
  public var templates: PromptTemplates
  /// The policy of the reader that was made before, for verifiers that ask one; nil where nothing is read.
  public var policy: (any Policy)?

  /// Defaults for code that makes a variant outside a run.
  public init(
    path: String = "", seed: UInt64 = 1, tokenizer: any Tokenizer = WordTokenizer(),
    templates: PromptTemplates = PromptTemplates()
  ) {
    self.path = path
    self.seed = seed
    self.tokenizer = tokenizer
    self.templates = templates
  }
}

struct NoSettings: Codable, Sendable {}
