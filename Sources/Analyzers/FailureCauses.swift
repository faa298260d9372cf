import Basics
import Palimpsest
import Plots
import Verifiers

/// Why an answer was wrong: every question that was not answered right has one cause.
///
/// The facts that prove an answer are followed through the reading (`FactLives`). The first that applies is the cause:
///
/// 1. the reading failed;
/// 2. nothing can be said, because the question has no known evidence, its steps were not kept, or its memory held more
///    than text;
/// 3. a fact was not read, because the gate said exit before it, or because the reading ended before it;
/// 4. a fact was read and never written;
/// 5. a fact was written, and lost at a later chunk;
/// 6. all facts stood in the last memory, and the answer came from elsewhere in it, or was not taken from it.
///
/// Where the last memory holds an accepted answer in other words than the fact's, the fact counts as held: it was
/// paraphrased.
public struct FailureCauses: Charted {
  /// One reason why an answer is not right.
  public enum Cause: String, Sendable, Codable, Hashable, CaseIterable {
    /// The reading ended `failed`.
    case failed
    /// The gate said exit before a fact.
    case leftEarly
    /// The reading ended before a fact, or its text was cut.
    case notReached
    /// A fact was read, and no memory held it.
    case notWritten
    /// A fact was held and then lost.
    case lost
    /// The facts were held, and the reply takes its answer from another part of the memory.
    case fromElsewhere
    /// The facts were held, and the reply does not use them.
    case unused
    /// There is no known evidence, or the memory does not show what it holds.
    case unknown

    /// For tables.
    public var words: String {
      switch self {
      case .failed: "reading failed"
      case .leftEarly: "left before the fact"
      case .notReached: "fact not reached"
      case .notWritten: "read, not written"
      case .lost: "written, then lost"
      case .fromElsewhere: "held, answered from elsewhere"
      case .unused: "held, not used"
      case .unknown: "cannot be told"
      }
    }
  }

  /// What became of one question that was not answered right.
  public struct Case: Codable, Sendable, Hashable {
    /// Id of the question.
    public var question: String
    /// Why.
    public var cause: Cause
    /// The chunk at which it happened: of the fact that was not written, of the loss, of the exit.
    public var chunk: Int?
    /// The fact, at most 200 characters; empty where its text is not known.
    public var fact: String
    /// The reply, at most 200 characters.
    public var reply: String
    /// Its score, below 1.
    public var score: Double
  }

  /// How often each cause occurred.
  public struct Finding: Codable, Sendable {
    /// Questions, failed ones included.
    public var n: Int
    /// Questions that ended `failed`.
    public var failed: Int
    /// Questions with the full score.
    public var right: Interval
    /// Questions with the full score although the memory held neither all facts nor an accepted answer: known before,
    /// guessed, or held in other words.
    public var rightWithoutFacts: Int
    /// Questions whose facts were not held in their words while an accepted answer was.
    public var paraphrased: Int
    /// Share of each cause among the questions that were not right; causes that did not occur are left out.
    public var causes: [String: Interval]
    /// The first 1,000 questions that were not right, one by one.
    public var cases: [Case]
  }

  /// Share of a fact's word pairs that must be in the memory.
  public let threshold: Double
  private var n = 0
  private var right = 0
  private var failed = 0
  private var rightWithoutFacts = 0
  private var paraphrased = 0
  private var counts: [Cause: Int] = [:]
  private var cases: [Case] = []

  private static let caseCount = 1000
  private static let excerpt = 200

  /// - Parameter threshold: the share of a fact's word pairs that must stand in the memory, above 0 and at most 1.
  public init(threshold: Double = 0.5) {
    precondition(0 < threshold && threshold <= 1, "a share of \(threshold) of a fact's word pairs")
    self.threshold = threshold
  }

