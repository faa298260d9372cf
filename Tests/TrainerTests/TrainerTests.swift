import Checkpoints
import Foundation
import Learning
import Miniature
import Palimpsest
import Runs
import Settings
import Support
import Terminal
import Testing
import TinyModel
import Trainer

/// Trainings from configurations, in folders that go away.
struct Gym {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  func bench(_ yaml: String, out: String = "runs") throws -> Bench<TrainSettings> {
    var options = RunOptions()
    options.file = try YAML.settings(in: yaml, named: "train.yaml")
    options.out = scratch.file(out).path
    options.console = Console(isQuiet: true)
    return try Bench("train-toy", defaults: TrainSettings(), options: options, families: Family.training)
  }

  /// Trains the only point.
  @discardableResult
  func train(_ yaml: String, out: String = "runs") async throws -> (place: URL, records: [RoundRecord]) {
    let run = try bench(yaml, out: out).runs()[0]
    return (run.place, try await run.train())
  }
}

@Suite struct `A training by configuration` {
  let gym: Gym

  init() throws { gym = try Gym() }

  static let toy = """
    learner: {kind: miniature, width: 16, layers: 1, heads: 2, innerWidth: 16}
    task: {kind: symbols, chunks: 2, split: train}
    stages:
      - {kind: recall, rounds: 3, batch: 2, questions: 2}
      - {kind: imitation, rounds: 3, batch: 4, review: 2, learning: {warmUp: 1}}
      - kind: reward
        rounds: 4
        questions: 2
        rollouts: 3
        steps: {rule: {kind: memagent, selection: drop}, minibatches: 2}
        curriculum: [{from: 2, task: {chunks: 3}}, {from: 3, questions: 1}]
    exam: {every: 2, items: 3, task: {split: test}, lengths: [{chunks: 2}, {chunks: 4, items: 2}]}
    saveEvery: 2
    """

  @Test func `goes through its stages, and leaves everything in its folder`() async throws {
    let (place, records) = try await gym.train(Self.toy)
    #expect(
      records.map(\.stage) == ["recall", "imitation"].flatMap { [$0, $0, $0] } + Array(repeating: "reward", count: 4))
    let rewarded = records.suffix(4)
    // A reading of n chunks has n + 1 conversations; questions by the curriculum.
    #expect(rewarded.map { $0.values["conversations"] } == [3, 3, 4, 4])
    #expect(rewarded.map { $0.values["rollouts"] } == [6, 6, 6, 3])
    #expect(rewarded.allSatisfy { $0.values["rollout.outcome"] != nil && $0.values["rollout.page"] != nil })
    #expect(records[1].exam?.map(\.name) == ["chunks 2", "chunks 4"] && records[1].exam?.map(\.score.n) == [3, 2])
    for name in [
      "settings.yaml", "training.safetensors", "training.jsonl", "training.h5", "training.html", "training.pace.jsonl",
      "model/model.safetensors",
    ] { #expect(FileManager.default.fileExists(atPath: place.appending(path: name).path), "\(name)") }
    // The policy miniature reads what was trained.
    let trained = try SymbolModel(place.appending(path: "model/model.safetensors").path)
    #expect(trained.form == .page && trained.decoder.parameters.allSatisfy { $0.tensor.scalars.allSatisfy(\.isFinite) })
    let page = try String(contentsOf: place.appending(path: "training.html"), encoding: .utf8)
    #expect(page.contains("<td>reward</td>") && page.contains("4 of 4") && page.contains("chunks 4"))
    // Trained again it is read, and nothing is written.
    let before = try Data(contentsOf: place.appending(path: "training.safetensors"))
    #expect(try await gym.train(Self.toy).records == records)
    #expect(try Data(contentsOf: place.appending(path: "training.safetensors")) == before)
  }

