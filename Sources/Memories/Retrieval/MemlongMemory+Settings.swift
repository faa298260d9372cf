import Palimpsest

extension MemlongMemory {
  /// The positions that recalled rows get.
  public enum Positions: String, Choice {
    /// All at 0, the paper's default.
    case zero
    /// One behind the other, the last before the first position of what reads them.
    case continual
    /// As far before what reads them as they are in the text, counted in rows that were stored.
    case original
  }

  /// What the vector of a chunk's query is made of.
  public enum Query: String, Choice {
    /// The chunk before it.
    case previous
    /// The chunk itself, as in the paper's code: the choice depends on tokens that are scored.
    case current
  }

  /// What happens to entries that other weights made.
  public enum Stale: String, Choice {
    /// The reading ends with an error.
    case refuse
    /// Their texts are read again.
    case refresh
  }

  /// The names of `EvictionRule`.
  public enum Eviction: String, Choice {
    case leastRetrieved, keepNewestHalf, fifo, percentileBand, leastSurprising, none
  }

  /// The precisions of `RowPrecision`.
  public enum Precision: String, Choice {
    case float32, bfloat16, int8
  }

  /// The settings of `memlong`.
  public struct Settings: Codable, Sendable {
    /// The layer whose keys and values are stored, from 0.
    public var layer = 0
    /// The layers that read them.
    public var readingLayers = [1]
    /// The most rows of all entries.
    public var tokens = 32_768
    /// The most bytes of all entries with their rows; nil sets no bound.
    public var bytes: Int?
    /// Entries that are recalled at once.
    public var retrieved = 8
    /// Which entries leave a full bank.
    public var eviction = Eviction.leastRetrieved
    /// How fast the reads of an entry lose weight with its age (`leastRetrieved`).
    public var gamma = 0.0
    /// The newest entries, which leave only when no other is left.
    public var spared = 8
    /// The percentiles of age between which entries leave (`percentileBand`).
    public var band = [10.0, 90.0]
    /// The positions that recalled rows get.
    public var positions = Positions.zero
    /// What the query is made of while a text is read.
    public var query = Query.previous
    /// How rows are stored.
    public var precision = Precision.float32
    /// What happens to entries of other weights.
    public var stale = Stale.refuse
    /// Bytes of rows that are kept in memory; others move to `file`, or are made again from their texts.
    public var residentBytes = 1 << 30
    /// A file for rows that do not fit; nil for none.
    public var file: String?

    /// One layer below and one above, as a model of two layers has.
    public init() {}

    var rule: EvictionRule {
      switch eviction {
      case .leastRetrieved: .leastRetrieved(gamma: gamma)
      case .keepNewestHalf: .keepNewestHalf
      case .fifo: .fifo
      case .percentileBand: .percentileBand(band[0], band[1])
      case .leastSurprising: .leastSurprising
      case .none: .none
      }
    }

    /// - Throws: `SettingError.outOfRange`.
    public func check(at path: String) throws {
      try path.demand((0...4095).contains(layer), "layer", layer, "layers are counted from 0")
      try path.demand(
        !readingLayers.isEmpty && readingLayers.allSatisfy { (0...4095).contains($0) }, "readingLayers",
        "\(readingLayers)", "at least one layer reads, counted from 0")
      try path.demand((1...(1 << 30)).contains(tokens), "tokens", tokens, "a bank holds between 1 and 2^30 rows")
      if let bytes { try path.demand(bytes > 0, "bytes", bytes, "a bank holds at least a byte") }
      try path.demand((1...(1 << 20)).contains(retrieved), "retrieved", retrieved, "at least one entry is recalled")
      try path.demand((0...64).contains(gamma), "gamma", gamma, "it lies between 0 and 64")
      try path.demand(spared >= 0, "spared", spared, "it is not negative")
      try path.demand(
        band.count == 2 && band.allSatisfy { (0...100).contains($0) } && band[0] < band[1], "band", "\(band)",
        "two rising percentiles between 0 and 100")
      try path.demand(residentBytes >= 0, "residentBytes", residentBytes, "it is not negative")
      if let file { try path.demand(!file.isEmpty, "file", "empty", "it names a file, or is null") }
    }
  }
}
