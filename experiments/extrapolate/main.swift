// # Does a memory that learned on six chunks remember over seven hundred?
//
// ## Method
//
// MemAgent (arXiv:2507.02259) rewards a model for right answers to texts of a few chunks, and finds that it
// keeps its accuracy when texts grow by orders of magnitude. The experiment repeats this from random
// weights with a model of 109,312 parameters: chunks of 80 tokens, a page of at most 15, training on six
// chunks, reading up to 700 and further. The texts are chains of facts among noise and misleading facts, from
// `symbols`; no fact that is asked for in the test stands in the training.
//
// One course of lessons makes all models. *Recall* looks facts up. *Imitation* writes the pages of a good
// writer until the copying is exact. *Weak* imitates turns half of which a naive writer wrote, with a tenth
// of them faulty; it stands in for a pretrained model that was not trained for memory. *Reward* begins
// there: eight readings of each of 16 questions, the reward for a right answer, MemAgent's objective without
// a divergence. *Priced* is the same with a price for each token of the last page. *Longer* continues the
// reward with 24 chunks at half the rate.
//
// Beside them stand a model of equal size that has the whole text in its context, notes that are appended
// and never rewritten, a gate that opens at random, and the page of an oracle.
//
// Stated before the run, and judged below by these thresholds, for one hop and for two:
//
// 1. Rewarded accuracy at six chunks is at least 0.90, and at 700 chunks at least 0.95 of that.
// 2. The weak start is lower at the longest length: the interval of the paired difference excludes 0.
// 3. The full-attention twin is at most at 0.05 at 96 chunks, sixteen times its training length (chance: 0.01).
// 4. Reward without a price makes the page grow to twice the evidence or more; with the price it stays below 1.2
//    times the evidence.
// 5. At 43,750 chunks, 3.5 million tokens, sixty times the rewrites of the paper, the rewarded memory keeps 0.90 of its
//    accuracy at six chunks.
// 6. Time grows with the text: the slope of processor time over tokens, both as logarithms, is 1.00 ± 0.05, and the memory
//    of the process does not grow.
//
// Imitation alone is an arm of its own, so that what reward adds is not confused with what the good writer
// shows. Trials with the same seed set the numbers of steps; their rewarded memory had the longest texts of 384
// chunks, and the thresholds are those of the project's plan from before the trials.
//
// Run: swift run -c release extrapolate

import Foundation
import PalimpsestKit

// ## What may vary
//
// Each property is a key of `extrapolate.yaml` and of `--set`.

struct Extrapolate: ExperimentSettings {
  var seed: UInt64 = 1
  /// Facts of a chain, 1 or 2.
  var hops = 1
  /// Chunks of the texts that are learned from with rewards.
  var chunks = 6
  var width = 64
  /// The most steps of recall, and the steps of imitation and of the weak start.
  var recall = 3000
  var imitation = 4500
  var weak = 325
  /// Rounds of reward, and of reward with longer readings.
  var rounds = 160
  var longer = 80
  /// Questions of a round, and readings of each.
  var questions = 16
  var rollouts = 8
  /// Of the priced arm, for each token of the last page.
  var price = 0.01
  /// Steps of the full-attention twin.
  var twin = 3000
  /// Chunks of the texts that are read.
  var lengths = [2, 6, 24, 96, 384, 700]
  /// Items of a length. Lengths of more than 100 chunks have a quarter of them.
  var items = 512
  /// Chunks of the longest texts, 3.5 million tokens, and their items; 0 reads none.
  var far = 43_750
  var farItems = 8
  /// Rounds between two saves.
  var stretch = 25

  func check(_ full: Setting) throws {
    guard (1...2).contains(hops) else {
      throw SettingError.outOfRange("hops", found: "\(hops)", why: "lessons for 1 and 2 exist")
    }
    let counts = [
      ("chunks", chunks), ("recall", recall), ("imitation", imitation), ("weak", weak), ("rounds", rounds),
      ("longer", longer), ("questions", questions), ("rollouts", rollouts), ("twin", twin), ("items", items),
      ("stretch", stretch), ("far", far), ("lengths", lengths.min() ?? 0),
    ]
    for (key, value) in counts where value < 1 {
      throw SettingError.outOfRange(key, found: "\(value)", why: "it must be 1 or more")
    }
    guard farItems >= 0 else {
      throw SettingError.outOfRange("farItems", found: "\(farItems)", why: "it must be 0 or more")
    }
    guard width > 0, width % 8 == 0 else {
      throw SettingError.outOfRange("width", found: "\(width)", why: "four heads need a multiple of 8")
    }
  }