  /// The form is the learner's; one stage has another.
  @Test func `teaches both gates, and rewards them by GRU-Mem's table`() async throws {
    let (place, records) = try await gym.train(
      """
      learner: {kind: miniature, width: 16, layers: 1, heads: 2, innerWidth: 16, form: gates}
      task: {kind: symbols, chunks: 2, split: train}
      stages:
        - {kind: imitation, name: pages, form: page, rounds: 2, batch: 4, review: 0, learning: {warmUp: 1}}
        - {kind: imitation, name: gates, rounds: 2, batch: 4, review: 0, halts: 0.3, learning: {warmUp: 1}}
        - {kind: reward, rounds: 2, questions: 2, rollouts: 3, toEnd: 1, steps: {rule: gru-mem, minibatches: 1}}
      exam: {items: 3, task: {split: test}, lengths: [{chunks: 2}]}
      """)
    let rewarded = records.suffix(2)
    // Readings to the end have all chunks, whatever their replies say.
    #expect(rewarded.allSatisfy { $0.values["rollout.chunks"] == 2 && $0.values["conversations"] == 3 })
    #expect(rewarded.allSatisfy { $0.values["rollout.format"] != nil && $0.values["rollout.exact"] != nil })
    let score = try #require(records.last?.exam?.first)
    #expect(Set(score.measures.keys) == ["page", "format", "exact", "read"])
    #expect(try SymbolModel(place.appending(path: "model/model.safetensors").path).form == .gates)
    // Other forms give other turns.
    #expect(records[1].values["loss"] != records[2].values["loss"])
  }

