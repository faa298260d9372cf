import Palimpsest
import Transformers

/// The policies of tiny models, by name.
public let miniaturePolicies: [Catalog<any Policy>.Entry] = [
  .init(
    "miniature", "a tiny model that was trained here reads texts of the task symbols",
    source: "MemAgent, arXiv:2507.02259; GRU-Mem, arXiv:2602.10560", defaults: MiniaturePolicy.Settings()
  ) { settings, setup in
    guard settings.temperature >= 0, settings.temperature.isFinite else {
      throw SettingError.outOfRange(
        "\(setup.path).temperature", found: "\(settings.temperature)", why: "it is 0 or above")
    }
    return MiniaturePolicy(
      try SymbolModel(named: settings.weights), choice: TokenChoice(temperature: Float(settings.temperature)),
      seed: setup.seed)
  }
]

extension MiniaturePolicy {
  /// Which model, and how it draws; all have defaults.
  public struct Settings: Codable, Sendable {
    /// `overwrite` or `gated`, which are part of the package, or the file of a model.
    public var weights = SymbolModel.Shipped.overwrite.rawValue
    /// 0 takes the likeliest token.
    public var temperature = 0.0

    /// Greedy by default.
    public init(weights: String = SymbolModel.Shipped.overwrite.rawValue, temperature: Double = 0) {
      self.weights = weights
      self.temperature = temperature
    }
  }
}
