// # Which parts of the recipe carry the result of reward?
//
// ## Method
//
// MemAgent (arXiv:2507.02259) learns with DAPO (arXiv:2503.14476), and its released scripts leave out half of DAPO: the
// deviation that divides a reward, the higher bound of the ratio, the refill of groups without a signal. Users report
// that some of the parts decide between learning and collapse. The experiment takes the recipe of `extrapolate` and
// changes one part at a time, with a model of 109,312 parameters that reads six chunks of `symbols`.
//
// - *recipe*: the reward minus the mean of its group; ratios between 0.8 and 1.2, dual clip 3; the mean over all
//   tokens; no divergence; groups without a signal are dropped.
// - *deviation*: divided by the standard deviation of the group (GRPO, arXiv:2402.03300).
// - *divergence*: with 0.001 of the divergence from the weak start, k3 (MemAgent's).
// - *clip-higher*: ratios up to 1.28 (DAPO).
// - *all groups*: groups without a signal stay in the mean, where they make the step smaller.
//
// All arms and all seeds begin with the same weak start: the model `overwrite` of the package, which imitates a good
// writer exactly, learns turns half of which a naive writer wrote, with a tenth of them faulty. A seed decides the
// questions, the draws and the order of the rows, for all arms alike. Each round has eight readings of each of 16
// questions and four steps of the optimiser.
//
// Stated before the run, and judged below by these thresholds:
//
// 1. The recipe answers at least 0.90 at six chunks, as the mean over the seeds.
// 2. A part carries the result where the arm without it (or with it) differs from the recipe at 96 chunks: the interval
//    of the difference, paired by question over all seeds, excludes 0, and all seeds have the same sign. Expected: none
//    does, because a start that answers half of its readings has a signal in most groups.
// 3. The divergence keeps the page smaller (prototype: 9.4 tokens against 14.9).
// 4. Refill reaches a reward of 0.8 in fewer rounds, but in no less processor time.
//
// Run: swift run -c release rewards

import PalimpsestKit

// ## What may vary
//
// Each property is a key of `rewards.yaml` and of `--set`.

struct Rewards: ExperimentSettings {
  /// Of rewards, for every arm.
  var seeds: [UInt64] = [1, 2, 3]
  /// Chunks of the texts that are learned from.
  var chunks = 6
  /// Steps of the weak start.
  var weak = 325
  /// Rounds of reward.
  var rounds = 60
  /// Questions of a round, and readings of each.
  var questions = 16
  var rollouts = 8
  /// Chunks of the texts that are read.
  var lengths = [6, 96]
  /// Items of a length. Lengths of more than 50 chunks have a quarter of them.
  var items = 256
  /// Rounds between two saves.
  var stretch = 20

  func check(_ full: Setting) throws {
    let counts = [
      ("chunks", chunks), ("weak", weak), ("rounds", rounds), ("questions", questions), ("rollouts", rollouts),
      ("items", items), ("stretch", stretch), ("lengths", lengths.min() ?? 0),
    ]
    for (key, value) in counts where value < 1 {
      throw SettingError.outOfRange(key, found: "\(value)", why: "it must be 1 or more")
    }
    guard !seeds.isEmpty, Set(seeds).count == seeds.count else {
      throw SettingError.outOfRange("seeds", found: "\(seeds)", why: "each stands once, and one at least")
    }
  }

  func task(_ chunks: Int, _ split: LedgerTask.Split) -> SymbolTask.Settings {
    var task = SymbolTask.Settings()
    (task.chunks, task.split) = (chunks, split)
    return task
  }
}

/// An arm: the recipe with one part changed.
struct Arm: Sendable {
  var name: String
  var rule: LearningRule

  static var recipe: LearningRule {
    var rule = LearningRule.memAgent
    rule.objective.divergenceWeight = 0
    rule.selection = .drop
    return rule
  }

  init(_ name: String, _ change: (inout LearningRule) -> Void = { _ in }) {
    self.name = name
    rule = Self.recipe
    change(&rule)
  }
}

let arms = [
  Arm("recipe"),
  Arm("deviation") { $0.advantages.dividesByDeviation = true },
  Arm("divergence") { $0.objective.divergenceWeight = 0.001 },
  Arm("clip-higher") { $0.objective.clipHigh = 0.28 },
  Arm("all groups") { $0.selection = .all },
]

let bench = try await Bench.open("rewards", defaults: Rewards())

/// A rewarded model: how it learned and how it reads.
struct Outcome: Codable, Sendable {
  var arm: String
  var seed: UInt64
  var scores: [SymbolScore]
  /// Of each round, the mean reward at temperature 1.
  var rewards: [Double]
  /// Means over the rounds: groups that were learned from, draws, and tokens at the upper bound of the ratio.
  var kept: Double
  var draws: Double
  var clippedHigh: Double
  /// Of the last round.
  var entropy: Double
  var processorSeconds: Double

