/// The values that a draft states for gates, verifiers and analyzers. Each lies in 0...1; nil where the
/// memory does not state it.
public struct Signals: Sendable, Hashable {
  /// Whether the chunk is worth a write: U_t of GRU-Mem (arXiv:2602.10560).
  public var update: Float?
  /// Whether reading may stop: E_t of GRU-Mem.
  public var exit: Float?
  /// 1 where a reply did not follow its form.
  public var malformed: Float?
  /// 1 where a reply, or the text written from it, reached a budget.
  public var truncated: Float?
  /// Readings of one kind of memory, by name: `novelty`, `surprise`.
  public var readings: [String: Float]
  /// The signals of the two halves of a stacked memory; empty for others.
  var halves: [Signals]

  /// A memory that states nothing is written at every chunk and reads to the end.
  public init(
    update: Float? = nil, exit: Float? = nil, malformed: Float? = nil, truncated: Float? = nil,
    readings: [String: Float] = [:]
  ) {
    self.update = update
    self.exit = exit
    self.malformed = malformed
    self.truncated = truncated
    self.readings = readings
    halves = []
  }

  /// Whether a reply did not follow its form.
  public var isMalformed: Bool { (malformed ?? 0) > 0 }
  /// Whether the memory states nothing.
  public var isEmpty: Bool { self == Signals() }

  /// Signals of two memories that are shown as one: the larger of both, `exit` the smaller, because one
  /// half that wants to read on is enough. A half that does not state a signal wants it written and does
  /// not want to stop.
  init(stacking first: Signals, _ second: Signals) {
    func merged(_ a: Float?, _ b: Float?, unstated: Float, _ choose: (Float, Float) -> Float) -> Float? {
      a == nil && b == nil ? nil : choose(a ?? unstated, b ?? unstated)
    }
    self.init(
      update: merged(first.update, second.update, unstated: 1, max),
      exit: merged(first.exit, second.exit, unstated: 0, min),
      malformed: merged(first.malformed, second.malformed, unstated: 0, max),
      truncated: merged(first.truncated, second.truncated, unstated: 0, max),
      readings: first.readings.merging(second.readings, uniquingKeysWith: max))
    if !first.isEmpty || !second.isEmpty { halves = [first, second] }
  }

  /// What one half of a stacked memory said.
  func half(_ half: StackedHalf) -> Signals { halves.isEmpty ? Signals() : halves[half.rawValue] }
}

extension Signals: Codable {
  /// A flat table: `{"update": 1, "exit": 0, "1/update": 1}`; halves have their number before the name.
  public init(from decoder: any Decoder) throws {
    self.init(table: try [String: Float](from: decoder))
  }

  /// - Parameter depth: how many stacked memories this one is inside of; a hostile file may nest names without end.
  private init(table: [String: Float], depth: Int = 0) {
    self.init(
      update: table["update"], exit: table["exit"], malformed: table["malformed"], truncated: table["truncated"])
    readings = table.filter { !Self.names.contains($0.key) && !Self.isOfHalf($0.key) }
    guard depth < 64, table.keys.contains(where: Self.isOfHalf) else { return }
    let halves = ["1/", "2/"].map { prefix in
      Signals(
        table: Dictionary(
          uniqueKeysWithValues: table.compactMap { key, value in
            key.hasPrefix(prefix) ? (String(key.dropFirst(2)), value) : nil
          }), depth: depth + 1)
    }
    self.halves = halves
  }

  /// A flat table of readings by name.
  public func encode(to encoder: any Encoder) throws { try table.encode(to: encoder) }

  /// All readings by name.
  public var table: [String: Float] {
    var table = readings
    table["update"] = update
    table["exit"] = exit
    table["malformed"] = malformed
    table["truncated"] = truncated
    for (half, prefix) in zip(halves, ["1/", "2/"]) {
      for (key, value) in half.table { table[prefix + key] = value }
    }
    return table
  }

  private static let names: Set = ["update", "exit", "malformed", "truncated"]
  private static func isOfHalf(_ key: String) -> Bool { key.hasPrefix("1/") || key.hasPrefix("2/") }
}
