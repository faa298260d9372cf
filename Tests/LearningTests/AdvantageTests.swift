import Learning
import Palimpsest
import Testing

@Suite struct `Group advantages` {
  /// Rewards 1, 0, 0, 1, 1: mean 0.6. Differences 0.4 and −0.6; their squares add up to 3·0.16 + 2·0.36 = 1.2,
  /// and 1.2 / 4 = 0.3 is the sample variance.
  static let rewards = [1, 0, 0, 1, 1] as [Double]

  @Test func `are the distance to the mean of the group`() {
    let found = GroupAdvantages().trajectory(Self.rewards)
    expect(found, are: [0.4, -0.6, -0.6, 0.4, 0.4])
    #expect(abs(found.reduce(0, +)) < 1e-12)
  }

  @Test func `are divided by the sample deviation where GRPO says so`() {
    let deviation = 0.3.squareRoot() + 1e-6
    let found = GroupAdvantages(dividesByDeviation: true).trajectory(Self.rewards)
    expect(found, are: [0.4, -0.6, -0.6, 0.4, 0.4].map { $0 / deviation })
  }

  @Test func `are exactly 0 for equal rewards`() {
    // 0.1 has no exact mean in binary: (0.1 + 0.1 + 0.1) / 3 is not 0.1.
    for rule in [GroupAdvantages(), GroupAdvantages(dividesByDeviation: true)] {
      #expect(rule.trajectory([0.1, 0.1, 0.1]) == [0, 0, 0])
    }
  }

  @Test func `of a group of one, or without a baseline, are the rewards`() {
    #expect(GroupAdvantages(dividesByDeviation: true).trajectory([0.5]) == [0.5])
    #expect(GroupAdvantages(baseline: .none).trajectory([1, 0, 1]) == [1, 0, 1])
  }

  /// Three rollouts; the third exits after the first chunk, so it has no reward at steps 1 and 2.
  /// Step 0: 1, −1, 1, mean 1/3. Step 1: 1, −1, mean 0. Step 2: the first alone, so 0.
  @Test func `of turns compare those that still read`() {
    let found = GroupAdvantages(alpha: 0.9).turns([[0: 1, 1: 1, 2: -1], [0: -1, 1: -1], [0: 1]])
    let third = 1.0 / 3
    #expect(found.map { $0.keys.sorted() } == [[0, 1, 2], [0, 1], [0]])
    expect([0, 1, 2].map { found[0][$0] ?? .nan }, are: [1 - third, 1, 0])
    expect([0, 1].map { found[1][$0] ?? .nan }, are: [-1 - third, -1])
    expect([found[2][0] ?? .nan], are: [1 - third])
  }

  /// α = 0.9: 0.9·0.5 + 0.1·(−1) = 0.35; the answer has 0.9·0.5 = 0.45.
  @Test func `are mixed by alpha`() {
    let rule = GroupAdvantages(alpha: 0.9)
    expect([rule.mixed(trajectory: 0.5, turn: -1), rule.mixed(trajectory: 0.5, turn: nil)], are: [0.35, 0.45])
    #expect(GroupAdvantages(alpha: 1).mixed(trajectory: 0.5, turn: -1) == 0.5)
  }
}

@Suite struct `A group of rollouts` {
  /// Two trajectories: three conversations with reward 1, one with reward 0. Expanded to conversations first, the
  /// mean would be 3/4; by trajectories it is 1/2.
  @Test func `is compared before it is expanded to conversations`() {
    let group = RolloutGroup([rollout(0, turns: 2, reward: 1), rollout(1, turns: 0, reward: 0)])
    let samples = group.samples(GroupAdvantages())
    #expect(samples.map(\.advantage) == [0.5, 0.5, 0.5, -0.5])
    #expect(samples.map(\.call.purpose) == [.draft, .draft, .answer, .answer])
  }

  /// Rewards 1.5 and 0.5: ±0.5. Turn rewards at step 0: 1 and −1, so ±1. α = 0.9: drafts ±(0.45 + 0.1), answers
  /// ±0.45. The answer of rollout 1 stands at step 1, at which rollout 0 drafts: it gets nothing of that turn.
  @Test func `mixes turn rewards into drafts alone`() {
    let group = RolloutGroup([
      rollout(0, turns: 2, reward: 1.5, turnRewards: [0: 1, 1: -1]),
      rollout(1, turns: 1, reward: 0.5, turnRewards: [0: -1]),
    ])
    let found = group.samples(GroupAdvantages(alpha: 0.9)).map { Double($0.advantage) }
    expect(found, are: [0.55, 0.45, 0.45, -0.55, -0.45], within: 1e-6)
  }

  @Test func `has no signal where all rewards are equal`() {
    var group = RolloutGroup((0..<3).map { rollout($0, turns: 1, reward: 1) })
    #expect(!group.hasSignal(GroupAdvantages()) && group.hasSignal(GroupAdvantages(baseline: .none)))
    group.rollouts[0].turnRewards = [0: 1]
    group.rollouts[1].turnRewards = [0: -1]
    #expect(!group.hasSignal(GroupAdvantages()) && group.hasSignal(GroupAdvantages(alpha: 0.9)))
  }