  /// What stands in `settings.yaml` has every default, and stands for the same run.
  @Test func `writes its settings down in full`() async throws {
    let (place, _) = try await gym.train(Self.toy)
    let full = try YAML.read(file: place.appending(path: "settings.yaml").path)
    #expect(full["learner"]?["taps"] == 4 && full["task"]?["density"] == 0.5)
    guard case .list(let stages)? = full["stages"] else {
      Issue.record("no stages in \(full.line)")
      return
    }
    #expect(stages[1]["good"] == 1 && stages[1]["learning"]?["warmUp"] == 1 && stages[1]["learning"]?["floor"] == 0.05)
    #expect(stages[2]["steps"]?["rule"]?["selection"] == "drop")
    var options = RunOptions()
    options.file = full
    options.out = gym.scratch.file("runs").path
    #expect(
      try Bench("train-toy", defaults: TrainSettings(), options: options, families: Family.training).runs()[0].place
        == place)
  }

  @Test func `ends with the same bytes when rollouts are replayed`() async throws {
    let kept = try await gym.train(Self.toy + "\nkeepRollouts: true\n").place
    let files = try FileManager.default.contentsOfDirectory(atPath: kept.appending(path: "rollouts/reward").path)
    #expect(files.sorted() == (0..<4).map { "\($0).jsonl" })
    let replayed = try await gym.train(Self.toy + "\nreplay: \(kept.path)\n").place
    #expect(kept != replayed)
    for name in ["training.safetensors", "training.jsonl"] {
      let (a, b) = (kept.appending(path: name), replayed.appending(path: name))
      #expect(try Data(contentsOf: a) == Data(contentsOf: b), "\(name)")
    }
    // A token that the model does not know.
    let file = kept.appending(path: "rollouts/reward/2.jsonl")
    let text = try String(contentsOf: file, encoding: .utf8)
    for (what, broken) in [
      ("token", text.replacing("\"prompt\":[", with: "\"prompt\":[5000,")), ("first line", ""),
      ("line 2", text.replacing("\"reward\"", with: "\"award\"")),
      ("group", text.replacing("\"group\":1", with: "\"group\":7")),
    ] {
      try Data(broken.utf8).write(to: file)
      let error = await #expect(throws: LearningError.self) {
        try await gym.train(Self.toy + "\nreplay: \(kept.path)\n", out: "again-\(what.count)")
      }
      #expect("\(error!)".contains(what) && "\(error!)".contains("2.jsonl"), "\(error!)")
    }
  }

  static let refused: [(change: String, words: [String])] = [
    ("stages: []", ["stages", "[]", "recall, imitation, reward"]),
    ("stages: [recal]", ["recal", "did you mean recall?"]),
    ("stages: [recall, recall]", ["stages.2.name", "recall", "another name"]),
    ("stages: [{kind: recall, rounds: 0}]", ["stages.1.rounds", "0", "between 1"]),
    ("stages: [{kind: recall, name: ../up}]", ["stages.1.name", "../up"]),
    ("stages: [{kind: recall, learning: {rate: -1}}]", ["stages.1.learning.rate", "-1"]),
    ("stages: [{kind: recall, lerning: {}}]", ["stages.1.lerning", "did you mean learning?"]),
    ("stages: [{kind: imitation, good: 2}]", ["stages.1.good", "2", "share"]),
    ("stages: [{kind: imitation, rounds: 50}]", ["stages.1.learning.warmUp", "100", "50 steps"]),
    ("stages: [{kind: reward, steps: {rule: grop}}]", ["grop", "did you mean grpo?"]),
    (
      "stages: [{kind: reward, steps: {rule: {kind: ppo, selection: drop}}}]",
      ["stages.1.steps.rule.selection", "drop", "critic"]
    ),
    ("stages: [{kind: reward, steps: {minibatches: 0}}]", ["stages.1.steps.minibatches", "0"]),
    ("stages: [{kind: reward, rollouts: 0}]", ["rollouts", "0", "between 1"]),
    ("stages: [{kind: reward, curriculum: [{chunks: 3}]}]", ["stages.1.curriculum.1.from", "not set"]),
    (
      "stages: [{kind: reward, curriculum: [{from: 9}, {from: 9}]}]", ["stages.1.curriculum.2.from", "9"]
    ),
    ("task: {kind: symbols, sentences: 60}", ["task.sentences", "60", "contextLength"]),
    ("task: needle", ["task", "needle", "symbols"]),
    ("learner: {kind: miniature, width: 17}", ["learner.width", "17", "heads"]),
    ("learner: {kind: miniature, form: gate}", ["learner.form", "gate", "gates"]),
    ("stages: [{kind: imitation, halts: 2}]", ["stages.1.halts", "2", "share"]),
    ("stages: [{kind: reward, toEnd: -1}]", ["toEnd", "-1", "share"]),
    ("learner: adapter", ["learner.policy.weights", "empty"]),
    ("learner: {kind: adapter, policy: {weights: nowhere}}", ["nowhere"]),
    ("exam: {lengths: [{chunks: 0}]}", ["exam.lengths.1.chunks", "0"]),
    ("exam: {lengths: [{items: 0}]}", ["exam.lengths.1.items", "0"]),
    ("saveEvery: 0", ["saveEvery", "0"]),
    ("leaner: miniature", ["leaner", "did you mean learner?"]),
  ]

  /// Every mistake says which key, what was found and why, before anything is begun.
  @Test(arguments: refused.indices)
  func `refuses what cannot be trained`(_ index: Int) throws {
    let (change, words) = Self.refused[index]
    let key = change.prefix { $0 != ":" }
    let yaml = ["stages: [recall]", change].filter { $0 == change || !$0.hasPrefix(key) }.joined(separator: "\n")
    let complaint = try #require(complaint { try gym.bench(yaml) }, "\(change)")
    for word in words { #expect(complaint.contains(word), "\(change): \(complaint)") }
  }
}

@Suite struct `An adapter that learns to read` {
  let gym: Gym

  init() throws {
    gym = try Gym()
    try TinyModel.write(to: gym.scratch.file("model"))
  }

