import Palimpsest
import Plots

/// What became of each fact that proves an answer: the chunks at which it was read, written and
/// lost again.
///
/// A fact stands in the memory while at least half of its pairs of neighbouring words do (the recall
/// of ROUGE-2, Lin 2004): a copied sentence has all of them, a shortened one most, and an unrelated
/// page of the same topic few.
///
/// The curve is the estimate of Kaplan and Meier (1958): a reading that ends while the fact is held
/// is a censored observation. Intervals are Greenwood's.
///
/// Traces without evidence, that kept only their last step, whose memory held vectors or rows, or whose log kept no
/// text of the chunks are counted as skipped.
public struct Survival: Charted {
  /// What became of one fact of one question.
  public struct Fact: Codable, Sendable, Hashable {
    /// Id of the question.
    public var question: String
    /// UTF-8 range of the text.
    public var range: Range<Int>
    /// Index of the chunk with the end of the fact; nil where it was not read.
    public var read: Int?
    /// Index of the first chunk after which the memory held the fact; nil where it never did.
    public var written: Int?
    /// Index of the chunk at which the memory lost the fact; nil where it was still held at the end.
    public var lost: Int?
  }

  /// Shares and curve over all facts that were followed.
  public struct Finding: Codable, Sendable {
    /// A step of the survival curve.
    public struct Point: Codable, Sendable, Hashable {
      /// Chunks since the fact was written.
      public var age: Int
      /// Share of facts still held.
      public var share: Interval
    }
    /// Facts that were followed.
    public var facts: Int
    /// The share of all facts that were read.
    public var read: Interval
    /// The share of the read facts that the memory then held.
    public var written: Interval
    /// The share of the written facts that the memory held at the end.
    public var kept: Interval
    /// By ascending age; shares never rise.
    public var curve: [Point]
    /// Scores of the questions whose facts were all held at the end.
    public var scoreWhenKept: Interval
    /// Scores of the questions that lost or missed a fact.
    public var scoreWhenNot: Interval
    /// Traces without a fact to follow.
    public var skipped: Int
    /// The first 200 facts, one by one.
    public var examples: [Fact]
  }

  /// Share of a fact's word pairs that must be in the memory.
  public let threshold: Double
  private var total = 0
  private var read = 0
  private var written = 0
  private var kept = 0
  private var lostAt: [Int: Int] = [:]
  private var censoredAt: [Int: Int] = [:]
  private var whenKept = StreamingMean()
  private var whenNot = StreamingMean()
  private var skipped = 0
  private var examples: [Fact] = []

  private static let exampleCount = 200

  /// - Parameter threshold: the share of a fact's word pairs that must stand in the memory, above 0 and at most
  /// 1.
  public init(threshold: Double = 0.5) {
    precondition(0 < threshold && threshold <= 1, "a share of \(threshold) of a fact's word pairs")
    self.threshold = threshold
  }

  /// Follows the facts of a trace, and pairs its score with whether all of them were held.
  public mutating func observe(_ trace: Trace, _ verdict: Verdict) {
    var following = FactLives(of: trace.question, threshold: threshold)
    if trace.isWhole { trace.steps.forEach { following.add($0) } }
    let lives = trace.isWhole ? following.lives : []
    guard !lives.isEmpty, !lives.contains(where: \.isWithoutText) else {
      skipped += 1
      return
    }
    for life in lives {
      total += 1
      if life.read != nil { read += 1 }
      if let start = life.written {
        written += 1
        if let end = life.lost {
          lostAt[end - start, default: 0] += 1
        } else {
          censoredAt[trace.nextIndex - 1 - start, default: 0] += 1
        }
      }
      if life.isHeld { kept += 1 }
      if examples.count < Self.exampleCount {
        examples.append(
          Fact(
            question: trace.question.id, range: life.range, read: life.read, written: life.written, lost: life.lost))
      }
    }
    if lives.allSatisfy(\.isHeld) {
      whenKept.add(verdict.score, cluster: trace.question.cluster)
    } else {
      whenNot.add(verdict.score, cluster: trace.question.cluster)
    }
  }

  /// What was seen so far.
  public var finding: Finding {
    Finding(
      facts: total, read: .share(read, of: total), written: .share(written, of: read),
      kept: .share(kept, of: written), curve: curve, scoreWhenKept: whenKept.interval,
      scoreWhenNot: whenNot.interval, skipped: skipped, examples: examples)
  }

  private var curve: [Finding.Point] {
    var atRisk = written
    var share = 1.0
    var greenwood = 0.0
    var points = written > 0 ? [Finding.Point(age: 0, share: Interval(1, 1, 1, n: written))] : []
    for age in Set(lostAt.keys).union(censoredAt.keys).sorted() {
      let lost = lostAt[age, default: 0]
      if lost > 0 {
        share *= Double(atRisk - lost) / Double(atRisk)
        if atRisk > lost { greenwood += Double(lost) / (Double(atRisk) * Double(atRisk - lost)) }
      }
      let half = 1.96 * share * greenwood.squareRoot()
      points.append(.init(age: age, share: Interval(share, max(0, share - half), min(1, share + half), n: atRisk)))
      atRisk -= lost + censoredAt[age, default: 0]
    }
    return points
  }

  /// One chart, `survival`: shares over the chunks since a fact was written.
  public static var frames: [String: Chart] {
    ["survival": Chart(x: .init("chunks since the fact was written"), y: .init("share still held", range: 0...1.02))]
  }
  /// The caption of `survival`.
  public static var captions: [String: String] {
    ["survival": "Share of written facts that still stand in the memory so many chunks later (Kaplan and Meier)."]
  }
  /// The Kaplan–Meier curve of an arm, drawn in steps.
  public func series(named arm: String) -> [String: [Chart.Series]] {
    ["survival": [Chart.Series(arm, curve.map { Chart.Point(Double($0.age), $0.share.value) }, as: .steps)]]
  }
}