  /// The first round behind which the mean reward of ten rounds is at least 0.8; nil where none is.
  var arrival: Int? {
    guard rewards.count >= 10 else { return nil }
    return (10...rewards.count).first { rewards[($0 - 10)..<$0].reduce(0, +) / 10 >= 0.8 }
  }
}

var all: [(run: Rewards, start: [SymbolScore], shown: [SymbolScore], outcomes: [Outcome])] = []

for run in try bench.runs() {
  let settings = run.settings

  // ## Learning
  //
  // Each training is saved at intervals in the folder of the run, so that an interrupted run resumes behind its last
  // save.

  let writing = try SymbolModel(.overwrite).decoder
  var rate = TrainingSettings(
    Schedule(.cosine, peak: 1e-3, warmUp: min(100, settings.weak / 4), steps: settings.weak, floor: 5e-5))
  rate.optimiser.beta2 = 0.98
  let turns = Imitation(settings.task(3, .train), good: 0.5, faults: 0.1)
  let weak = try await run.trained(
    Course([Stage("weak", ImitationLesson(turns), rate, rounds: settings.weak)]), of: writing, as: "weak",
    savingEvery: settings.stretch
  ).model

  @Sendable func scores(of model: ConvolvedDecoder) -> [SymbolScore] {
    settings.lengths.map { chunks in
      SymbolReadings(model).judge(
        SymbolTask(settings.task(chunks, .test)), items: max(1, chunks > 50 ? settings.items / 4 : settings.items),
        seed: 9)
    }
  }

  // ## Reading
  //
  // Greedy, on questions of the test split, the same for all arms and seeds.

  let start = try await run.kept("start") { scores(of: weak) }
  let shown = try await run.kept("imitation") { scores(of: writing) }
  var outcomes: [Outcome] = []
  for seed in settings.seeds {
    for arm in arms {
      let name = "\(arm.name.replacing(" ", with: "-"))-\(seed)"
      var rate = TrainingSettings(Schedule(.constant, peak: 3e-4, warmUp: 80))
      rate.optimiser.beta2 = 0.98
      let lesson = ReadingLesson<ConvolvedDecoder>(
        .init(settings.task(settings.chunks, .train), questions: settings.questions, rollouts: settings.rollouts),
        seed: seed + 20)
      let trained = try await run.trained(
        Course([Stage("reward", lesson, RewardSettings(arm.rule, rate, seed: seed), rounds: settings.rounds)]),
        of: weak, as: name, savingEvery: settings.stretch)
      let took = try await run.pace(of: name).processorSeconds
      outcomes.append(
        try await run.kept("scores-\(name)") {
          func mean(_ key: String) -> Double {
            trained.records.reduce(0) { $0 + ($1.values[key] ?? 0) } / Double(max(1, trained.records.count))
          }
          return Outcome(
            arm: arm.name, seed: seed, scores: scores(of: trained.model),
            rewards: trained.records.map { $0.values["reward"] ?? 0 }, kept: mean("kept"), draws: mean("draws"),
            clippedHigh: mean("clipped.high"), entropy: trained.records.last?.values["entropy"] ?? 0,
            processorSeconds: took)
        })
    }
  }
  all.append((settings, start, shown, outcomes))
}

/// The mean over seeds with the lowest and the highest; of one seed its value.
func spread(_ values: [Double]) -> Table.Cell {
  guard values.count > 1 else { return values.first.map { .number($0) } ?? .missing }
  let mean = values.reduce(0, +) / Double(max(1, values.count))
  return .interval(mean, low: values.min(), high: values.max())
}

/// The accuracy of an arm at one length: the mean over seeds with the lowest and the highest, of one seed Wilson's interval.
func accuracy(_ outcomes: [Outcome], _ length: Int) -> Table.Cell {
  let scores = outcomes.map { $0.scores[length] }
  guard scores.count > 1 else { return scores.first.map { .interval($0.interval) } ?? .missing }
  return spread(scores.map(\.accuracy))
}

/// The scores of all seeds of an arm at one length; the readings of a question by several seeds are resampled together.
func pooled(_ outcomes: [Outcome], _ length: Int) -> Scores {
  Scores(
    outcomes.flatMap { outcome in
      outcome.scores[length].hits.enumerated().map { item, hit in
        .init(id: "\(outcome.seed)-\(item)", cluster: "\(item)", score: hit ? 1 : 0)
      }
    })
}

/// Rewards averaged over ten rounds, of the seeds together.
func curve(_ outcomes: [Outcome]) -> [Chart.Point] {
  let count = outcomes.map(\.rewards.count).min() ?? 0
  return stride(from: 0, to: count, by: max(1, min(10, count))).map { start in
    let rounds = start..<min(count, start + 10)
    let means = outcomes.map { $0.rewards[rounds].reduce(0, +) / Double(rounds.count) }
    let mean = means.reduce(0, +) / Double(means.count)
    return .init(Double(rounds.upperBound), mean, (means.min() ?? mean)...(means.max() ?? mean))
  }
}

