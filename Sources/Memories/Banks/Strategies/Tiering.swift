import Palimpsest

/// Decides where the content of an entry is best held. A bank of text records the decision; a memory with a model can
/// act on it.
public protocol Tiering: Sendable {
  /// Changes of tier behind a write.
  func operations(in bank: Bank, at time: Double) -> [BankOperation]
}

/// The tierings by name.
public let tierings: [Catalog<any Tiering>.Entry] = [
  .init("none", "everything stays text") { _ in NoTiering() },
  .init(
    "heat", "what is used often becomes latent, what is not used becomes cold", source: "MemOS, arXiv:2507.03724",
    defaults: HeatTiering.Settings()
  ) { settings, _ in HeatTiering(settings) },
]

/// Everything stays text.
public struct NoTiering: Tiering {
  /// There is nothing to set.
  public init() {}
  public func operations(in bank: Bank, at time: Double) -> [BankOperation] { [] }
}

/// Heat above a mark promotes, below another one demotes. The marks are ours; MemOS names none.
public struct HeatTiering: Tiering {
  public struct Settings: Codable, Sendable {
    public var halfLife = 50.0
    /// From this heat on an entry is latent.
    public var hot = 4.0
    /// Below this heat an entry is cold.
    public var cold = 0.25

    public init() {}
  }

  private let settings: Settings

  public init(_ settings: Settings = Settings()) { self.settings = settings }

  public func operations(in bank: Bank, at time: Double) -> [BankOperation] {
    var curve = Heat.Settings()
    curve.halfLife = max(settings.halfLife, .leastNormalMagnitude)
    let heat = Heat(curve)
    return bank.entries.values.sorted { $0.id < $1.id }.compactMap { entry in
      guard entry.state == .active, !entry.isFrozen, entry.pastOf == nil else { return nil }
      let value = heat.heat(of: entry, at: time)
      let tier: MemoryEntry.Tier = value >= settings.hot ? .latent : value < settings.cold ? .cold : .text
      return tier == entry.tier ? nil : .place(entry.id, tier)
    }
  }
}