  @Test func `is kept, dropped or refilled by its signal`() {
    let equal = RolloutGroup((0..<2).map { rollout($0, turns: 0, reward: 1) })
    let mixed = RolloutGroup((0..<2).map { rollout($0, turns: 0, reward: Double($0)) })
    func chosen(_ rule: GroupSelection.Rule) -> GroupSelection {
      var selection = GroupSelection(rule, wanted: 3, rounds: 4)
      while selection.isOpen { selection.add([equal, mixed, mixed, equal], GroupAdvantages()) }
      return selection
    }
    let (all, drop, refill) = (chosen(.all), chosen(.drop), chosen(.refill))
    #expect(all.groups == [equal, mixed, mixed] && all.round == 1)
    #expect(drop.groups == [mixed, mixed] && drop.dropped == 2 && drop.round == 1)
    #expect(refill.groups == [mixed, mixed, mixed] && refill.round == 2)
    #expect(refill.dropped == 4 && refill.surplus == 1)
    var hopeless = GroupSelection(.refill, wanted: 3, rounds: 4)
    while hopeless.isOpen { hopeless.add([equal], GroupAdvantages()) }
    #expect(hopeless.groups.isEmpty && hopeless.round == 4)
  }
}

@Suite struct `Advantages of a critic` {
  /// γ = 0.5, λ = 0.5. Behind the last token nothing: δ_2 = 1 − 0.4 = 0.6. δ_1 = 0.5·0.4 − 0.2 = 0, δ_0 = 0.5·0.2 −
  /// 0.1 = 0. So Â = 0.6, 0.25·0.6 = 0.15, 0.25·0.15 = 0.0375, and returns Â + V.
  @Test func `follow the recursion`() {
    let rule = GeneralizedAdvantages(discount: 0.5, lambda: 0.5)
    let found = rule.advantages(rewards: [0, 0, 1], values: [0.1, 0.2, 0.4])
    expect(found.advantages, are: [0.0375, 0.15, 0.6])
    expect(found.returns, are: [0.1375, 0.35, 1])
  }

  /// γ = λ = 1: Â_t is the sum of later rewards minus V_t.
  @Test func `run through the conversations of a trajectory`() {
    let rollout = rollout(0, turns: 2, reward: 1, turnRewards: [0: 0.5], tokens: 2)
    let rule = GeneralizedAdvantages(discount: 1, lambda: 1)
    let found = rollout.advantages(rule, values: [[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]])
    expect(found.advantages.flatMap { $0 }, are: [1.4, 1.3, 0.7, 0.6, 0.5, 0.4])
    expect(found.returns.flatMap { $0 }, are: [1.5, 1.5, 1, 1, 1, 1])
    #expect(found.advantages.map(\.count) == [2, 2, 2])
  }

  /// Old value 0, return 1, ε 0.2. At 0.5 the clipped value is 0.2: ½·0.64 = 0.32 > ½·0.25, and it does not move.
  /// At −0.5: ½·2.25 = 1.125 > ½·1.44, so the free value pulls with −1.5.
  @Test func `are learned with a clipped value`() {
    let objective = ValueObjective(clip: 0.2)
    let up = objective.value(0.5, old: 0, target: 1)
    let down = objective.value(-0.5, old: 0, target: 1)
    expect([up.loss, up.slope, down.loss, down.slope], are: [0.32, 0, 1.125, -1.5])
    let free = ValueObjective(clip: nil).value(0.5, old: 0, target: 1)
    expect([free.loss, free.slope], are: [0.125, -0.5])
  }
}

@Suite struct `A ledger of rows` {
  let samples = rollout(0, turns: 3, reward: 1).samples

  @Test func `agrees where every row was learned from or left out`() throws {
    var ledger = try RowLedger(samples)
    for part in minibatches(Array(samples.dropLast()), parts: 2, shuffled: (seed: 1, step: 0)) {
      try ledger.train(part)
    }
    try ledger.leaveOut(samples.suffix(1), because: "too long")
    try ledger.close()
    #expect(ledger.produced == 4 && ledger.trained == 3 && ledger.leftOut == ["too long": 1])
  }

  @Test func `stops where rows are lost, come twice or come from elsewhere`() throws {
    var ledger = try RowLedger(samples)
    try ledger.train(samples.dropLast())
    #expect(throws: LearningError.self) { try ledger.close() }
    #expect(throws: LearningError.self) { try ledger.train(samples.prefix(1)) }
    #expect(throws: LearningError.self) { try ledger.train(rollout(7, turns: 0, reward: 0).samples) }
    #expect(throws: LearningError.self) { try RowLedger(samples + samples.prefix(1)) }
  }

  @Test func `cuts rows into nearly equal parts`() {
    #expect(minibatches(Array(0..<7), parts: 3) == [[0, 1, 2], [3, 4], [5, 6]])
    #expect(minibatches([1], parts: 3) == [[1], [], []])
    let (once, again) = ((0..<2).map { _ in minibatches(Array(0..<20), parts: 3, shuffled: (seed: 3, step: 5)) }, 6)
    #expect(once[0] == once[1] && once[0].flatMap { $0 }.sorted() == Array(0..<20))
    #expect(minibatches(Array(0..<20), parts: 3, shuffled: (seed: 3, step: again)) != once[0])
  }
}

/// A trajectory of some drafts and an answer, each of `tokens` tokens.
func rollout(
  _ number: Int, turns: Int, reward: Double, turnRewards: [Int: Double] = [:], tokens: Int = 1
) -> Rollout {
  let samples = (0...turns).map { step in
    TrainingSample(
      call: CallID(question: "q", rollout: number, step: step, purpose: step == turns ? .answer : .draft),
      prompt: [1, 2], tokens: Array(repeating: 3, count: tokens), mask: Array(repeating: true, count: tokens),
      logProbabilities: Array(repeating: -1, count: tokens))
  }
  return Rollout(samples, reward: reward, turnRewards: turnRewards)
}

func expect(
  _ found: [Double], are expected: [Double], within tolerance: Double = 1e-12,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(
    found.count == expected.count && zip(found, expected).allSatisfy { abs($0 - $1) <= tolerance },
    "\(found), expected \(expected)", sourceLocation: sourceLocation)
}
