import Palimpsest
import Settings
import Trainer

/// The output of `list` and `describe`.
public enum Listing {
  /// - Throws: `SettingError.unknownKind` with the nearest family.
  public static func families(named name: String?) throws -> [Family] {
    let all = Family.all + Family.training + [try Sibling.family()]
    guard let name else { return all }
    guard let family = all.first(where: { $0.name == name }) else {
      let known = all.map(\.name)
      throw SettingError.unknownKind(of: "family", name, nearest: nearest(to: name, among: known), known: known)
    }
    return [family]
  }

  /// The variants of a name, with their families.
  ///
  /// - Throws: `SettingError.unknownKind` with the nearest name of any family.
  public static func variants(named name: String) throws -> [(family: Family, variant: Family.Variant)] {
    let all = try families(named: nil).flatMap { family in family.variants.map { (family: family, variant: $0) } }
    let found = all.filter { $0.variant.name == name || "\($0.family.name).\($0.variant.name)" == name }
    guard !found.isEmpty else {
      let known = all.map(\.variant.name)
      throw SettingError.unknownKind(of: "variant", name, nearest: nearest(to: name, among: known), known: known)
    }
    return found
  }

  /// Families without variants are left out.
  public static func text(of families: [Family]) -> String {
    families.filter { !$0.variants.isEmpty }.map { family in
      let width = family.variants.map(\.name.count).max() ?? 0
      let lines = family.variants.map {
        "  " + $0.name + String(repeating: " ", count: width - $0.name.count + 2) + $0.summary
      }
      return ([family.name] + lines).joined(separator: "\n")
    }.joined(separator: "\n\n")
  }

  /// Summary, source and settings with their defaults, as YAML.
  public static func text(describing found: [(family: Family, variant: Family.Variant)]) throws -> String {
    try found.map { family, variant in
      let settings = try YAML.text(of: variant.settings).split(separator: "\n").map { "  \($0)" }
      let source = variant.source.isEmpty ? [] : ["source: \(variant.source)"]
      let shown = variant.settings == .table([:]) ? ["settings: none"] : ["settings and their defaults:"] + settings
      return (["\(family.name) \(variant.name): \(variant.summary)"] + source + shown).joined(separator: "\n")
    }.joined(separator: "\n\n")
  }

  /// For `--json`: names with their summaries, by family.
  public static func settings(of families: [Family]) -> Setting {
    .table(
      Dictionary(
        families.map { family in
          (
            family.name,
            .list(family.variants.map { .table(["name": .string($0.name), "summary": .string($0.summary)]) })
          )
        }, uniquingKeysWith: { first, _ in first }))
  }

  /// For `--json`: what `text` prints, as a list of tables.
  public static func settings(describing found: [(family: Family, variant: Family.Variant)]) -> Setting {
    .list(
      found.map { family, variant in
        .table([
          "family": .string(family.name), "name": .string(variant.name), "summary": .string(variant.summary),
          "source": .string(variant.source), "settings": variant.settings,
        ])
      })
  }
}
