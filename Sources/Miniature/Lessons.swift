import Learning
import Palimpsest
import Tasks
import Tensors
import Transformers

extension ConvolvedDecoder: SequenceModel {}

/// The stage of `Recall`: the small level, then the full one, until both shares are high.
///
/// Readings: `found` and `absent`, moving means of the shares of right predictions where there is a fact and where
/// there is none; `level`, 0 and then 1.
public struct RecallLesson<Model: SequenceModel>: Lesson {
  /// The batches.
  public var recall: Recall
  /// The share of facts that must be found before the level rises.
  public var raised: Double
  /// The shares at which the stage ends.
  public var found: Double, absent: Double

  /// Ends at 0.97 of the facts and 0.94 of the gaps; the level rises at 0.9.
  public init(_ recall: Recall = Recall(), raised: Double = 0.9, found: Double = 0.97, absent: Double = 0.94) {
    self.recall = recall
    self.raised = raised
    self.found = found
    self.absent = absent
  }

  public var source: String { "recall \(described(recall)), raised at \(raised), until \(found) and \(absent)" }

  public func material(by model: Model, at moment: LessonMoment) -> LessonMaterial {
    .sequences([recall.batch(at: moment.draw, isFull(moment.readings) ? .full : .small)])
  }

  public func note(_ outcome: RoundOutcome, of material: LessonMaterial, in readings: inout [String: Double]) {
    guard case .imitated(let hits) = outcome, case .sequences(let batches) = material else { return }
    let shares = Recall.shares(hits[0], batches[0])
    readings["found", default: 0] += 0.05 * (shares.found - readings["found", default: 0])
    readings["absent", default: 0] += 0.05 * (shares.absent - readings["absent", default: 0])
    if !isFull(readings), readings["found", default: 0] > raised { (readings["level"], readings["found"]) = (1, 0.5) }
  }

  public func isLearned(_ readings: [String: Double]) -> Bool {
    isFull(readings) && readings["found", default: 0] >= found && readings["absent", default: 0] >= absent
  }

  private func isFull(_ readings: [String: Double]) -> Bool { readings["level"] == 1 }
}

/// The stage of `Imitation`: a batch of turns a step, and every second step a batch of recall beside it, so that it is
/// not forgotten.
///
/// Reading: `exact`, the moving mean of the share of replies all of whose tokens are right.
public struct ImitationLesson<Model: SequenceModel>: Lesson {
  /// The turns.
  public var imitation: Imitation
  /// What stands beside every second batch; nil for nothing.
  public var review: Recall?
  /// What stands beside every fourth batch in place of recall; nil for nothing.
  public var chains: ChainRecall?

  /// - Parameters:
  ///   - review: 16 sequences of seed 2 unless told otherwise.
  ///   - chains: needed for chains of two hops.
  public init(_ imitation: Imitation, review: Recall? = Self.usualReview, chains: ChainRecall? = nil) {
    self.imitation = imitation
    self.review = review
    self.chains = chains
  }

  /// 16 sequences, drawn with a seed that recall does not use.
  public static var usualReview: Recall {
    var review = Recall()
    (review.batch, review.seed) = (16, 2)
    return review
  }

  public var source: String {
    "imitation \(described(imitation))" + (review.map { ", beside recall \(described($0))" } ?? "")
      + (chains.map { ", and chains \(described($0))" } ?? "")
  }

  public func material(by model: Model, at moment: LessonMoment) -> LessonMaterial {
    let turns = imitation.batch(at: moment.draw)
    if let chains, moment.draw % 4 == 2 { return .sequences([turns, chains.batch(at: moment.draw)]) }
    guard let review, moment.draw % 2 == 0 else { return .sequences([turns]) }
    return .sequences([turns, review.batch(at: moment.draw, .full)])
  }

  public func note(_ outcome: RoundOutcome, of material: LessonMaterial, in readings: inout [String: Double]) {
    noteExact(outcome, in: &readings)
  }
}

/// The stage of the full-attention twin: answers behind whole texts.
///
/// Reading: `exact`, the moving mean of the share of right answers.
public struct WholeTextLesson<Model: SequenceModel>: Lesson {
  /// The texts.
  public var texts: WholeText

  /// - Parameter texts: of up to a number of chunks.
  public init(_ texts: WholeText) { self.texts = texts }

  public var source: String { "whole texts \(described(texts))" }

  public func material(by model: Model, at moment: LessonMoment) -> LessonMaterial {
    .sequences([texts.batch(at: moment.draw)])
  }

  public func note(_ outcome: RoundOutcome, of material: LessonMaterial, in readings: inout [String: Double]) {
    noteExact(outcome, in: &readings)
  }
}

/// The stage of rewarded readings: each round some questions, each read several times by the present weights.
public struct ReadingLesson<Model: SequenceModel & Backbone>: Lesson {
  /// What is read in a round.
  public struct Terms: Sendable, Codable, Hashable {
    /// The questions: their lengths and hops.
    public var task: SymbolTask.Settings
    /// Questions of a round.
    public var questions: Int
    /// G, readings of each question.
    public var rollouts: Int
    /// Taken off the reward for each token of the last page.
    public var price: Double
    /// How readings state their gates; nil for pages without gates.
    public var gates: Gates?

