import Learning
import Models
import Palimpsest
import PolicyLocal
import Tensors
import Transformers

/// Readings by an adapted model: any chunker, memory and gate, with the adapter's present weights as the policy. All
/// readings of a round run side by side, so that the passes of the model serve them together.
struct AdapterReader: Sendable {
  /// What is read with, but for the policy.
  var reader: Reader
  /// The model with its settings; each round's adapter takes its place in it.
  var policy: LocalPolicy

  /// Reads questions, each as a rollout of its number.
  ///
  /// - Returns: a trace each, in their order; one that failed has no answer.
  /// - Throws: refusals that stop a run; `CancellationError`.
  func traces(
    _ readings: [(question: Question, rollout: Int)], with adapter: Adapter?
  ) async throws -> [Trace] {
    var reader = reader
    reader.policy = policy.adapted(by: adapter)
    let made = reader
    return try await withThrowingTaskGroup(of: (Int, Trace).self) { group in
      for (index, reading) in readings.enumerated() {
        group.addTask { (index, try await made.outcome(of: reading.question, rollout: reading.rollout)) }
      }
      var traces = readings.map { Trace(of: $0.question, rollout: $0.rollout) }
      for try await (index, trace) in group { traces[index] = trace }
      return traces
    }
  }
}

extension Reader {
  /// A reading; one that was refused is a trace that ended `failed`.
  ///
  /// - Throws: refusals that stop a run; `CancellationError`.
  func outcome(of question: Question, rollout: Int) async throws -> Trace {
    do { return try await read(question, rollout: rollout) } catch let refusal as any Refusal {
      if refusal.stopsRun { throw refusal }
      var trace = Trace(of: question, rollout: rollout)
      trace.fail(with: refusal)
      return trace
    }
  }
}

/// Questions that are taken one after the other, round and round.
struct QuestionRing: Sendable {
  private let questions: [Question]

  /// The most questions that are held.
  static let most = 65_536

  /// - Throws: what the task throws; `SettingError.outOfRange` for a task without questions.
  init(_ task: any ReadingTask, seed: UInt64, at path: String) throws {
    func taken(_ questions: some Sequence<Question>) -> [Question] { Array(questions.prefix(Self.most)) }
    questions = try taken(task.questions(seed: seed))
    guard !questions.isEmpty else {
      throw SettingError.outOfRange(path, found: "a task without questions", why: "there is nothing to read")
    }
  }

  /// The questions of a draw. Their ids have its number, so that no two draws share random numbers.
  func questions(_ count: Int, draw: Int) -> [Question] {
    (0..<count).map { index in
      var question = questions[(draw * count + index) % questions.count]
      question.id += ".\(draw).\(index)"
      return question
    }
  }

  /// The first ones.
  func first(_ count: Int) -> [Question] { Array(questions.prefix(count)) }
}

/// What a reading is rewarded for: terms of a trajectory with their weights, and rewards of single turns.
struct ReadingRewards: Sendable {
  /// The reward of a trajectory is the weighted sum of the terms.
  var terms: [(name: String, weight: Double, verifier: any Verifier)]
  /// Its credits are the rewards of the turns; nil for none.
  var turns: (any Verifier)?

  /// - Throws: what a verifier throws; `SampleError` for a trace that was not recorded for learning.
  func rollout(of trace: Trace) async throws -> Rollout {
    var (reward, measures) = (0.0, [String: Double]())
    for term in terms {
      let score = try await term.verifier.verify(trace).score
      reward += term.weight * score
      measures[term.name] = score
    }
    let credits = try await turns?.verify(trace).credits ?? [:]
    measures.merge(trace.measures) { own, _ in own }
    return Rollout(try trace.samples(), reward: reward, turnRewards: credits, measures: measures)
  }
}

extension Trace {
  /// What is logged of a reading.
  var measures: [String: Double] {
    let chunks = Double(max(1, tally.steps))
    var measures = [
      "page": Double(state?.tokens ?? 0), "chunks": Double(tally.steps), "wellFormed": tally.malformed == 0 ? 1 : 0,
      "updates": Double(tally.updates) / chunks, "exited": end == .exited ? 1 : 0,
    ]
    let truncated = steps.count { $0.draft.signals.truncated ?? 0 > 0 }
    measures["truncated"] = Double(truncated) / chunks
    return measures
  }
}

/// The stage of rewarded readings by an adapted model.
struct AdapterRewardLesson: Lesson {
  /// What is read in a round.
  struct Terms: Sendable, Codable, Hashable {
    /// Index of the questions.
    var ring: Int
    /// Questions of a round, and G.
    var questions: Int, rollouts: Int
  }

  let source: String
  var reader: AdapterReader
  var rings: [QuestionRing]
  var curriculum: Curriculum<Terms>
  var rewards: ReadingRewards

  func material(by model: AdaptedDecoder, at moment: LessonMoment) async throws -> LessonMaterial {
    try await material(by: model, at: moment, in: OneProcess())
  }

