import Analyzers
import Foundation
import Palimpsest
import Runs
import Settings
import Statistics
import Terminal
import Verifiers

/// Any task with any reader, controls beside every score.
public struct Evaluation: Sendable {
  /// Each reader, and behind it what stands beside it.
  public let arms: [Arm]
  /// The runs of all arms.
  public let bench: Bench<EvaluationSettings>
  private let runs: [Run<EvaluationSettings>]
  private let keeping: Reader.Keeping
  private let failures: FailureRule

  /// Resolves and checks everything, and starts nothing.
  ///
  /// - Parameter controls: what stands beside each reader.
  public init(
    _ defaults: EvaluationSettings = .init(), options: RunOptions, controls: Arm.Controls, name: String? = nil,
    keeping: Reader.Keeping = .everyStep
  ) throws {
    let sweep = try Sweep(of: defaults, file: options.file, overrides: options.overrides)
    var arms: [Arm] = []
    for given in sweep.points {
      let point = try Point(given.settings, ablation: given.ablation, defaults: defaults)
      for arm in try Arm.arms(of: point, controls: controls)
      where !arms.contains(where: { $0.point.full == arm.point.full }) {
        arms.append(arm)
      }
    }
    self.arms = arms
    failures = options.failures
    var options = options
    options.failures = .any
    bench = Bench(
      name ?? "eval-\(arms[0].point.settings.task.kind)", points: arms.map(\.point), options: options)
    for arm in arms { _ = try Assembled(arm.point.settings) }
    runs = try bench.runs()
    self.keeping = keeping
  }

  /// Reads what is still to be read, and gives one result per arm, in order.
  public func results(_ each: (Result) async throws -> Void = { _ in }) async throws -> [Result] {
    var results: [Result] = []
    for (arm, run) in zip(arms, runs) {
      var result = try await read(arm, run)
      result.comparison = comparison(of: result, with: results)
      results.append(result)
      try await each(result)
    }
    return results
  }

  /// To be asked when results are printed: they are worth seeing whatever failed.
  ///
  /// - Throws: `RunError.failures` where more failed in an arm than is allowed.
  public func checkFailures(_ results: [Result]) throws {
    for result in results { try failures.check(failed: result.summary.failed, of: result.summary.n) }
  }

  /// Says where each run stands, and the page that shows its first questions step by step.
  public func listPlaces(_ results: [Result]) {
    var listed: Set<String> = []
    for run in results.map(\.run) where listed.insert(run.place.path).inserted {
      bench.options.console.note("run: \(run.place.relativePath)")
      if let page = run.page { bench.options.console.note("  step by step: \(page.relativePath)") }
    }
  }

  /// The result of one arm.
  public struct Result: Sendable {
    /// The arm the result is of.
    public let arm: Arm
    /// Means over all questions.
    public let summary: Summary
    /// The folder with its traces.
    public let run: Run<EvaluationSettings>
    /// The trace of the last question, for callers with a single question.
    public let last: Trace?
    /// The score of every question, by metric.
    public let scores: [String: Scores]
    /// Why answers were wrong by the first metric; nil for controls.
    public let causes: FailureCauses.Finding?
    /// Nil for the first reader, and where no question is in both arms.
    public internal(set) var comparison: Comparison?
  }

  /// How an arm differs from another one over the questions that both have, pair by pair.
  public struct Comparison: Sendable {
    /// The other arm's place among the results, counted from 1.
    public let row: Int
    /// The other arm's run.
    public let run: URL
    /// This arm beside the other one, by metric.
    public let pairs: [String: PairedComparison]

    /// This arm's score minus the other's, by metric.
    public var differences: [String: Interval] { pairs.mapValues(\.difference) }
  }

  /// A control is compared with its reader, which stands before it; a reader with the first one.
  private func comparison(of result: Result, with before: [Result]) -> Comparison? {
    let other =
      result.arm.isControl ? before.lastIndex { !$0.arm.isControl } : before.firstIndex { !$0.arm.isControl }
    guard let other else { return nil }
    let pairs = result.scores.compactMap { metric, scores in
      before[other].scores[metric].map { (metric, scores.comparison(from: $0)) }
    }.filter { $0.1.n > 0 }
    guard !pairs.isEmpty else { return nil }
    return Comparison(
      row: other + 1, run: before[other].run.place, pairs: Dictionary(uniqueKeysWithValues: pairs))
  }