    /// Readings with gates.
    public struct Gates: Sendable, Codable, Hashable {
      /// What a reply looks like.
      public var form: SymbolForm
      /// Share of the rollouts of each question that are read to the end, whatever their replies say.
      public var toEnd: Double

      /// Both gates; a quarter of the rollouts is read to the end.
      public init(_ form: SymbolForm = .gates, toEnd: Double = 0.25) {
        self.form = form
        self.toEnd = toEnd
      }
    }

    /// 16 questions of 8 readings each, without a price, unless told otherwise.
    public init(
      _ task: SymbolTask.Settings, questions: Int = 16, rollouts: Int = 8, price: Double = 0, gates: Gates? = nil
    ) {
      self.gates = gates
      self.task = task
      self.questions = questions
      self.rollouts = rollouts
      self.price = price
    }
  }

  /// The terms round by round: lengths that grow, hops that are added.
  public var curriculum: Curriculum<Terms>
  /// Decides questions and draws.
  public var seed: UInt64
  /// Shares of equal size into which the questions of a round are cut; the processes of a group divide them. What is read
  /// side by side decides the last bits, so another number is another training. nil reads all at once, on every process.
  public var shares: Int?

  /// - Parameter curriculum: the terms, and how they change.
  public init(_ curriculum: Curriculum<Terms>, seed: UInt64) {
    self.curriculum = curriculum
    self.seed = seed
  }

  /// The same terms in all rounds.
  public init(_ terms: Terms, seed: UInt64) { self.init(Curriculum(terms), seed: seed) }

  public var source: String {
    "readings \(described(curriculum)), seed \(seed)" + (shares.map { ", in \($0) shares" } ?? "")
  }

  public func material(by model: Model, at moment: LessonMoment) -> LessonMaterial {
    .rollouts(RolloutRound((0..<(shares ?? 1)).flatMap { groups(by: model, at: moment, share: $0) }))
  }

  public func material(
    by model: Model, at moment: LessonMoment, in group: any ProcessGroup
  ) async throws -> LessonMaterial {
    guard let shares else { return material(by: model, at: moment) }
    let parts = try group.divided(shares, as: "rollouts") { groups(by: model, at: moment, share: $0) }
    return .rollouts(RolloutRound(parts.flatMap(\.self)))
  }

  private func groups(by model: Model, at moment: LessonMoment, share: Int) -> [RolloutGroup] {
    let (terms, shares) = (curriculum.value(at: moment.round), shares ?? 1)
    precondition(terms.questions % shares == 0, "\(terms.questions) questions in \(shares) equal shares")
    var readings = SymbolReadings(model, choice: TokenChoice())
    readings.form = terms.gates?.form ?? .page
    return readings.groups(
      SymbolTask(terms.task), round: moment.draw * shares + share, questions: terms.questions / shares,
      rollouts: terms.rollouts, seed: seed, price: terms.price, toEnd: terms.gates?.toEnd ?? 0)
  }
}

/// An exam on the first items of a task, the same at every length.
///
/// Measures: `page`, tokens of the last page; with an exit gate `exact`, the share of readings that end at the last chunk
/// with evidence, and `read`, the share of the chunks that is read; with either gate `format`, the share of readings all of
/// whose replies follow their form.
public struct SymbolExam<Model: SequenceModel & Backbone>: Exam {
  /// The questions; each length has its own number of chunks.
  public var task: SymbolTask.Settings
  /// Chunks, and the number of items.
  public var lengths: [(chunks: Int, items: Int)]
  /// Decides the items.
  public var seed: UInt64
  /// What the model writes at a chunk.
  public var form: SymbolForm

  /// - Parameter lengths: chunks of the texts, and items of each.
  public init(
    _ task: SymbolTask.Settings, lengths: [(chunks: Int, items: Int)], seed: UInt64, form: SymbolForm = .page
  ) {
    self.task = task
    self.lengths = lengths
    self.seed = seed
    self.form = form
  }

  public func scores(of model: Model) throws -> [ExamScore] {
    try lengths.map { chunks, items in
      try Task.checkCancellation()
      var task = task
      task.chunks = chunks
      var readings = SymbolReadings(model)
      readings.form = form
      let found = readings.judge(SymbolTask(task), items: items, seed: seed)
      var measures = ["page": found.page]
      if form.isGated { measures["format"] = found.counts?.formatValidity }
      if form == .gates {
        measures["exact"] = found.counts?.exactExits
        measures["read"] = found.counts?.chunksRead
      }
      return ExamScore("\(chunks) chunks", chunks: chunks, score: found.interval, measures: measures)
    }
  }
}

/// The moving mean of the share of replies all of whose tokens are right.
private func noteExact(_ outcome: RoundOutcome, in readings: inout [String: Double]) {
  guard case .imitated(let hits) = outcome else { return }
  let exact = Double(hits[0].count { $0.allSatisfy(\.self) }) / Double(max(1, hits[0].count))
  readings["exact", default: 0] += 0.03 * (exact - readings["exact", default: 0])
}

/// Settings as one line, the same for equal settings.
private func described(_ settings: some Encodable) -> String {
  (try? Setting(describing: settings).line) ?? "\(settings)"
}