  /// Items of test texts of a length.
  func task(_ chunks: Int, _ split: LedgerTask.Split) -> SymbolTask.Settings {
    var task = SymbolTask.Settings()
    (task.chunks, task.links, task.split) = (chunks, hops, split)
    return task
  }

  func rate(_ peak: Float, _ steps: Int, floor: Float) -> TrainingSettings {
    var settings = TrainingSettings(
      Schedule(.cosine, peak: peak, warmUp: min(100, steps / 4), steps: steps, floor: floor))
    settings.optimiser.beta2 = 0.98
    return settings
  }

  func reward(_ peak: Float) -> RewardSettings {
    var rule = LearningRule.memAgent
    rule.objective.divergenceWeight = 0
    rule.selection = .drop
    var settings = TrainingSettings(Schedule(.constant, peak: peak, warmUp: 80))
    settings.optimiser.beta2 = 0.98
    return RewardSettings(rule, settings, seed: seed)
  }
}

let bench = try await Bench.open("extrapolate", defaults: Extrapolate())

/// An arm at one length.
struct Point: Codable, Sendable {
  var arm: String
  var score: SymbolScore
  /// By the clock, over all its items; not the same twice.
  var seconds: Double
}

/// Processor seconds of the rewarded memory for one item, by length, in turns.
struct Cost: Codable, Sendable {
  var chunks: [Int]
  var seconds: [[Double]]

  /// Of each turn, the slope of the logarithm of the seconds over that of the chunks, by least squares.
  var slopes: [Double] {
    seconds.map { seconds in
      let points = zip(chunks, seconds).map { (x: log(Double($0)), y: log($1)) }
      let x = points.reduce(0) { $0 + $1.x } / Double(points.count)
      let y = points.reduce(0) { $0 + $1.y } / Double(points.count)
      return points.reduce(0) { $0 + ($1.x - x) * ($1.y - y) } / points.reduce(0) { $0 + ($1.x - x) * ($1.x - x) }
    }
  }
}

/// An arm on the longest texts.
struct Far: Codable, Sendable {
  var arm: String
  var score: SymbolScore
  var processorSeconds: Double
  /// The most memory of the process while it read, in MiB, and while it read as many texts of `chunks`.
  var peak: Int?
  var usualPeak: Int?
}

/// One run: what was read.
struct Findings: Sendable {
  var run: Extrapolate
  var points: [Point]
  var far: [Far]
  var cost: Cost

  var hops: String { run.hops == 1 ? "one hop" : "two hops" }

  func score(_ arm: String, _ chunks: Int) -> SymbolScore? {
    points.first { $0.arm == arm && $0.score.chunks == chunks }?.score
  }

  /// The law of an arm over all lengths. What was not read cannot be lost, so the chunks behind the evidence count.
  func law(_ arm: String) -> RetentionLaw {
    var law = RetentionLaw()
    for score in points.filter({ $0.arm == arm }).map(\.score) + far.filter({ $0.arm == arm }).map(\.score) {
      let task = SymbolTask(run.task(score.chunks, .test))
      for (item, hit) in score.hits.enumerated() {
        let last = task.item(item, seed: 9).labels().last ?? 0
        law.observe(hit ? 1 : 0, chunks: score.chunks - 1 - last, cluster: "\(item)")
      }
    }
    return law
  }
}

var all: [Findings] = []

