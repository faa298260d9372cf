import Palimpsest

/// The scores of one metric over one arm's questions: mean, interval, and counts of failures and
/// retries.
///
/// Failed questions stay in with their 0. Intervals are those of `StreamingMean`: questions over the same document are
/// not independent, so clusters are resampled.
public struct Scores: Sendable {
  /// The score of one question.
  public struct Item: Sendable, Hashable {
    /// The question's id, by which arms are paired.
    public var id: String
    /// The document the question belongs to; questions of one cluster are resampled together.
    public var cluster: String
    /// The verdict's score; 0 for a failed question.
    public var score: Double
    /// Whether the reading ended `failed`.
    public var failed: Bool
    /// Whether any call had to be made again.
    public var retried: Bool
    /// Whether MemAgent's evaluation would leave the item out.
    public var droppedUpstream: Bool

    /// Without a cluster the question is a cluster of its own.
    public init(
      id: String, cluster: String? = nil, score: Double, failed: Bool = false, retried: Bool = false,
      droppedUpstream: Bool = false
    ) {
      self.id = id
      self.cluster = cluster ?? id
      self.score = score
      self.failed = failed
      self.retried = retried
      self.droppedUpstream = droppedUpstream
    }
  }

  /// All items in the order in which they were added, failed ones included.
  public private(set) var items: [Item] = []

  /// Failed items must be among them, with score 0.
  public init(_ items: [Item] = []) { self.items = items }

  /// Adds an item; an id that is already there is not checked.
  public mutating func add(_ item: Item) { items.append(item) }

  /// Questions, failed ones included.
  public var n: Int { items.count }
  /// Questions whose reading failed.
  public var failed: Int { items.count(where: \.failed) }
  /// Questions with at least one repeated call.
  public var retried: Int { items.count(where: \.retried) }
  /// Mean score over all questions, failed ones included; 0 without items.
  public var mean: Double { items.isEmpty ? 0 : items.reduce(0) { $0 + $1.score } / Double(n) }

  /// Without the items that MemAgent's evaluation leaves out: its mean is over survivors. For
  /// reproducing a published figure only; a table must say so and print n.
  public var droppingEmptyReplies: Scores { Scores(items.filter { !$0.droppedUpstream }) }

  /// The mean with its 95 % interval; none with fewer than two clusters.
  public func interval(seed: UInt64 = 1) -> Interval {
    var mean = StreamingMean(seed: seed)
    for item in ordered { mean.add(item.score, cluster: item.cluster) }
    return mean.interval
  }

  /// How much higher this arm scores than another, over the questions both have, with a 95 % interval from resampling
  /// pairs by cluster. Where the interval holds 0, the data show no difference.
  ///
  /// Arms that are equal on every question, or of which one is always right and the other never, have no spread to
  /// resample. How many clusters could still differ
  /// otherwise is then bounded by Wilson's interval, so 8 equal pairs give 0 [-0.32, 0.32], and 8 pairs of 0 and 1
  /// give -1 [-1, -0.68]. Scores lie in 0...1.
  public func difference(from other: Scores, seed: UInt64 = 1) -> Interval {
    let theirs = Dictionary(other.items.map { ($0.id, $0.score) }) { first, _ in first }
    var ratio = StreamingRatio(seed: seed)
    var differences: Set<Double> = []
    for item in ordered {
      guard let score = theirs[item.id] else { continue }
      ratio.add(item.score - score, cluster: item.cluster)
      if differences.count < 2 { differences.insert(item.score - score) }
    }
    let interval = ratio.interval
    guard differences.count == 1, let same = differences.first, [-1, 0, 1].contains(same), interval.clusters >= 2,
      let bound = Interval.share(0, of: interval.clusters).high
    else { return interval }
    return Interval(
      same, max(same - bound, -1), min(same + bound, 1), n: interval.n, clusters: interval.clusters)
  }

  /// Sums of floating-point numbers depend on their order; with this one the order of items changes nothing.
  var ordered: [Item] { items.sorted { ($0.cluster, $0.id) < ($1.cluster, $1.id) } }
}
