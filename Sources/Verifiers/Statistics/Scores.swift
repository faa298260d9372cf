import Palimpsest

/// The scores of one metric over one arm's questions: mean, interval, and counts of failures and
/// retries.
///
/// Failed questions stay in with their 0. Scores of 0 and 1 with one question per cluster get
/// Wilson's interval; all others the percentiles of a bootstrap that resamples clusters, because
/// questions over the same document are not independent.
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

    /// Takes cluster, failure and retries from the trace.
    public init(_ trace: Trace, _ verdict: Verdict) {
      let failed = if case .failed = trace.end { true } else { false }
      self.init(
        id: trace.question.id, cluster: trace.question.cluster, score: verdict.score, failed: failed,
        retried: trace.tally.retries > 0, droppedUpstream: verdict.note == AnswerVerifier.droppedNote)
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

  /// The mean with its 95 % interval.
  public func interval(replicates: Int = 2000, seed: UInt64 = 1) -> Interval {
    guard n > 0 else { return Interval(0, 0, 1, n: 0) }
    let groups = clusters(items.map(\.score))
    let isBinary = items.allSatisfy { $0.score == 0 || $0.score == 1 }
    if isBinary, groups.count == n { return .share(items.count { $0.score == 1 }, of: n) }
    let bounds = bootstrap(groups, replicates: replicates, seed: seed)
    return Interval(mean, bounds.lowerBound, bounds.upperBound, n: n)
  }

  /// How much higher this arm scores than another, over the questions both have, with a 95 %
  /// interval from resampling pairs by cluster. Nothing to be seen where the interval holds 0.
  public func difference(from other: Scores, replicates: Int = 2000, seed: UInt64 = 1) -> Interval {
    let theirs = Dictionary(other.items.map { ($0.id, $0.score) }) { first, _ in first }
    let pairs = items.filter { theirs[$0.id] != nil }
    guard !pairs.isEmpty else { return Interval(0, -1, 1, n: 0) }
    let differences = pairs.map { $0.score - (theirs[$0.id] ?? 0) }
    let mean = differences.reduce(0, +) / Double(pairs.count)
    let bounds = bootstrap(Scores(pairs).clusters(differences), replicates: replicates, seed: seed)
    return Interval(mean, bounds.lowerBound, bounds.upperBound, n: pairs.count)
  }

  /// Sum and count per cluster, in the order of the clusters' names: the order of items changes nothing.
  private func clusters(_ values: [Double]) -> [Group] {
    var groups: [String: Group] = [:]
    for (item, value) in zip(items, values) {
      groups[item.cluster, default: Group()].sum += value
      groups[item.cluster, default: Group()].count += 1
    }
    return groups.sorted { $0.key < $1.key }.map(\.value)
  }
}

/// A cluster as far as a mean needs it.
struct Group: Sendable {
  var sum = 0.0
  var count = 0.0
}

/// The 2.5th and 97.5th percentile of the mean when clusters are drawn again with replacement.
///
/// Source: Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), chapters 8 and 13.
func bootstrap(_ groups: [Group], replicates: Int, seed: UInt64) -> ClosedRange<Double> {
  precondition(replicates >= 40, "\(replicates) replicates cannot show a 2.5 % tail")
  precondition(!groups.isEmpty, "a bootstrap of no clusters")
  var means: [Double] = []
  means.reserveCapacity(replicates)
  for replicate in 0..<replicates {
    var random = SeededGenerator(seed: seed, step: replicate, purpose: "bootstrap")
    var total = Group()
    for _ in groups.indices {
      let group = groups[Int(random.next(upperBound: UInt64(groups.count)))]
      total.sum += group.sum
      total.count += group.count
    }
    means.append(total.sum / total.count)
  }
  means.sort()
  func quantile(_ share: Double) -> Double { means[Int((share * Double(replicates - 1)).rounded())] }
  return quantile(0.025)...quantile(0.975)
}