for run in try bench.runs() {
  let settings = run.settings

  // ## Learning
  //
  // Each training is a course of its own, saved at intervals in the folder of the run, so that an interrupted run
  // resumes behind its last save. The weights of one are the beginning of the next.

  let blank = ConvolvedDecoder(
    .init(vocabulary: SymbolLanguage.vocabulary, width: settings.width), seed: settings.seed)
  typealias Lessons = Course<ConvolvedDecoder>
  func trained(_ name: String, _ stage: Stage<ConvolvedDecoder>, from model: ConvolvedDecoder) async throws
    -> ConvolvedDecoder
  {
    try await run.trained(Lessons([stage]), of: model, as: name, savingEvery: settings.stretch).model
  }

  var steady = TrainingSettings(Schedule(.constant, peak: 3e-3, warmUp: 50))
  steady.optimiser.beta2 = 0.98
  var recall = Recall()
  recall.seed = settings.seed
  let recalling = try await trained(
    "recall", Stage("recall", RecallLesson(recall), steady, rounds: settings.recall), from: blank)

  func imitation(good: Double, faults: Double) -> ImitationLesson<ConvolvedDecoder> {
    var turns = Imitation(settings.task(3, .train), good: good, faults: faults)
    turns.seed = settings.seed
    guard settings.hops > 1 else { return ImitationLesson(turns) }
    turns.eased = 0.3
    return ImitationLesson(turns, chains: ChainRecall())
  }
  let imitating = try await trained(
    "imitation",
    Stage(
      "imitation", imitation(good: 1, faults: 0), settings.rate(2e-3, settings.imitation, floor: 2e-5),
      rounds: settings.imitation), from: recalling)

  // Imitation of two hops has chains of one hop and a lesson of chains beside it. Its weak start has fewer naive
  // turns: with half of them, reward does not begin.

  let weak = try await trained(
    "weak",
    Stage(
      "weak", imitation(good: settings.hops == 1 ? 0.5 : 0.75, faults: 0.1),
      settings.rate(1e-3, settings.weak, floor: 5e-5),
      rounds: settings.weak), from: imitating)

  func reading(_ chunks: Int, questions: Int, price: Double) -> ReadingLesson<ConvolvedDecoder> {
    ReadingLesson(
      .init(settings.task(chunks, .train), questions: questions, rollouts: settings.rollouts, price: price),
      seed: settings.seed + 20)
  }
  let rewarded = try await trained(
    "reward",
    Stage(
      "reward", reading(settings.chunks, questions: settings.questions, price: 0), settings.reward(3e-4),
      rounds: settings.rounds), from: weak)
  let priced = try await trained(
    "priced",
    Stage(
      "priced", reading(settings.chunks, questions: settings.questions, price: settings.price), settings.reward(3e-4),
      rounds: settings.rounds), from: weak)
  let longer = try await trained(
    "longer",
    Stage(
      "longer", reading(4 * settings.chunks, questions: max(1, settings.questions / 2), price: 0),
      settings.reward(1.5e-4),
      rounds: settings.longer), from: rewarded)

  var whole = WholeText(settings.task(settings.chunks, .train))
  whole.seed = settings.seed
  let twin = try await trained(
    "twin",
    Stage("twin", WholeTextLesson(whole), settings.rate(2e-3, settings.twin, floor: 4e-5), rounds: settings.twin),
    from: recalling)

  // ## Reading
  //
  // Greedy, on questions of the test split, the same for all arms and at all lengths. What was read stands in the
  // folder of the run.

  let arms: [(name: String, most: Int, judge: @Sendable (SymbolTask, Int) -> SymbolScore)] = [
    ("rewarded", .max, { SymbolReadings(rewarded).judge($0, items: $1, seed: 9) }),
    ("longer", .max, { SymbolReadings(longer).judge($0, items: $1, seed: 9) }),
    ("priced", .max, { SymbolReadings(priced).judge($0, items: $1, seed: 9) }),
    ("imitation", .max, { SymbolReadings(imitating).judge($0, items: $1, seed: 9) }),
    ("weak start", .max, { SymbolReadings(weak).judge($0, items: $1, seed: 9) }),
    ("random gate", .max, { SymbolReadings(rewarded).judge(.randomGate(0.5), $0, items: $1, seed: 9) }),
    ("oracle page", .max, { SymbolReadings(rewarded).judge(.oracle, $0, items: $1, seed: 9) }),
    ("append", 100, { SymbolReadings(imitating).judge(.append, $0, items: $1, seed: 9) }),
    ("full attention", 100, { SymbolReadings(twin).judgeWhole($0, items: $1, seed: 9) }),
  ]
  var points: [Point] = []
  for chunks in settings.lengths {
    for arm in arms where chunks <= arm.most {
      let items = max(1, chunks > 100 ? settings.items / 4 : settings.items)
      points.append(
        try await run.kept("\(arm.name.replacing(" ", with: "-"))-\(chunks)") {
          let clock = ContinuousClock()
          let start = clock.now
          let score = arm.judge(SymbolTask(settings.task(chunks, .test)), items)
          return Point(arm: arm.name, score: score, seconds: (clock.now - start) / .seconds(1))
        })
    }
  }
  let cost = try await run.kept("cost") {
    let lengths = settings.lengths.filter { $0 >= settings.chunks }
    return Cost(
      chunks: lengths,
      seconds: (0..<3).map { _ in
        lengths.map { chunks in
          // As many chunks at every length, so that the times of short texts are no shorter than a clock can tell.
          let items = max(1, settings.items / 64 * (lengths.max() ?? chunks) / chunks)
          let start = Pace.processorSeconds
          _ = SymbolReadings(rewarded).judge(SymbolTask(settings.task(chunks, .test)), items: items, seed: 9)
          return (Pace.processorSeconds - start) / Double(items)
        }
      })
  }
  var far: [Far] = []
  for (name, model) in [("rewarded", rewarded), ("imitation", imitating), ("longer", longer)]
  where settings.farItems > 0 {
    far.append(
      try await run.kept("far-\(name)") {
        func read(_ chunks: Int) -> (score: SymbolScore, peak: Int?) {
          Machine.forgetPeakMemory()
          let task = SymbolTask(settings.task(chunks, .test))
          let score = SymbolReadings(model).judge(task, items: settings.farItems, seed: 9)
          return (score, Machine.peakMemory.map { $0 >> 20 })
        }
        let usual = read(settings.chunks)
        let start = Pace.processorSeconds
        let long = read(settings.far)
        return Far(
          arm: name, score: long.score, processorSeconds: Pace.processorSeconds - start, peak: long.peak,
          usualPeak: usual.peak)
      })
  }
  all.append(Findings(run: settings, points: points, far: far, cost: cost))
}