// ## What was found

for (settings, start, shown, outcomes) in all {
  func of(_ arm: String) -> [Outcome] { outcomes.filter { $0.arm == arm } }
  let last = settings.lengths.count - 1
  let differences = arms.dropFirst().map { arm in
    "\(arm.name) \(pooled(of(arm.name), last).difference(from: pooled(of("recipe"), last)).words)"
  }
  let seeds = settings.seeds.count == 1 ? "At one seed" : "Over \(settings.seeds.count) seeds"
  try await bench.say(
    "\(seeds) the recipe lifts the weak start from \(start[0].interval.words) to \(accuracy(of("recipe"), 0).words) at "
      + "\(settings.lengths[0]) chunks and from \(start[last].interval.words) to \(accuracy(of("recipe"), last).words) at "
      + "\(settings.lengths[last]). With one part changed, the difference at \(settings.lengths[last]) chunks is: "
      + "\(differences.joined(separator: ", ")).")

  var table = Table(
    ["arm"] + settings.lengths.map { "\($0) chunks" }
      + [
        "difference", "page", "reward at the end", "rounds to 0.8", "groups learned from",
        "at the upper bound",
        "entropy", "processor s",
      ])
  for arm in arms {
    let own = of(arm.name)
    let ends = own.map { $0.rewards.suffix(10).reduce(0, +) / Double(max(1, min(10, $0.rewards.count))) }
    let arrivals = own.map { $0.arrival.map(String.init) ?? "–" }
    table.add(
      [.text(arm.name)] + settings.lengths.indices.map { accuracy(own, $0) }
        + [
          arm.name == "recipe"
            ? .missing : .interval(pooled(own, last).difference(from: pooled(of("recipe"), last))),
          spread(own.map { $0.scores[last].page }), spread(ends), .text(arrivals.joined(separator: ", ")),
          spread(own.map(\.kept)), spread(own.map(\.clippedHigh)),
          spread(own.map(\.entropy)), spread(own.map { $0.processorSeconds.rounded() }),
        ])
  }
  for (name, scores) in [("weak start", start), ("imitation", shown)] {
    table.add(
      [.text(name)] + scores.map { .interval($0.interval) } + [.missing, .number(scores[last].page)]
        + Array(repeating: .missing, count: 6))
  }
  try await bench.show(table, named: "rewards")

  try await bench.show(
    Chart(
      x: .init("rounds"), y: .init("reward", range: 0...1),
      series: arms.map { Chart.Series($0.name, curve(of($0.name))) }
    ).figure(
      named: "reward",
      "Mean reward of ten rounds at temperature 1"
        + (settings.seeds.count == 1 ? "." : ", mean of \(settings.seeds.count) seeds with their range.")))
}

// ## What came out
//
// Columns: accuracies are greedy, of several seeds the mean with the lowest and the highest, of a single model with
// Wilson's interval. `difference` is from the recipe at the longer texts, paired by question over
// all seeds. `page` is the mean tokens of the last page there. `rounds to 0.8` is the round by which the mean reward of
// ten rounds is 0.8, seed by seed.
//
// Accuracy at the longer texts, seed by seed:

for (settings, _, _, outcomes) in all {
  var table = Table(["seed"] + arms.map(\.name))
  for seed in settings.seeds {
    table.add(
      [.number(Double(seed))]
        + arms.map { arm in
          outcomes.first { $0.arm == arm.name && $0.seed == seed }.map {
            .interval($0.scores[settings.lengths.count - 1].interval)
          } ?? .missing
        })
  }
  try await bench.show(table, named: "seeds")
}

// Judged by the thresholds above, at one seed:
//
// 1. *Reached:* 1.00 at six chunks.
// 2. *As expected:* no part carries the result. Every arm lifts the weak start from 0.77 to between 0.95 and 0.97 at 96
//    chunks, in 30 to 33 rounds to a mean reward of 0.8, and no interval of a difference excludes 0. With 64 questions a
//    difference below 0.05 cannot be seen.
// 3. *Reached in its words:* the page has 6.5 tokens with the divergence and 7.9 without. But it is smaller still with the
//    deviation (5.9) and with the higher bound (5.6), so one seed does not say what makes a page small.
// 4. *Not measured:* the refill was begun and not run to its end, for want of processor time. Where readings are nearly all
//    right, most groups have no signal, and a round takes up to ten draws.
//
// What differs is the cost: without dropping groups a run takes 130 s of processor time in place of 75, the divergence
// makes it 92. Imitation, which needs no reward, answers 1.00 at both lengths.
//
// ## Limits
//
// One weak start, one length of training, one rate and one size: what carries a result here need not carry it for a
// model of seven billion parameters, whose replies have hundreds of tokens and whose groups often have no signal. The
// intervals are over questions with the seeds of this page; three seeds show their spread and give no interval of it.

try await bench.finish()
