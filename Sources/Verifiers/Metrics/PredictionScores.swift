import Palimpsest
import Statistics

/// Replies that another program got, scored by the rules of two benchmarks and by ours.
///
/// The rules differ in four points: which golds count, where the answer is looked for, whether single scores are
/// rounded before their mean, and whether empty replies stay in the denominator.
///
/// | Rule | Golds | Answer | Rounded | Empty replies |
/// |---|---|---|---|---|
/// | `ruler` | all, or any | anywhere in the reply | the mean | stay |
/// | `memagent` | the first | by `extraction` | each score, and the mean | left out |
/// | `ours` | the best | as our verifiers look for it | no | stay, missing replies too |
public struct PredictionScores: Sendable {
  /// One reply.
  public struct Reply: Sendable {
    /// Replies to the same question share a cluster; empty for a cluster of its own.
    public var question: String
    /// The reply as it came.
    public var text: String
    /// Accepted answers.
    public var golds: [String]

    /// - Parameter question: empty for a question of its own.
    public init(question: String = "", text: String, golds: [String]) {
      self.question = question
      self.text = text
      self.golds = golds
    }
  }

  /// A mean by one rule.
  public struct Row: Sendable {
    /// `ruler`, `memagent` or `ours`.
    public var rule: String
    /// The metric's name in the program of the rule.
    public var metric: String
    /// Replies in the denominator.
    public var n: Int
    /// Replies that the rule leaves out.
    public var dropped: Int
    /// In per cent for the benchmarks' rules, as they print it; a share with its interval for ours.
    public var value: Interval
    /// Whether the value is in per cent.
    public var isPercent: Bool
  }

  private let replies: [Reply]
  private let wantsAll: Bool
  private let extraction: MemAgent.Extraction
  /// Questions that were asked, where some have no reply in the file.
  private let missing: Int
  private let dropsEmpty: Bool

  /// - Parameters:
  ///   - wantsAll: whether all golds of a question are wanted, or any.
  ///   - extraction: where MemAgent's rule looks for the answer.
  ///   - dropsEmpty: whether MemAgent's rule leaves empty replies out; its own files have none any more.
  ///   - total: questions that were asked, where the program left some out; those count 0 in our rule.
  public init(
    _ replies: [Reply], wantsAll: Bool, extraction: MemAgent.Extraction, dropsEmpty: Bool = true, total: Int? = nil
  ) {
    self.replies = replies
    self.wantsAll = wantsAll
    self.extraction = extraction
    self.dropsEmpty = dropsEmpty
    missing = max(0, (total ?? 0) - replies.count)
  }

  /// Scores by every rule.
  ///
  /// - Throws: `PythonError` for a reply without golds, and where there are no replies.
  public func rows() throws -> [Row] { try [ruler()] + memAgent() + ours() }

  private func ruler() throws -> Row {
    let predictions = replies.map { RULER.postprocess($0.text) }
    let references = replies.map(\.golds)
    let value =
      wantsAll
      ? try RULER.stringMatchAll(predictions, references: references)
      : try RULER.stringMatchPart(predictions, references: references)
    return Row(
      rule: "ruler", metric: wantsAll ? "string_match_all" : "string_match_part", n: replies.count, dropped: 0,
      value: Interval(value, nil, nil, n: replies.count, clusters: replies.count), isPercent: true)
  }

  /// What MemAgent's evaluation takes for the answer of a reply; nil where it finds none, or raises.
  public static func prediction(of reply: String, _ extraction: MemAgent.Extraction) -> String? {
    let item = try? MemAgent.item(reply, golds: [""], extraction: extraction)
    return item?.prediction
  }

  private func memAgent() throws -> [Row] {
    let kept = dropsEmpty ? replies.filter { !$0.text.isEmpty } : replies
    guard !kept.isEmpty else { return [] }
    var sums: [String: Double] = [:]
    for reply in kept {
      if wantsAll {
        let text = Self.prediction(of: reply.text, extraction) ?? ""
        let score = text.isEmpty ? 0 : try RULER.matchAll(text, golds: reply.golds)
        sums["sub_em", default: 0] += score.rounded(toPlaces: 2)
      } else {
        // Where the evaluator raises, its run stops; here the item scores 0.
        let item = (try? MemAgent.item(reply.text, golds: reply.golds, extraction: extraction)) ?? MemAgent.Item()
        sums["f1", default: 0] += item.f1
        sums["em", default: 0] += item.exactMatch
        sums["sub_em", default: 0] += item.subEM
      }
    }
    return sums.sorted { $0.key < $1.key }.map { metric, sum in
      let value = (sum * 100 / Double(kept.count)).rounded(toPlaces: 2)
      return Row(
        rule: "memagent", metric: metric, n: kept.count, dropped: replies.count - kept.count,
        value: Interval(value, nil, nil, n: kept.count, clusters: kept.count), isPercent: true)
    }
  }

  private func ours() throws -> [Row] {
    var scores: [String: Scores] = [:]
    let names = wantsAll ? ["includes"] : ["em", "f1", "subemStrict"]
    for (index, reply) in replies.enumerated() {
      var trace = Trace(of: Question(id: "\(index)", ask: "", answers: reply.golds, source: .text("")))
      trace.end = .finished
      trace.close(with: Answer(Exchange(prompt: "", reply: Palimpsest.Reply(reply.text))))
      for name in names {
        let verdict: Verdict =
          switch name {
          case "includes": try Includes().verify(trace)
          case "em": try AnswerVerifier(.em).verify(trace)
          case "f1": try AnswerVerifier(.f1).verify(trace)
          default: try AnswerVerifier(.subemStrict).verify(trace)
          }
        scores[name, default: Scores()].add(
          .init(id: "\(index)", cluster: reply.question.isEmpty ? nil : reply.question, score: verdict.score))
      }
    }
    return names.map { name in
      var all = scores[name] ?? Scores()
      for index in 0..<missing { all.add(.init(id: "missing \(index)", score: 0, failed: true)) }
      return Row(rule: "ours", metric: name, n: all.n, dropped: 0, value: all.interval(), isPercent: false)
    }
  }
}