// Arms in the order in which they were read, a row or a line each.

func names(_ points: [Point]) -> [String] {
  points.map(\.arm).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
}

/// The mean over seeds with the lowest and the highest; of one seed its own interval over the items.
func together(_ values: [Interval]) -> Interval? {
  guard let first = values.first, values.count > 1 else { return values.first }
  let means = values.map(\.value)
  return Interval(
    means.reduce(0, +) / Double(means.count), means.min(), means.max(), n: first.n * means.count,
    clusters: means.count)
}

func table(_ found: [Findings]) -> Table {
  let lengths = found[0].run.lengths
  var table = Table(["arm"] + lengths.map { "\($0) chunks" } + ["page at the longest"])
  for arm in names(found[0].points) {
    func value(_ chunks: Int, _ value: (SymbolScore) -> Interval) -> Interval? {
      together(found.compactMap { $0.score(arm, chunks).map(value) })
    }
    let longest = lengths.last { found[0].score(arm, $0) != nil } ?? lengths[0]
    let page = value(longest) { Interval($0.page, nil, nil, n: $0.items) }
    table.add(
      [.text(arm)] + lengths.map { value($0, \.interval).map { .interval($0) } ?? .missing }
        + [page.map { $0.low == nil ? .number($0.value) : .interval($0) } ?? .missing])
  }
  return table
}

func chart(
  _ found: [Findings], _ title: String, _ range: ClosedRange<Double>?, _ value: (SymbolScore) -> Interval
) -> Chart {
  let lengths = found[0].run.lengths
  return Chart(
    x: .sizes(lengths, "chunks of 80 tokens"), y: .init(title, range: range),
    series: names(found[0].points).map { arm in
      Chart.Series(
        arm,
        lengths.compactMap { chunks in
          together(found.compactMap { $0.score(arm, chunks).map(value) }).map {
            .init(Double(chunks), $0.value, $0.range)
          }
        })
    }.filter { $0.points.contains { $0.y > 0 } })
}

// ## What was found

