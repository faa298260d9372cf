import JSON

/// The contents of `adapter_config.json` for a low-rank adapter, in the form of the package PEFT.
///
/// As with models, a field that would change the computation in an unsupported way is an error. So is an
/// unknown field, unless it is null, false or empty.
///
/// Source: LoRA (arXiv:2106.09685); rsLoRA (arXiv:2312.03732). PEFT recognises modules by the ends of their
/// names and takes patterns from a dictionary in its order; this type does the same.
public struct AdapterConfiguration: Sendable, Hashable {
  /// `target_modules`: which matrices have a change.
  public enum Targets: Sendable, Hashable {
    /// Modules whose name is one of these, or ends in one behind a full stop.
    case names([String])
    /// All matrices of the layers.
    case allLinear
    /// A regular expression. It is kept but not evaluated: the modules that have tensors are
    /// adapted.
    case pattern(String)
  }

  /// `r`
  public var rank: Int
  /// `lora_alpha`
  public var alpha: Double
  /// `use_rslora`: whether alpha is divided by the root of the rank.
  public var isRankStabilised: Bool
  /// `target_modules`: the matrices that are adapted.
  public var targets: Targets
  /// `exclude_modules`, by names as in `targets`.
  public var excluded: [String]
  /// `layers_to_transform`; nil for all.
  public var layers: [Int]?
  /// `rank_pattern`: the first entry whose name fits a module applies to it.
  public var ranks: [Exception]
  /// `alpha_pattern`
  public var alphas: [Exception]
  /// `base_model_name_or_path`
  public var base: String?

  /// A number that replaces the common one for modules of this name.
  public struct Exception: Sendable, Hashable {
    /// The end of the module's name, as `q_proj` or `layers.3.mlp.up_proj`.
    public var module: String
    /// The rank or alpha of that module.
    public var value: Double

    /// Modules without an exception have the common rank and alpha.
    public init(module: String, value: Double) {
      self.module = module
      self.value = value
    }
  }

  /// Modules without an exception have the common rank and alpha.
  public init(
    rank: Int, alpha: Double, targets: Targets, isRankStabilised: Bool = false, ranks: [Exception] = [],
    alphas: [Exception] = [], base: String? = nil
  ) {
    self.rank = rank
    self.alpha = alpha
    self.targets = targets
    self.isRankStabilised = isRankStabilised
    self.ranks = ranks
    self.alphas = alphas
    self.base = base
    excluded = []
  }

  /// Whether a module should be adapted; nil where only its tensors decide.
  ///
  /// - Parameter module: the full name, such as `model.layers.3.self_attn.q_proj`.
  public func hasTarget(_ module: String, layer: Int) -> Bool? {
    func ends(in names: [String]) -> Bool { names.contains { module == $0 || module.hasSuffix(".\($0)") } }
    if ends(in: excluded) { return false }
    switch targets {
    case .pattern: return nil
    case .allLinear: return layers?.contains(layer) ?? true
    case .names(let names): return ends(in: names) && layers?.contains(layer) ?? true
    }
  }

  /// The rank of a module: that of the first exception whose name fits, else the common one.
  public func rank(of module: String) -> Int { Self.value(for: module, in: ranks).map { Int($0) } ?? rank }

  /// The alpha of a module: that of the first exception whose name fits, else the common one.
  public func alpha(of module: String) -> Double { Self.value(for: module, in: alphas) ?? alpha }

  private static func value(for module: String, in exceptions: [Exception]) -> Double? {
    exceptions.first { module == $0.module || module.hasSuffix(".\($0.module)") }?.value
  }
}