  /// Each process reads some of the questions. A reading has the same bits whatever is read beside it, so the cut may
  /// depend on the group.
  func material(
    by model: AdaptedDecoder, at moment: LessonMoment, in group: any ProcessGroup
  ) async throws -> LessonMaterial {
    let terms = curriculum.value(at: moment.round)
    let questions = rings[terms.ring].questions(terms.questions, draw: moment.draw)
    let parts = try await group.divided(group.count, as: "rollouts") { _ in
      try await readings(of: questions[group.share(of: questions.count)], rollouts: terms.rollouts, by: model)
    }
    return .rollouts(RolloutRound(parts.flatMap(\.groups), failures: parts.flatMap(\.failures)))
  }

  private func readings(
    of questions: ArraySlice<Question>, rollouts count: Int, by model: AdaptedDecoder
  ) async throws -> RolloutRound {
    let places = questions.flatMap { question in (0..<count).map { (question: question, rollout: $0) } }
    let traces = try await reader.traces(places, with: model.adapter)
    var (groups, failures): ([RolloutGroup], [String]) = ([], [])
    for start in stride(from: 0, to: traces.count, by: count) {
      var rollouts: [Rollout] = []
      for trace in traces[start..<(start + count)] {
        if case .failed(let reason, _) = trace.end {
          failures.append("\(trace.id): \(reason)")
        } else {
          rollouts.append(try await rewards.rollout(of: trace))
        }
      }
      groups.append(RolloutGroup(rollouts))
    }
    return RolloutRound(groups, failures: failures)
  }
}

/// The stage of imitation by an adapted model: the exchanges of readings by another policy.
///
/// Reading: `exact`, the moving mean of the share of replies all of whose tokens are right.
struct AdapterImitationLesson: Lesson {
  let source: String
  /// Reads with the teacher.
  var teacher: Reader
  /// Turns exchanges into tokens.
  var policy: LocalPolicy
  var ring: QuestionRing
  /// Questions of a step, and the most exchanges that are taken of each.
  var questions: Int, turns: Int
  /// A reading is imitated where its score is at least this; nil imitates all.
  var least: (score: Double, verifier: any Verifier)?
  var seed: UInt64

  func material(by model: AdaptedDecoder, at moment: LessonMoment) async throws -> LessonMaterial {
    let teacher = teacher
    var replies: [(prompt: [Int], reply: [Int])] = []
    for (index, question) in ring.questions(questions, draw: moment.draw).enumerated() {
      let trace = try await teacher.outcome(of: question, rollout: 0)
      if case .failed = trace.end { continue }
      if let least, try await least.verifier.verify(trace).score < least.score { continue }
      var random = SeededGenerator(seed: seed, session: "\(index)", step: moment.draw, purpose: "demonstrations")
      let exchanges = trace.exchanges
      // The answer is always among them.
      let drafts = Array(exchanges.dropLast().indices.shuffled(using: &random).prefix(turns - 1)).sorted()
      for exchange in drafts.map({ exchanges[$0] }) + exchanges.suffix(1) {
        replies.append(try policy.demonstration(of: exchange))
      }
    }
    guard !replies.isEmpty else {
      throw LearningError.unfit(
        "the demonstrations of step \(moment.draw)", found: "none",
        reason: "the teacher's readings failed or scored too low; take more questions, or a lower `least`")
    }
    return .sequences([SupervisedBatch(replies: replies)])
  }

  func note(_ outcome: RoundOutcome, of material: LessonMaterial, in readings: inout [String: Double]) {
    guard case .imitated(let hits) = outcome else { return }
    let all = hits.joined()
    let exact = Double(all.count { $0.allSatisfy(\.self) }) / Double(max(1, all.count))
    readings["exact", default: 0] += 0.03 * (exact - readings["exact", default: 0])
  }
}

/// An exam by readings with an adapted model.
struct AdapterExam: Exam {
  var reader: AdapterReader
  var rows: [(name: String, ring: QuestionRing, items: Int)]
  var verifier: any Verifier

  func scores(of model: AdaptedDecoder) async throws -> [ExamScore] {
    var scores: [ExamScore] = []
    for row in rows {
      let traces = try await reader.traces(row.ring.first(row.items).map { ($0, 0) }, with: model.adapter)
      var (mean, sums) = (StreamingMean(), [String: Double]())
      for trace in traces {
        if case .failed = trace.end {
          mean.add(0, cluster: trace.question.cluster)
        } else {
          mean.add(try await verifier.verify(trace).score, cluster: trace.question.cluster)
        }
        for (name, value) in trace.measures { sums[name, default: 0] += value / Double(traces.count) }
      }
      scores.append(
        ExamScore(row.name, chunks: Int((sums["chunks"] ?? 0).rounded()), score: mean.interval, measures: sums))
    }
    return scores
  }
}