for hops in [1, 2] {
  let found = all.filter { $0.run.hops == hops }
  guard let first = found.first, let longest = first.run.lengths.max() else { continue }
  let near = found.compactMap { $0.score("rewarded", first.run.chunks)?.interval }
  let far = found.compactMap { $0.score("rewarded", longest)?.interval }
  let weak = found.compactMap { $0.score("weak start", longest)?.interval }
  let shown = found.compactMap { $0.score("imitation", longest)?.interval }
  guard let near = together(near), let far = together(far), let weak = together(weak), let shown = together(shown)
  else { continue }
  let seeds = found.map { "\($0.run.seed)" }.joined(separator: ", ")
  try await bench.say(
    "With \(first.hops), seed\(found.count > 1 ? "s" : "") \(seeds), the rewarded memory answers \(near.words) at "
      + "\(first.run.chunks) chunks and \(far.words) at \(longest), \(percent(far.value / max(near.value, 1e-9))) of that; its "
      + "weak start answers \(weak.words) there, and imitation alone \(shown.words).")
  try await bench.show(table(found), named: "accuracy-hops-\(hops)")
  try await bench.show(
    chart(found, "accuracy", 0...1.02, \.interval).figure(
      named: "accuracy-hops-\(hops)",
      "Accuracy by length, \(first.hops), \(found.count > 1 ? "mean and range of seeds" : "seed") \(seeds); training ends "
        + "at \(first.run.chunks) chunks."))
}

// ## What came out
//
// The table above has of several seeds the mean, with the lowest and the highest in brackets, and of a single one Wilson's
// interval over the items. Seed by seed, the intervals are over items: Wilson's for accuracies, and from resampled pairs
// for differences.

var each = Table([
  "hops", "seed", "rewarded, near", "rewarded, far", "ratio", "from weak start", "from imitation", "longer, far",
  "page near", "page far",
])
for found in all {
  guard let longest = found.run.lengths.max(), let near = found.score("rewarded", found.run.chunks),
    let far = found.score("rewarded", longest), let weak = found.score("weak start", longest),
    let shown = found.score("imitation", longest), let longer = found.score("longer", longest)
  else { continue }
  each.add(
    [.number(Double(found.run.hops)), .number(Double(found.run.seed)), .interval(near.interval)]
      + [.interval(far.interval), .number(far.accuracy / max(near.accuracy, 1e-9))]
      + [far.difference(from: weak), far.difference(from: shown), longer.interval].map { .interval($0) }
      + [.number(near.page), .number(far.page)])
}
try await bench.show(each, named: "seeds")

// Whether a page grows: the mean tokens of the last page. Its cap is 15, and the evidence has 5 tokens for each hop.

for hops in [1, 2] {
  let found = all.filter { $0.run.hops == hops }
  guard let first = found.first else { continue }
  try await bench.show(
    chart(found, "tokens of the last page", 0...15.5) { Interval($0.page, nil, nil, n: $0.items) }.figure(
      named: "page-hops-\(hops)", "Mean tokens of the last page, \(first.hops)."))
}

// Whether a fixed share is lost at every chunk behind the evidence: the law a·ρ^K, fitted to the readings of all lengths
// by likelihood.

for found in all {
  let arms = ["rewarded", "longer", "imitation", "weak start"]
  let laws = arms.map { (arm: $0, law: found.law($0)) }
  let words = laws.compactMap { arm, law in
    let finding = law.finding
    guard let ratio = finding.ratio, let loss = finding.lossAt700 else { return String?.none }
    let bounds = ratio.range.map { String(format: "%.5f to %.5f", $0.lowerBound, $0.upperBound) } ?? "no interval"
    return
      "\(arm) \(String(format: "%.5f", ratio.value)) (\(bounds)), which loses \(percent(loss.value)) over 700 chunks"
  }
  guard !words.isEmpty else { continue }
  try await bench.say(
    "Seed \(found.run.seed), \(found.hops): of its accuracy a memory keeps at every chunk, by the fitted law: "
      + "\(words.joined(separator: "; ")).")
  if var chart = RetentionLaw.frames["retention-law"] {
    // The weak start falls so fast that no other arm could be told apart beside it.
    chart.series = laws.filter { $0.arm != "weak start" }.flatMap {
      $0.law.series(named: $0.arm)["retention-law"] ?? []
    }
    let least = chart.series.flatMap(\.points).map(\.low).filter { $0 > 0 }.min() ?? 1
    let step = least > 0.7 ? 0.05 : 0.2
    let lowest = max(step, (least / step).rounded(.down) * step)
    chart.y.range = (lowest * 0.99)...1.005
    chart.y.ticks = stride(from: lowest, through: 1.001, by: step).map { .init($0, String(format: "%.2f", $0)) }
    try await bench.show(
      chart.figure(
        named: "retention-seed-\(found.run.seed)-hops-\(found.run.hops)",
        "Accuracy by the chunks behind the last evidence, and the law, \(found.hops), seed \(found.run.seed)."))
  }
}

