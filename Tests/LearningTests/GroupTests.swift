import Foundation
import Learning
import Palimpsest
import Support
import Tensors
import Testing
import Transformers

@Suite struct `A sum over numbered parts` {
  /// The order of adding is written down instead of a number.
  private func sum(of parts: Int, by members: Int) -> String? {
    var whole = TreeSum<String> { "(\($0)\($1))" }
    for rank in 0..<members {
      var own = TreeSum<String> { "(\($0)\($1))" }
      for number in (parts * rank / members)..<(parts * (rank + 1) / members) { own.add("\(number) ", at: number) }
      for node in own.nodes { whole.add(node) }
    }
    return whole.total
  }

  @Test func `has one order, for any division of the parts`() {
    #expect(sum(of: 1, by: 1) == "0 ")
    #expect(sum(of: 4, by: 1) == "((0 1 )(2 3 ))")
    #expect(sum(of: 7, by: 1) == "(((0 1 )(2 3 ))((4 5 )6 ))")
    #expect(sum(of: 0, by: 3) == nil)
    for parts in 1...33 {
      let alone = sum(of: parts, by: 1)
      for members in 2...9 { #expect(sum(of: parts, by: members) == alone, "\(parts) parts by \(members)") }
    }
  }
}

@Suite struct `Microbatches` {
  typealias Rewards = `Learning from rewards`

  static let settings = TrainingSettings(Schedule(.constant, peak: 1e-2, warmUp: 2))

  /// Sentences of a step; a microbatch has three of twelve.
  static func batch(_ step: Int, _ number: Int) -> [[Int]] {
    (0..<3).map { row in (0..<7).map { (step + 3 * number + row * $0 + number * $0) % 9 } }
  }

  static func loss(_ model: Decoder, _ step: Int, _ number: Int) -> Tensor { model.loss(on: batch(step, number)) / 4 }

  struct Course: Sendable, Equatable {
    var weights: [Tensor]
    var history: [TrainingStep]
    var figures: [Double]
  }

  static func course(in group: any ProcessGroup) throws -> Course {
    var training = Training(Rewards.model, settings, on: "numbers")
    try training.join(group)
    var figures: [Double] = []
    for _ in 0..<5 {
      figures += try training.learn(microbatches: 4) { model, step, number in
        let loss = loss(model, step, number)
        return (loss, [Double(loss.detached.scalar), 1])
      }.figures
    }
    return Course(weights: training.model.parameters.map(\.tensor), history: training.history, figures: figures)
  }

  @Test(arguments: [2, 3, 4, 5])
  func `are learned from alike by one process and by several`(_ members: Int) throws {
    let alone = try Self.course(in: OneProcess())
    for result in ThreadGroup.run(members, { try Self.course(in: $0) }) { #expect(try result.get() == alone) }
    #expect(alone.figures[1] == 4 && alone.history.count == 5)
  }

  /// Twelve sentences of equal length: the mean of all is the mean of the means of four.
  @Test func `have the gradient of the whole batch`() throws {
    var whole = Training(Rewards.model, Self.settings, on: "numbers")
    var parts = whole
    let one = try whole.learn { model, step in model.loss(on: (0..<4).flatMap { Self.batch(step, $0) }) }
    let four = try parts.learn(microbatches: 4, from: Self.loss)
    // 1e-5: float32 sums over 84 tokens.
    #expect(abs(one.loss - four.loss) < 1e-5 && abs(one.norm - four.norm) < 1e-5 * max(1, one.norm))
  }

  @Test func `of a number of one are the whole step, bit by bit`() throws {
    var whole = Training(Rewards.model, Self.settings, on: "numbers")
    var part = whole
    try whole.learn { model, step in Self.loss(model, step, 0) }
    try part.learn(microbatches: 1, from: Self.loss)
    #expect(whole.model.parameters.map(\.tensor) == part.model.parameters.map(\.tensor))
    #expect(whole.history == part.history)
  }

  /// Rollouts are divided by question and minibatches by rows; a divergence has its reference.
  static func rewarded(_ microbatches: Int?, in group: any ProcessGroup) throws -> RewardTraining<Decoder> {
    var settings = Rewards.settings()
    settings.microbatches = microbatches
    var learner = try RewardTraining(Rewards.model, settings, on: "copying")
    try learner.join(group)
    while learner.round < 3 {
      let (model, round) = (learner.model, learner.round)
      let groups = try group.divided(2, as: "rollouts") { Rewards.groups(model, round)[$0] }
      try learner.learn(from: groups)
    }
    return learner
  }

  @Test(arguments: [2, 4])
  func `of rewards too`(_ members: Int) throws {
    let scratch = try Scratch()
    let alone = scratch.file("alone").path
    try Self.rewarded(4, in: OneProcess()).write(to: alone)
    let several = ThreadGroup.run(members) { group in
      let file = scratch.file("\(group.rank)").path
      let learner = try Self.rewarded(4, in: group)
      try learner.write(to: file)
      return file
    }
    for result in several {
      #expect(try Data(contentsOf: URL(filePath: alone)) == Data(contentsOf: URL(filePath: try result.get())))
    }
  }

  /// One piece is what a learner without microbatches does; four have another sum and the same loss to rounding.
  @Test func `of rewards are those of the minibatch`() throws {
    let whole = try Self.rewarded(nil, in: OneProcess())
    #expect(try Self.rewarded(1, in: OneProcess()).rounds == whole.rounds)
    let parts = try Self.rewarded(4, in: OneProcess())
    #expect(parts.rounds[0].figures.tokens == whole.rounds[0].figures.tokens)
    #expect(parts.rounds[0].rows == whole.rounds[0].rows && parts.rounds[0].reward == whole.rounds[0].reward)
    #expect(abs(parts.rounds[0].norm - whole.rounds[0].norm) < 1e-4 * whole.rounds[0].norm)
    var settings = Rewards.settings()
    settings.microbatches = 0
    #expect(throws: LearningError.self) { try RewardTraining(Rewards.model, settings, on: "copying") }
  }
}

@Suite struct `Processes that learn together` {
  typealias Rewards = `Learning from rewards`

