import Palimpsest

/// The most that a bank may hold, and how far it is emptied once it is full.
///
/// Every entry counts, retired ones too: history costs room, so it leaves first.
public struct BankBudget: Sendable, Codable, Hashable {
  /// The most tokens of all entries.
  public var tokens: Int
  /// The most entries.
  public var entries: Int
  /// Above this share of a bound, entries leave. 0...1.
  public var high: Double
  /// Entries leave until this share is reached. 0...`high`.
  public var low: Double
  /// Bounds for the tokens of single kinds.
  public var kinds: [EntryContent.Kind: Int]

  /// - Precondition: the bounds are not negative, and 0 < low ≤ high ≤ 1.
  public init(
    tokens: Int, entries: Int = .max, high: Double = 1, low: Double = 1, kinds: [EntryContent.Kind: Int] = [:]
  ) {
    self.tokens = tokens
    self.entries = entries
    self.high = high
    self.low = low
    self.kinds = kinds
    precondition(isPossible, "a bank's budget of \(self)")
  }

  /// False for what only a foreign file can say.
  var isPossible: Bool {
    tokens >= 0 && entries >= 0 && low > 0 && low <= high && high <= 1 && kinds.values.allSatisfy { $0 >= 0 }
  }

  /// A share of a bound; a bound without end has none.
  func mark(_ share: Double, of bound: Int) -> Int {
    bound == .max ? .max : Int((share * Double(bound)).rounded(.down))
  }
}