// What a reading costs, and the longest texts, whose memory in MiB is the largest resident size while they were read,
// beside that of as many short ones:

for found in all {
  let slopes = found.cost.slopes
  guard let low = slopes.min(), let high = slopes.max() else { continue }
  let mean = slopes.reduce(0, +) / Double(slopes.count)
  try await bench.say(
    "Seed \(found.run.seed), \(found.hops): the slope of processor time over tokens, both as logarithms, is "
      + "\(String(format: "%.3f", mean)) (\(String(format: "%.3f to %.3f", low, high)) in \(slopes.count) turns) between "
      + "\(found.cost.chunks.min() ?? 0) and \(found.cost.chunks.max() ?? 0) chunks.")
}
var longest = Table([
  "hops", "seed", "arm", "chunks", "n", "accuracy", "page", "processor s", "memory", "memory of short texts",
])
for found in all {
  for point in found.far {
    longest.add(
      [.number(Double(found.run.hops)), .number(Double(found.run.seed)), .text(point.arm)]
        + [.number(Double(point.score.chunks)), .number(Double(point.score.items))]
        + [.interval(point.score.interval), .number(point.score.page), .number(point.processorSeconds.rounded())]
        + [point.peak, point.usualPeak].map { $0.map { .number(Double($0)) } ?? .missing })
  }
}
if !longest.rows.isEmpty { try await bench.show(longest, named: "far") }

// Judged by the thresholds above, for one hop and one seed. Two hops and more seeds were not run to the end.
//
// 1. *Half reached:* rewarded accuracy is 1.00 at six chunks and 0.91 at 700, 0.91 of it and not 0.95. With 80 more
//    rounds of reward at 24 chunks it is 0.97 at 700, which is 0.97 of it; the interval begins at 0.92.
// 2. *Reached:* see the differences above.
// 3. *Reached:* 0.03 at 96 chunks. The twin has 0.81 at six: it learned less well than the memories at the length of its
//    training, and 0.18 at 24.
// 4. *Half reached:* without a price the page has 6.7 tokens at six chunks where the evidence has 5, and does not grow
//    with the text: it is not twice the evidence. Longer readings make it 8.7. With the price it has 5.0.
// 5. *Not measured, and not to be expected:* the texts of 3.5 million tokens were not read. By the law the rewarded memory
//    keeps at most 0.99987 of its accuracy at each chunk, the upper end of the interval, which leaves 0.003 of it after
//    43,750 chunks. What limits it is chance at each rewrite: a page is copied 43,750 times. For imitation alone the
//    interval leaves anything from 0.1 to all.
// 6. *Reached* for the time: the slope is 0.991. The memory of the process was not measured.
//
// Imitation alone is better than the rewarded memory at 700 chunks: where a good writer is at hand and its pages can be
// copied exactly, one hop leaves nothing for reward to add. What reward adds is the distance from the weak start, 0.57.
// Notes that are appended have no error up to 96 chunks, where they were last read; their answer sees all notes, whose
// number is not bounded. A random gate keeps what it meets by chance: half of the questions at any length.
//
// ## Limits
//
// The language has 222 words and facts have one form, so what is learned is to copy and to look up, not to read. The
// weak start is made from the good writer by naive turns; a pretrained model is weak in other ways. Items at different
// lengths have the same questions with other texts around them. Intervals are over items, and where several seeds stand,
// brackets are their range. Processor time is that of one thread of an Intel Xeon (Emerald Rapids) beside other work.

try await bench.finish()