  /// Finds the cause of a trace that was not answered right. A score of 1 is right.
  public mutating func observe(_ trace: Trace, _ verdict: Verdict) {
    n += 1
    if case .failed = trace.end { failed += 1 }
    let isRight = verdict.score >= 1
    var following = FactLives(of: trace.question, threshold: threshold)
    if trace.isWhole { trace.steps.forEach { following.add($0) } }
    let lives = trace.isWhole ? following.lives.sorted { $0.range.lowerBound < $1.range.lowerBound } : []
    let canTell = !lives.isEmpty && !lives.contains(where: \.isWithoutText) && trace.hasTextAlone
    let areHeld = lives.allSatisfy(\.isHeld)
    let isParaphrased = canTell && !areHeld && trace.memoryHolds == true
    if isParaphrased { paraphrased += 1 }
    if isRight {
      right += 1
      if canTell, !areHeld, !isParaphrased { rightWithoutFacts += 1 }
      return
    }
    let (cause, chunk, life) = cause(of: trace, lives, canTell: canTell, isParaphrased: isParaphrased)
    counts[cause, default: 0] += 1
    guard cases.count < Self.caseCount else { return }
    cases.append(
      Case(
        question: trace.question.id, cause: cause, chunk: chunk, fact: String((life?.text ?? "").prefix(Self.excerpt)),
        reply: String((trace.answer?.reply.text ?? "").prefix(Self.excerpt)), score: verdict.score))
  }

  private func cause(
    of trace: Trace, _ lives: [FactLives.Life], canTell: Bool, isParaphrased: Bool
  ) -> (Cause, chunk: Int?, FactLives.Life?) {
    if case .failed = trace.end { return (.failed, trace.steps.last?.chunk.index, nil) }
    guard canTell else { return (.unknown, nil, nil) }
    if let missed = lives.first(where: { $0.read == nil }) {
      return (trace.end == .exited ? .leftEarly : .notReached, trace.steps.last?.chunk.index, missed)
    }
    if !isParaphrased {
      // The first fact in the text decides: what comes later may depend on it.
      if let missed = lives.first(where: { !$0.isHeld }) {
        return missed.written == nil ? (.notWritten, missed.read, missed) : (.lost, missed.lost, missed)
      }
    }
    return (repliesFromMemory(trace, lives) ? .fromElsewhere : .unused, trace.steps.last?.chunk.index, lives.first)
  }

  /// Whether the reply's words stand in the memory outside of the facts.
  private func repliesFromMemory(_ trace: Trace, _ lives: [FactLives.Life]) -> Bool {
    let reply = pairs(of: (prediction(of: trace) ?? "").lowercasedWords)
    guard let state = trace.state, !reply.isEmpty else { return false }
    // A reply of one word is looked for as a word, a longer one as pairs of words.
    let words = state.text.lowercasedWords
    let memory = reply[0].count == 1 ? Set(words.map { [$0] }) : Set(pairs(of: words))
    return Double(reply.count { memory.contains($0) }) >= threshold * Double(reply.count)
  }

  /// What was seen so far.
  public var finding: Finding {
    let wrong = n - right
    return Finding(
      n: n, failed: failed, right: .share(right, of: n), rightWithoutFacts: rightWithoutFacts,
      paraphrased: paraphrased,
      causes: Dictionary(
        uniqueKeysWithValues: counts.map { ($0.key.rawValue, Interval.share($0.value, of: wrong)) }),
      cases: cases)
  }

  /// One chart, `failure-causes`: questions by cause.
  public static var frames: [String: Chart] {
    [
      "failure-causes": Chart(
        x: .names(Cause.allCases.map(\.words)), y: .init("questions not answered right"))
    ]
  }
  /// The caption of `failure-causes`.
  public static var captions: [String: String] {
    ["failure-causes": "Why questions were not answered right: each of them has one cause."]
  }
  /// A bar for each cause.
  public func series(named arm: String) -> [String: [Chart.Series]] {
    let points = Cause.allCases.enumerated().map { Chart.Point(Double($0), Double(counts[$1, default: 0])) }
    return ["failure-causes": [Chart.Series(arm, points, as: .bars)]]
  }
}