  private struct Refusal: Error, Equatable {}

  @Test func `share parts among them, each once`() {
    for parts in 0...20 {
      for count in 1...6 {
        let all = (0..<count).flatMap { rank in Array(Seat(rank: rank, count: count).share(of: parts)) }
        #expect(all == Array(0..<parts))
      }
    }
  }

  @Test func `have the results of all parts, exactly`() throws {
    let numbers: [Double] = [0.1, -0.0, .infinity, 5e-324, 1 / 3]
    for result in ThreadGroup.run(
      3,
      { group in
        try group.divided(numbers.count, as: "numbers") { [numbers[$0], Double(Float.pi)] }
      })
    {
      let found = try result.get()
      #expect(found.map(\.[0].bitPattern) == numbers.map(\.bitPattern))
      #expect(found.allSatisfy { $0[1] == Double(Float.pi) })
    }
  }

  /// The one that refuses has its own error; the others name the process that refused. No weights change.
  @Test func `all stop where one fails`() throws {
    let results = ThreadGroup.run(3) { group in
      var training = Training(Rewards.model, Microbatches.settings, on: "numbers")
      try training.join(group)
      var complaint = ""
      do {
        try training.learn(microbatches: 3) { model, step, number in
          if number == 1 { throw LearningError.tooShort("for a batch", found: 3) }
          return Microbatches.loss(model, step, number)
        }
      } catch { complaint = "\(error)" }
      #expect(training.model.parameters.map(\.tensor) == Rewards.model.parameters.map(\.tensor) && training.step == 0)
      return complaint
    }
    let said = try results.map { try $0.get() }
    #expect(said[1].hasPrefix("3 bytes of text"))
    #expect(said[0] == said[2] && said[0].hasPrefix("process 1 failed") && said[0].contains("3 bytes of text"))
  }

  @Test func `do not wait for one that has left`() throws {
    let results = ThreadGroup.run(3) { group in
      var training = Training(Rewards.model, Microbatches.settings, on: "numbers")
      try training.join(group)
      if group.rank == 2 { throw Refusal() }
      try training.learn(microbatches: 3, from: Microbatches.loss)
    }
    #expect(throws: LearningError.member(rank: 2, reason: "it has left")) { try results[0].get() }
    #expect(throws: LearningError.member(rank: 2, reason: "it has left")) { try results[1].get() }
    #expect(throws: Refusal.self) { try results[2].get() }
  }

  @Test(arguments: ["settings", "data", "steps done", "weights", "moments"])
  func `are refused where they differ`(_ what: String) throws {
    let results = ThreadGroup.run(2) { group -> String in
      let isOther = group.rank == 1
      let schedule = Schedule(.constant, peak: isOther && what == "settings" ? 2e-2 : 1e-2)
      let model = isOther && what == "weights" ? Rewards.newborn(seed: 6) : Rewards.model
      var training = Training(
        model, TrainingSettings(schedule), on: isOther && what == "data" ? "letters" : "numbers")
      if isOther && what == "steps done" { try training.learn { Microbatches.loss($0, $1, 0) } }
      if what == "moments" {
        try training.learn { Microbatches.loss($0, $1, isOther ? 1 : 0) }
        training = Training(
          Rewards.model, training.settings, on: training.source, optimiser: training.optimiser,
          history: training.history)
      }
      do { try training.join(group) } catch { return "\(error)" }
      return "joined"
    }
    for result in results { #expect(try result.get().hasPrefix("process 1 differs from process 0 in \(what): ")) }
  }

  @Test func `are refused where their rollouts differ, or their work`() throws {
    let results = ThreadGroup.run(2) { group -> [String] in
      var learner = try RewardTraining(Rewards.model, Rewards.settings(), on: "copying")
      try learner.join(group)
      var groups = Rewards.groups(Rewards.model, 0)
      groups[0].rollouts[0].reward += group.rank == 1 ? 0.5 : 0
      var said: [String] = []
      do { try learner.learn(from: groups) } catch { said.append("\(error)") }
      do { _ = try group.divided(group.rank == 1 ? 3 : 2, as: "parts") { $0 } } catch { said.append("\(error)") }
      return said
    }
    for result in results {
      let said = try result.get()
      #expect(said.count == 2 && said[0].hasPrefix("process 1 differs from process 0 in rollouts: "), "\(said)")
      #expect(said.last?.hasPrefix("process 1 differs from process 0 in the work at hand: parts, 3 parts") ?? false)
    }
  }

  private struct Seat: ProcessGroup {
    let rank: Int
    let count: Int
    func gather(_ bytes: [UInt8]) -> [[UInt8]] { [bytes] }
  }
}
