import Checkpoints
import Foundation
import Learning
import Miniature
import Palimpsest
import Tasks
import Tensors
import Transformers

/// Tokens a second that the miniature is trained on and samples, in the shapes of docs/measurements.md: the loop that
/// learns to remember, part by part. `--on FILE` takes weights from a checkpoint; random ones write to their limit.
let miniatureSuite = Suite(
  name: "miniature", summary: "tokens a second trained and sampled by the model that learns to remember",
  figures: [(nil, .wall), (1, .cpu)].flatMap { (threads: Int?, clock: Measurement.Clock) in
    let suffix = threads == 1 ? "-one-thread" : ""
    func figure(_ part: String, _ run: @escaping @Sendable (MiniatureLoop) throws -> [() throws -> Int]) -> Suite.Figure
    {
      let name = "miniature.\(part)\(suffix)"
      return Suite.Figure(name: name) { file in
        if let threads { Threads.count = threads }
        let turns = try run(try MiniatureLoop(weights: file))
        var values: [Double] = []
        // Two turns fill the pool and are not counted.
        for turn in 0..<11 {
          let begin = clock.seconds
          let tokens = try turns[turn % turns.count]()
          if turn >= 2 { values.append(Double(tokens) / (clock.seconds - begin)) }
        }
        return Measurement(name: name, unit: "tokens/s", values: values)
      }
    }
    return [
      figure("recall") { $0.supervised($0.recall) }, figure("imitation") { $0.supervised($0.imitation) },
      figure("reward") { try $0.rewarded() }, figure("sampling") { $0.sampled() },
    ]
  })

/// The model and its data.
struct MiniatureLoop: Sendable {
  var model = ConvolvedDecoder(.init(vocabulary: SymbolLanguage.vocabulary), seed: 1)
  let recall = (0..<4).map { Recall().batch(at: $0, .full) }
  let imitation: [SupervisedBatch]
  let task: SymbolTask

  init(weights file: String?) throws {
    var settings = SymbolTask.Settings()
    settings.split = .train
    task = SymbolTask(settings)
    imitation = (0..<4).map { Imitation(settings).batch(at: $0) }
    guard let file else { return }
    let checkpoint = try Checkpoint(file)
    model = try checkpoint.filled(model, prefix: checkpoint.tensors["embedding"] == nil ? "model/" : "")
  }

  static var settings: TrainingSettings {
    var settings = TrainingSettings(Schedule(.constant, peak: 1e-3))
    settings.optimiser.beta2 = 0.98
    return settings
  }

  /// Steps on batches.
  func supervised(_ batches: [SupervisedBatch]) -> [() throws -> Int] {
    var training = Training(model, Self.settings, on: "bench")
    return batches.map { batch in
      {
        try training.learn { model, _ in model.loss(on: batch).loss }
        return batch.tokens
      }
    }
  }

  /// Sixteen questions, eight readings each, six chunks and the answer, at temperature 1.
  func groups(_ round: Int) -> [RolloutGroup] {
    SymbolReadings(model, choice: TokenChoice()).groups(task, round: round, questions: 16, rollouts: 8, seed: 21)
  }

  func sampled() -> [() throws -> Int] {
    (0..<4).map { round in
      { groups(round).flatMap(\.rollouts).flatMap(\.samples).reduce(0) { $0 + $1.tokens.count } }
    }
  }

  /// Every second reading of a question is rewarded, so that every row has an advantage.
  func rewards(_ groups: [RolloutGroup]) -> [RolloutGroup] {
    groups.map { group in
      RolloutGroup(group.rollouts.enumerated().map { Rollout($1.samples, reward: Double($0 % 2)) })
    }
  }

  static var rule: LearningRule {
    var rule = LearningRule.memAgent
    rule.objective.divergenceWeight = 0
    return rule
  }

  /// Rounds of four steps on the rows of 128 readings.
  func rewarded() throws -> [() throws -> Int] {
    var learner = try RewardTraining(model, RewardSettings(Self.rule, Self.settings), on: "bench")
    let rounds = (0..<2).map { rewards(groups($0)) }
    return rounds.map { groups in
      {
        try learner.learn(from: groups)
        return groups.flatMap(\.rollouts).flatMap(\.samples).reduce(0) { $0 + $1.prompt.count + $1.tokens.count - 1 }
      }
    }
  }

  /// What `miniature.py` needs to do the same: weights, batches, chunks, and logits to compare its own with.
  func write(to file: String) throws {
    var tensors: [String: Tensor] = [:]
    for parameter in model.parameters { tensors["model/\(parameter.name)"] = parameter.tensor }
    for (name, batches) in [("recall", recall), ("imitation", imitation)] {
      for (index, batch) in batches.enumerated() {
        tensors["\(name)/\(index)/tokens"] = Self.padded(batch.sequences)
        tensors["\(name)/\(index)/targets"] = Self.padded(batch.targets)
      }
    }
    let batch = imitation[0]
    let states = model.states(of: batch.sequences.map { Passage(Array($0.dropLast())) })
    let rows = batch.targets.enumerated().flatMap { index, places in
      places.map { states.spans[index].lowerBound + $0 - 1 }
    }
    tensors["imitation/0/logits"] = model.logits(of: states, rows: rows)

    for round in 0..<4 {
      let items = (0..<16).map { task.item(round * 16 + $0, seed: 21) }
      tensors["items/\(round)/queries"] = Self.padded(items.map(\.query))
      tensors["items/\(round)/chunks"] = Self.padded(items.flatMap { item in (0..<6).map { item.chunk($0) } })
    }
    for round in 0..<2 {
      let samples = rewards(groups(round)).flatMap { $0.samples(Self.rule.advantages) }
      tensors["reward/\(round)/prompts"] = Self.padded(samples.map(\.prompt))
      tensors["reward/\(round)/replies"] = Self.padded(samples.map(\.tokens))
      tensors["reward/\(round)/advantages"] = Tensor(samples.map(\.advantage))
      let width = samples.map(\.tokens.count).max() ?? 0
      tensors["reward/\(round)/old"] = Tensor(
        samples.flatMap { $0.logProbabilities + [Float](repeating: 0, count: width - $0.tokens.count) },
        shape: [samples.count, width])
    }
    let marks = SymbolLanguage.Mark.allCases.map { ("\($0)", "\($0.rawValue)") }
    try Checkpoint.write(tensors, metadata: Dictionary(uniqueKeysWithValues: marks), to: file)
  }

  /// Numbers of each row, −1 behind them.
  private static func padded(_ rows: [[Int]]) -> Tensor {
    let width = rows.map(\.count).max() ?? 0
    return Tensor(
      rows.flatMap { row in row.map { Float($0) } + [Float](repeating: -1, count: width - row.count) },
      shape: [rows.count, width])
  }
}
