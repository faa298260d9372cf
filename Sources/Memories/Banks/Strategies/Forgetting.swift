import Foundation
import Palimpsest

/// Decides which entries leave a bank: when it is full, and when their time has come.
///
/// What it may not touch is settled before it is asked: pinned, frozen and core entries stay. History leaves first.
public protocol Forgetting: Sendable {
  /// Stands in settings and as the actor in the log.
  var name: String { get }

  /// How well an entry is retained at a time, 0...1; 1 where nothing fades.
  func retention(of entry: MemoryEntry, at time: Double) -> Double
  /// Active entries in the order in which they leave when the bank is full. Every entry is in it once.
  func order(of entries: [MemoryEntry], at time: Double, _ random: inout SeededGenerator) -> [MemoryEntry.ID]
  /// What fades by itself after a write, without the bank being full. `last` is the time of the write before.
  func fading(
    in bank: Bank, from last: Double, to time: Double, _ random: inout SeededGenerator
  ) -> [BankOperation]
}

extension Forgetting {
  public func retention(of entry: MemoryEntry, at time: Double) -> Double { 1 }
  public func fading(
    in bank: Bank, from last: Double, to time: Double, _ random: inout SeededGenerator
  ) -> [BankOperation] { [] }
}

/// The policies of forgetting by name.
public let forgettings: [Catalog<any Forgetting>.Entry] = [
  .init("fifo", "the oldest entry leaves when the bank is full") { _ in OldestFirst() },
  .init("lru", "the entry that was not used for longest leaves when the bank is full") { _ in LeastRecentlyUsed() },
  .init("lfu", "the entry that was used least leaves when the bank is full") { _ in LeastFrequentlyUsed() },
  .init("utility", "the entry with the least use for its length leaves when the bank is full") { _ in UtilityPerToken()
  },
  .init(
    "heat", "the entry whose accesses are fewest and longest ago leaves when the bank is full",
    source: "MemOS, arXiv:2507.03724", defaults: Heat.Settings()
  ) { settings, setup in
    try setup.path.demand(settings.halfLife > 0, "halfLife", settings.halfLife, "a time above 0")
    return Heat(settings)
  },
  .init(
    "ebbinghaus", "entries fade with time unless they are recalled", source: "MemoryBank, arXiv:2305.10250",
    defaults: ForgettingCurve.Settings()
  ) { settings, setup in
    try setup.path.demand(
      settings.scale > 0 && settings.unit > 0, "scale", settings.scale, "scale and unit are above 0")
    _ = try checkShare(settings.threshold, "threshold", in: setup)
    return ForgettingCurve(settings)
  },
]

/// The entry that was recorded first leaves first.
public struct OldestFirst: Forgetting {
  public let name = "fifo"

  /// There is nothing to set.
  public init() {}

  public func order(of entries: [MemoryEntry], at time: Double, _ random: inout SeededGenerator) -> [MemoryEntry.ID] {
    entries.ordered { $0.recordedAt }
  }
}

/// The entry that was not used for longest leaves first.
public struct LeastRecentlyUsed: Forgetting {
  public let name = "lru"

  /// There is nothing to set.
  public init() {}

  public func order(of entries: [MemoryEntry], at time: Double, _ random: inout SeededGenerator) -> [MemoryEntry.ID] {
    entries.ordered { $0.lastAccess }
  }
}

/// The entry that was used least leaves first, the older one where two were used alike.
public struct LeastFrequentlyUsed: Forgetting {
  public let name = "lfu"

  /// There is nothing to set.
  public init() {}

  public func order(of entries: [MemoryEntry], at time: Double, _ random: inout SeededGenerator) -> [MemoryEntry.ID] {
    entries.ordered { Double($0.usage.accesses + $0.usage.cited) }
  }
}

/// Accesses and citations, each against the tokens that the entry takes.
public struct UtilityPerToken: Forgetting {
  public let name = "utility"

  /// There is nothing to set.
  public init() {}

