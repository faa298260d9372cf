import Palimpsest
import Settings
import Tables

extension Table {
  /// The rows of all points, each with the settings in which points differ, which it takes from its own point.
  /// A point without rows, because it failed, has one row that says which it is.
  package init(ofPoints points: [(place: RunPlace, rows: [Setting])]) {
    let leading = ["ablation", "arm", "task"]
    let varied = Self.varied(points.map(\.place.full))
    let rows = points.flatMap { point in
      (point.rows.isEmpty ? [.table([:])] : point.rows).map { (place: point.place, row: $0) }
    }
    let keys = Set(
      rows.flatMap { row -> [String] in if case .table(let table) = row.row { Array(table.keys) } else { [] } })
    let rest = keys.subtracting(leading + varied + ["run", "control", "memoryHoldsInterval"]).sorted()
    let isNamed = points.contains { $0.place.ablation != nil }
    self.init(leading.filter { $0 == "ablation" ? isNamed : keys.contains($0) } + varied + rest + ["run"])
    for (place, row) in rows {
      guard case .table(let values) = row else { continue }
      add(
        columns.map { column in
          if column == "ablation" { return place.ablation.map { .text($0) } ?? .missing }
          if varied.contains(column) { return Cell(place.full[column] ?? .null) }
          return Cell(values[column] ?? (column == "run" ? .string(place.run) : .null))
        })
    }
  }

  /// The paths in which settings differ from each other, sorted.
  static func varied(_ points: [Setting]) -> [String] {
    let leaves = points.map(\.leaves)
    guard let first = leaves.first else { return [] }
    return Set(leaves.flatMap(\.keys)).filter { key in leaves.contains { $0[key] != first[key] } }.sorted()
  }
}
