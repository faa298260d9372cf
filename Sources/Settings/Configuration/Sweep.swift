import Palimpsest

/// The points that settings with lists in them stand for.
///
/// Any leaf may be a list, and the points are the product, first key slowest. Where a setting is a
/// list by nature (its default is one), a list is a single value and a list of lists varies it. A table
/// that takes any key (its default has none) is data: lists inside it are values, and a list of such
/// tables varies it.
/// `ablations:` adds named points: each replaces a few leaves of the file and leaves the rest.
///
///     memory: {kind: overwrite, tokens: [64, 128]}
///     ablations:
///       unbounded: {memory.tokens: 100000}
package struct Sweep {
  /// One point.
  package struct Given: Sendable {
    /// Its settings, lists taken apart.
    package let settings: Setting
    /// The name of the ablation that it belongs to; nil for the product itself.
    package let ablation: String?
  }

  /// The points, those of the product before those of the ablations, which come in the order of their names.
  package let points: [Given]

  /// More points than this are a mistake.
  static let mostPoints = 10_000

  /// - Parameters:
  ///   - defaults: the settings of the experiment, with no lists to be taken apart.
  ///   - file: what the configuration file says.
  ///   - overrides: what the flags say, in their order.
  ///   - more: families beside `Family.all` whose variants stand in the settings.
  package init(
    of defaults: some Codable, file: Setting = .table([:]), overrides: [Override] = [], families more: [Family] = []
  ) throws {
    guard case .table(var table) = file else {
      throw SettingError.malformed("the configuration", reason: "it must be a table of keys and values")
    }
    let ablations = try Self.ablations(table.removeValue(forKey: "ablations"))
    let base = try Setting(describingAll: defaults)
    let walk = Walk(families: Family.all + more)
    var points: [Given] = []
    var known: Set<Setting> = []
    for (name, replaced) in [(nil, [])] + ablations {
      var given = Setting.table([:])
      for (path, value) in table.sorted(by: { $0.key < $1.key }) { given[path] = value }
      for (path, value) in replaced { given[path] = value }
      for override in overrides { given[override.path] = override.value }
      // A point that stands there already keeps the name it has.
      for point in try walk.product(given, base, key: "") where known.insert(point).inserted {
        points.append(Given(settings: point, ablation: name))
      }
    }
    self.points = points
  }

  private static func ablations(_ setting: Setting?) throws -> [(String?, [(String, Setting)])] {
    switch setting {
    case nil, .null: return []
    case .table(let table)?:
      return try table.sorted { $0.key < $1.key }.map { name, leaves in
        guard case .table(let leaves) = leaves else {
          throw SettingError.wrongValue("ablations.\(name)", found: leaves.line, expected: "a table of settings")
        }
        return (name, leaves.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
      }
    case let other?:
      throw SettingError.wrongValue("ablations", found: other.line, expected: "a table of named tables")
    }
  }
}

/// Takes settings with lists in them apart.
private struct Walk {
  /// Tell which settings of a specification are lists by nature.
  let families: [Family]

  /// - Parameter natural: what stands at this place by default; nil where nothing does.
  func product(_ given: Setting, _ natural: Setting?, key: String) throws -> [Setting] {
    switch given {
    case .list(let values):
      if case .list(let elements)? = natural, values.isEmpty || !values.allSatisfy({ isList($0, like: elements) }) {
        return [given]
      }
      guard !values.isEmpty else {
        throw SettingError.outOfRange(key, found: "an empty list", why: "there is nothing to take from it")
      }
      if case .list? = natural { return values }
      return try bounded(values.flatMap { try product($0, natural, key: key) }, key)
    case .table where natural == .table([:]): return [given]
    case .table(let table):
      let kinds = table["kind"].map { if case .list(let kinds) = $0 { kinds } else { [$0] } }
      guard let kinds else { return try tables(table, natural, key: key) }
      return try bounded(
        kinds.flatMap { kind -> [Setting] in
          var table = table
          table["kind"] = kind
          return try tables(table, defaults(of: kind, at: key, natural), key: key)
        }, key)
    default: return [given]
    }
  }

  /// Whether a value is a list of the kind of another: of lists, where that one holds lists.
  private func isList(_ value: Setting, like elements: [Setting]) -> Bool {
    guard case .list(let values) = value else { return false }
    guard case .list? = elements.first else { return true }
    return values.allSatisfy { if case .list = $0 { true } else { false } }
  }

  /// The defaults of the variant of a specification at this key; where the key names no family, what stands there.
  private func defaults(of kind: Setting, at key: String, _ natural: Setting?) -> Setting? {
    guard case .string(let name) = kind else { return natural }
    return Family.variant(name, at: key, among: families)?.settings ?? natural
  }

  private func tables(_ table: [String: Setting], _ natural: Setting?, key: String) throws -> [Setting] {
    // A specification whose kind is not given has the default one.
    var natural = natural
    if table["kind"] == nil, let kind = natural?["kind"] { natural = defaults(of: kind, at: key, natural) }
    var points: [[String: Setting]] = [[:]]
    for (name, value) in table.sorted(by: { $0.key < $1.key }) {
      let values = try product(value, natural?[name], key: name)
      guard points.count * values.count <= Sweep.mostPoints else { throw tooMany(key) }
      points = points.flatMap { point in values.map { point.merging([name: $0]) { $1 } } }
    }
    return points.map(Setting.table)
  }

  private func bounded(_ points: [Setting], _ key: String) throws -> [Setting] {
    guard points.count <= Sweep.mostPoints else { throw tooMany(key) }
    return points
  }

  private func tooMany(_ key: String) -> SettingError {
    .outOfRange(
      key.isEmpty ? "the sweep" : key, found: "more than \(Sweep.mostPoints) points", why: "shorten some of its lists")
  }
}