  public func order(of entries: [MemoryEntry], at time: Double, _ random: inout SeededGenerator) -> [MemoryEntry.ID] {
    entries.ordered { entry in
      let use = Double(1 + entry.usage.accesses + 2 * entry.usage.cited) / Double(1 + entry.usage.uncited)
      return use / Double(max(entry.content.tokens, 1))
    }
  }
}

/// Accesses that lose half their weight in a time.
public struct Heat: Forgetting {
  public struct Settings: Codable, Sendable {
    /// In the stream's seconds or steps.
    public var halfLife = 50.0

    public init() {}
  }

  public let name = "heat"
  private let settings: Settings

  public init(_ settings: Settings = Settings()) { self.settings = settings }

  /// (1 + accesses) · 2^(−age / half-life), at most 1.
  public func retention(of entry: MemoryEntry, at time: Double) -> Double { min(heat(of: entry, at: time), 1) }

  func heat(of entry: MemoryEntry, at time: Double) -> Double {
    Double(1 + entry.usage.accesses) * exp2(-max(time - entry.lastAccess, 0) / settings.halfLife)
  }

  public func order(of entries: [MemoryEntry], at time: Double, _ random: inout SeededGenerator) -> [MemoryEntry.ID] {
    entries.ordered { heat(of: $0, at: time) }
  }
}

/// The forgetting curve R = exp(−t / (c · S)) of MemoryBank: t since the last recall, S 1 at first and 1 more at each.
///
/// - `hazard`: between two writes at a and b an entry survives with exp(−(b − a) / (c · S)), so the path does not
///   matter: over [0, 7] it survives with exp(−7 / S) however often the bank is written.
/// - `draw`: at every write it survives with R, which compounds, as the released code does at every load.
/// - `threshold`: it leaves when R falls below the threshold.
/// - `rank`: nothing fades; when the bank is full the least retained leaves.
///
/// The released code computes exp(−t · S / 5), by which stronger memories fade faster; the paper's rule is ours.
public struct ForgettingCurve: Forgetting {
  public enum Mode: String, Choice { case hazard, draw, threshold, rank }

  public struct Settings: Codable, Sendable {
    public var mode = Mode.hazard
    /// c: 1 in the paper, 5 in the code.
    public var scale = 1.0
    /// Seconds or steps of the stream in one unit of t; a day has 86,400 seconds.
    public var unit = 1.0
    /// With `threshold`, 0...1.
    public var threshold = 0.05

    public init() {}
  }

  public let name = "ebbinghaus"
  private let settings: Settings

  public init(_ settings: Settings = Settings()) { self.settings = settings }

  public func retention(of entry: MemoryEntry, at time: Double) -> Double {
    survival(entry, over: max(time - entry.lastAccess, 0))
  }

  private func survival(_ entry: MemoryEntry, over span: Double) -> Double {
    exp(-span / settings.unit / (settings.scale * entry.usage.strength))
  }

  public func order(of entries: [MemoryEntry], at time: Double, _ random: inout SeededGenerator) -> [MemoryEntry.ID] {
    entries.ordered { retention(of: $0, at: time) }
  }

  public func fading(
    in bank: Bank, from last: Double, to time: Double, _ random: inout SeededGenerator
  ) -> [BankOperation] {
    guard settings.mode != .rank else { return [] }
    var gone: [BankOperation] = []
    for entry in bank.entries.values.sorted(by: { $0.id < $1.id }) where entry.state == .active && !entry.isGuarded {
      let kept: Double =
        switch settings.mode {
        case .hazard: survival(entry, over: max(time - max(last, entry.lastAccess), 0))
        case .draw: retention(of: entry, at: time)
        case .threshold: retention(of: entry, at: time) < settings.threshold ? 0 : 1
        case .rank: 1
        }
      if kept < 1, Double.random(in: 0..<1, using: &random) >= kept { gone.append(.delete(entry.id)) }
    }
    return gone
  }
}

extension [MemoryEntry] {
  /// Ids by a rising measure, then by id.
  func ordered(by measure: (MemoryEntry) -> Double) -> [MemoryEntry.ID] {
    map { (measure($0), $0.id) }.sorted { $0 < $1 }.map(\.1)
  }
}