  private func read(_ arm: Arm, _ run: Run<EvaluationSettings>) async throws -> Result {
    let parts = try Assembled(arm.point.settings, keeping: keeping)
    var last: Trace?
    var first: Question.ID?
    var scores: [String: Scores] = [:]
    var causes = FailureCauses()
    func judge(_ trace: Trace) async throws {
      var verdicts: [String: Verdict] = [:]
      for (name, verifier) in parts.metrics {
        let verdict: Verdict
        do {
          verdict = try await verifier.verify(trace)
        } catch VerifierError.noText {
          continue  // left out of this metric; its n and `memoryUnseen` say so
        }
        verdicts[name] = verdict
        if name == parts.metrics.first?.name { causes.observe(trace, verdict) }
        scores[name, default: Scores()].add(Scores.Item(trace, verdict))
      }
      try await run.record(trace, verdicts)
      last = trace
      first = first ?? trace.question.id
    }
    if arm.point.settings.control == .shuffled {
      try await readShuffled(run, parts, judge)
    } else {
      try await checkFit(parts, arm)
      for try await trace in run.traces(parts.reader, parts.task) { try await judge(trace) }
    }
    if !arm.isControl, let first { try await draw(first, of: run) }
    return Result(
      arm: arm, summary: await run.summary, run: run, last: last, scores: scores,
      causes: arm.isControl || causes.finding.n == 0 ? nil : causes.finding)
  }

  /// The evolution graph of the first question, once.
  private func draw(_ id: Question.ID, of run: Run<EvaluationSettings>) async throws {
    guard !FileManager.default.fileExists(atPath: run.place.appending(path: "figures/evolution.dot").path) else {
      return
    }
    let (files, missing) = try await run.drawEvolution(of: id)
    if let picture = files.first { bench.options.console.note("evolution of \(id): \(picture.relativePath)") }
    if let missing { bench.options.console.warn(missing) }
  }

  /// A window too small for prompt and reply is found out before anything is asked. A pipe cannot be
  /// looked at before it is read.
  private func checkFit(_ parts: Assembled, _ arm: Arm) async throws {
    guard parts.reader.policy.contextLength != nil, !bench.options.isFresh else { return }
    for question in try parts.task.questions(seed: arm.point.settings.seed, limit: bench.options.limit) {
      return try await parts.reader.checkFit(of: question, counting: Setup(of: arm.point.settings).tokenizer)
    }
  }

  /// Answers every question from the memory that the same reader made for another one, over another
  /// document.
  private func readShuffled(
    _ run: Run<EvaluationSettings>, _ parts: Assembled, _ judge: (Trace) async throws -> Void
  ) async throws {
    guard let source = runs.first(where: { $0.point.full == run.point.full.unshuffled }) else {
      throw RunError.usage("the control shuffled stands beside its reader; leave control away, and it is added")
    }
    var finals: [(question: Question, step: Step?)] = []
    for try await trace in source.traces(parts.reader, parts.task) { finals.append((trace.question, trace.steps.last)) }
    let others = derangement(of: finals.map(\.question.cluster), seed: run.settings.seed)
    guard let others else {
      bench.options.console.note("no control shuffled: more than half of the questions share a document")
      return
    }
    let steps = finals.map(\.step)
    let given = zip(finals, others).map { own, other in Answering(question: own.question, step: steps[other]) }
    for try await trace in run.answers(parts.reader, given) { try await judge(trace) }
  }
}

extension Setting {
  /// The same settings without the control `shuffled`.
  fileprivate var unshuffled: Setting {
    var settings = self
    settings["control"] = .string("")
    return settings
  }
}

/// The parts that settings name, made.
struct Assembled: Sendable {
  let reader: Reader
  let task: any ReadingTask
  let metrics: [(name: String, verifier: any Verifier)]

  init(_ settings: EvaluationSettings, keeping: Reader.Keeping = .everyStep) throws {
    reader = try Reader(assembling: settings, keeping: keeping)
    var setup = try Setup(of: settings)
    setup.path = "task"
    task = try Catalog.tasks.make(settings.task, in: setup)
    setup.path = "metrics"
    setup.policy = reader.policy
    let specs = settings.metrics.isEmpty ? Metrics.customary(for: settings.task) : settings.metrics
    metrics = try specs.map { ($0.kind, try Catalog.verifiers.make($0, in: setup)) }
  }
}