  var yaml: String {
    """
    learner:
      kind: adapter
      policy: {weights: \(gym.scratch.file("model").path), batch: 8}
      rank: 2
      matrices: [self_attn.q_proj, self_attn.o_proj]
      chunker: {kind: tokens, size: 24}
      memory: {kind: overwrite, tokens: 12}
      answerTokens: 6
      verifier: {kind: includes}
    task: {kind: symbols, chunks: 2, sentences: 5, count: 3}
    stages:
      - {kind: imitation, rounds: 2, questions: 2, turns: 2, learning: {warmUp: 0}}
      - kind: reward
        rounds: 2
        questions: 2
        rollouts: 3
        learning: {rate: 1e-2}
        reward:
          - {name: length, weight: -1, verifier: {kind: tokens}}
          - {name: outcome, weight: 1, verifier: {kind: em}}
        steps: {minibatches: 2, microbatches: 2}
    exam: {items: 2, lengths: [{chunks: 2}]}
    """
  }

  /// Readings run side by side, in whatever order they end; two trainings have the same bytes. The adapter's folder is
  /// read as a published one.
  @Test func `is trained through readers, the same every time`() async throws {
    let (first, records) = try await gym.train(yaml, out: "one")
    let (second, _) = try await gym.train(yaml, out: "two")
    for name in ["training.safetensors", "training.jsonl"] {
      let (a, b) = (first.appending(path: name), second.appending(path: name))
      #expect(try Data(contentsOf: a) == Data(contentsOf: b), "\(name)")
    }
    #expect(records.map(\.stage) == ["imitation", "imitation", "reward", "reward"])
    #expect(records[0].values["loss"] ?? 0 > 0 && records[3].exam?.first?.score.n == 2)
    let values = records[2].values
    #expect(values["rollouts"] == 6 && values["failed"] == 0 && values["kept"] ?? 0 > 0, "\(values)")
    #expect(values["rollout.length"] ?? 0 > 0 && values["rollout.wellFormed"] == 1 && values["rollout.page"] != nil)
    let folder = first.appending(path: "model")
    for name in ["adapter_config.json", "adapter_model.safetensors"] {
      #expect(FileManager.default.fileExists(atPath: folder.appending(path: name).path))
    }
    for name in ["q_proj", "o_proj"] {
      let up = try Checkpoint(folder.appending(path: "adapter_model.safetensors").path)
        .tensor("base_model.model.model.layers.0.self_attn.\(name).lora_B.weight")
      #expect(up.scalars.contains { $0 != 0 }, "\(name)")
    }
  }

  /// What a stage says of the task overrides it, but for another kind, which stands alone.
  @Test func `may read another task in a stage, and in exams`() throws {
    func said(of task: String) -> String? {
      let other = yaml.replacing("rounds: 2, questions: 2, turns: 2", with: "rounds: 2, questions: 2, task: \(task)")
      return complaint { try gym.bench(other) }
    }
    #expect(said(of: "{kind: needle, tokens: 600, count: 2}") == nil)
    #expect(said(of: "{kind: symbols, chunks: 3}") == nil)
    #expect(said(of: "{kind: needle, sentences: 5}")?.contains("sentences") == true)
    #expect(said(of: "{kind: needl}")?.contains("did you mean needle?") == true)
    #expect(said(of: "{kind: 3}")?.contains("stages.1.task.kind is 3") == true)
    let exam = yaml.replacing("lengths: [{chunks: 2}]", with: "lengths: [{kind: needle, tokens: 600}]")
    #expect(complaint { try gym.bench(exam) } == nil)
  }

  /// Without a temperature of 1 the ratio of the loss would not begin at 1.
  @Test func `refuses rollouts that are not drawn from the model`() throws {
    let cold = yaml.replacing("batch: 8", with: "batch: 8, temperature: 0.5")
    #expect(complaint { try gym.bench(cold) }?.contains("learner.policy.temperature is 0.5") == true)
    let strange = yaml.replacing("kind: overwrite", with: "kind: overwritten")
    #expect(complaint { try gym.bench(strange) }?.contains("did you mean overwrite?") == true)
    let pages = yaml.replacing("{kind: em}", with: "{kind: me}")
    #expect(complaint { try gym.bench(pages) }?.contains("did you mean em?") == true)
  }
}
