import Foundation
import Learning
import Palimpsest
import Tensors
import Testing
import Transformers

@Suite struct `A policy objective` {
  /// One token at old log-probability −1: the loss and its slope for a ratio and an advantage, with weight 1.
  static func term(
    ratio: Double, advantage: Float, _ objective: PolicyObjective, reference: Double? = nil
  ) -> [Double] {
    let row = ObjectiveRow(
      old: [-1], advantages: [advantage], reference: reference.map { [Float(-1 + $0)] })
    let found = objective.evaluate([[Float(-1 + log(ratio))]], rows: [row], weights: [1])
    return [found.loss, Double(found.slopes[0][0])]
  }

  /// Clip 0.2/0.28, c = 3. A gain: J = min(r, 1.28)·2. A loss: J = max(min(−r, −max(r, 0.8)), −3)·2; at r = 0.5 the
  /// clipped −0.8 is the smaller one, at 2 the free −2, and at 4 the dual clip holds −3.
  @Test(
    arguments: [
      (0.5, 2, -1, -1), (1.25, 2, -2.5, -2.5), (1.5, 2, -2.56, 0),
      (0.5, -2, 1.6, 0), (0.9, -2, 1.8, 1.8), (2, -2, 4, 4), (4, -2, 6, 0),
    ] as [(Double, Float, Double, Double)])
  func `clips ratios by hand`(_ ratio: Double, _ advantage: Float, _ loss: Double, _ slope: Double) {
    let objective = PolicyObjective(clipLow: 0.2, clipHigh: 0.28, dualClip: 3)
    expect(Self.term(ratio: ratio, advantage: advantage, objective), are: [loss, slope], within: 1e-5)
  }

  @Test func `counts what it clipped`() {
    let rows = [ObjectiveRow(old: [0, 0, 0, 0], advantages: [1, -1, -1, 1])]
    let current = [[log(1.5), log(0.5), log(4), 0].map { Float($0) }]
    let figures = PolicyObjective(dualClip: 3).evaluate(current, rows: rows, weights: [0.25]).figures
    #expect(figures.clippedHigh == 1 && figures.clippedLow == 1 && figures.dualClipped == 1 && figures.tokens == 4)
    #expect(figures.clipFraction == 0.75)
    // −(ln 1.5 + ln 0.5 + ln 4) / 4 = −ln 3 / 4
    expect([figures.meanDrift], are: [-log(3) / 4], within: 1e-6)
  }

  /// x = ln π_ref − ln π_θ = 0.5: k1 −0.5, k2 0.125, k3 e^0.5 − 1.5. Their derivatives by ln π_θ: 1, −0.5, 1 − e^0.5.
  @Test func `estimates the divergence in three ways`() {
    let found = Divergence.allCases.flatMap { kind -> [Double] in
      let (value, slope) = kind.value(-1.5, reference: -1)
      return [value, slope]
    }
    expect(found, are: [-0.5, 1, 0.125, -0.5, exp(0.5) - 1.5, 1 - exp(0.5)])
    // Behind the clamp of 10 the value stays and the slope is 0.
    let far = Divergence.k3.value(-30, reference: -1)
    expect([far.value, far.slope], are: [exp(10) - 11, 0])
    #expect(stride(from: -8.0, through: 8, by: 0.5).allSatisfy { Divergence.k3.value($0, reference: 0).value >= 0 })
  }

  /// β = 0.1, ratio 1, advantage 0, x = −ln 2 : k3 = 0.5 + ln 2 − 1; its slope is 1 − 0.5.
  @Test func `adds the divergence with its weight`() {
    let objective = PolicyObjective(divergenceWeight: 0.1)
    let found = Self.term(ratio: 1, advantage: 0, objective, reference: -log(2))
    expect(found, are: [0.1 * (log(2) - 0.5), 0.05], within: 1e-7)
  }

  /// REINFORCE: −Â·ln π, slope −Â, wherever the ratio stands.
  @Test func `is the log-probability for REINFORCE`() {
    let found = Self.term(ratio: 3, advantage: 2, LearningRule.reinforce.objective)
    expect(found, are: [-2 * (-1 + log(3)), -2], within: 1e-6)
  }

  /// Rows of 3, 1 and 2 tokens; the first two are of one trajectory. Tokens: 1/6 each. Conversations: 1/9, 1/3, 1/6.
  /// Trajectories: 1/2 each.
  @Test func `weighs tokens by its aggregation`() {
    let rows = [(3, "a"), (1, "a"), (2, "b"), (0, "c")].map { count, name in
      ObjectiveRow(
        old: Array(repeating: -1, count: count), advantages: Array(repeating: 1, count: count), trajectory: name)
    }
    expect(Aggregation.tokens.weights(of: rows), are: [1.0 / 6, 1.0 / 6, 1.0 / 6, 0])
    expect(Aggregation.conversations.weights(of: rows), are: [1.0 / 9, 1.0 / 3, 1.0 / 6, 0])
    expect(Aggregation.trajectories.weights(of: rows), are: [0.5, 0.5, 0.5, 0])
  }

  @Test func `does not depend on the order of rows`() {
    let rows = (1...5).map { count in
      ObjectiveRow(
        old: (0..<count).map { -1 - 0.1 * Float($0) }, advantages: (0..<count).map { Float($0) - 1 },
        trajectory: "\(count % 2)")
    }
    let current = rows.map { $0.old.map { $0 + 0.05 } }
    for aggregation in Aggregation.allCases {
      let objective = PolicyObjective(aggregation: aggregation)
      let there = objective.evaluate(current, rows: rows, weights: aggregation.weights(of: rows)).loss
      let (turned, back) = (Array(rows.reversed()), Array(current.reversed()))
      let here = objective.evaluate(back, rows: turned, weights: aggregation.weights(of: turned)).loss
      expect([there], are: [here])
    }
  }

  @Test func `looks at drawn tokens alone`() {
    let sample = TrainingSample(
      call: CallID(question: "q", rollout: 2), prompt: [1], tokens: [5, 6, 7], mask: [true, false, true],
      logProbabilities: [-1, -2, -3], advantage: 0.5)
    let row = ObjectiveRow(sample)
    #expect(row.old == [-1, -3] && row.advantages == [0.5, 0.5] && row.trajectory == "q#2")
  }

  @Test func `has the published numbers by name`() {
    #expect(LearningRule.dapo.objective.clipHigh == 0.28 && LearningRule.dapo.selection == .refill)
    #expect(!LearningRule.memAgent.advantages.dividesByDeviation && LearningRule.memAgent.objective.dualClip == 3)
    #expect(LearningRule.memAgent.objective.divergenceWeight == 0.001 && LearningRule.gruMem.advantages.alpha == 0.9)
    #expect(LearningRule.ppo.critic != nil && LearningRule.grpo.objective.aggregation == .conversations)
    #expect(Set(LearningRule.named.map(\.name)).count == LearningRule.named.count)
  }
}

@Suite struct `The loss of an objective through a transformer` {
  static let configuration = DecoderConfiguration(
    vocabulary: 9, width: 8, innerWidth: 12, layers: 1, heads: 2, contextLength: 16)

  static func decoder() throws -> Decoder {
    try Decoder(configuration, weights: RandomWeights(seed: 3, deviation: 0.5))
  }

  /// Conversations of different lengths, one with an inserted token, with advantages of both signs.
  static let samples = [
    ([1, 2, 3], [4, 5], [true, true], 0.7), ([2], [6, 7, 8, 1], [true, false, true, true], -0.4),
    ([3, 3, 5, 1, 2], [7], [true], 1.2),
  ].enumerated().map { index, parts in
    TrainingSample(
      call: CallID(question: "q", rollout: index), prompt: parts.0, tokens: parts.1, mask: parts.2,
      logProbabilities: parts.1.map { _ in 0 }, advantage: Float(parts.3))
  }

  /// Old and reference log-probabilities at fixed distances from the current ones, so that some ratios are clipped
  /// and none stands where the loss has a kink.
  static func rows(_ decoder: Decoder) -> [ObjectiveRow] {
    let current = decoder.scores(of: samples).rows
    let moves: [Float] = [0.5, -0.1, 0.12, -0.6, 0.05, 0.09]
    var place = 0
    return zip(samples, current).map { sample, now in
      let some = now.indices.map { _ -> Float in
        defer { place += 1 }
        return moves[place % moves.count]
      }
      return ObjectiveRow(
        old: zip(now, some).map { $0 - $1 }, advantages: now.map { _ in sample.advantage },
        reference: zip(now, some).map { $0 + 0.8 * $1 },
        trajectory: "\(sample.call.rollout)")
    }
  }

  static let objective = PolicyObjective(
    clipHigh: 0.28, dualClip: 3, divergenceWeight: 0.3, entropyWeight: 0.2, aggregation: .conversations)

  @Test func `has the gradient of its central differences`() throws {
    let decoder = try Self.decoder()
    let rows = Self.rows(decoder)
    let weights = Self.objective.aggregation.weights(of: rows)
    func loss(_ model: Decoder) -> Tensor {
      model.loss(on: Self.samples, rows: rows, weights: weights, objective: Self.objective).loss
    }
    let live = decoder.tracked()
    let found = gradients(of: loss(live), for: live.parameters.map(\.tensor))
    #expect(globalNorm(found) > 0.1)
    let step: Float = 4e-3
    for (index, parameter) in decoder.parameters.enumerated() {
      for place in stride(from: 0, to: parameter.tensor.count, by: max(1, parameter.tensor.count / 12)) {
        func moved(_ by: Float) -> Double {
          var (model, visit) = (decoder, 0)
          model.forEachParameter { _, tensor in
            if visit == index { tensor.withMutableScalars { $0[place] += by } }
            visit += 1
          }
          return Double(loss(model).scalar)
        }
        let difference = (moved(step) - moved(-step)) / Double(2 * step)
        let slope = Double(found[index].scalars[place])
        // A loss near 1 in float32 is known to 1e-7; over 2·step that is 2e-5, and the third derivative adds the rest.
        #expect(abs(difference - slope) < 2e-3, "\(parameter.name)[\(place)]: \(slope), difference \(difference)")
      }
    }
  }

  /// With old = current the ratio is 1: the gradient is that of −Σ w·Â·ln π, the policy gradient.
  @Test func `begins as the policy gradient`() throws {
    let decoder = try Self.decoder().tracked()
    let scores = decoder.scores(of: Self.samples)
    let rows = zip(Self.samples, scores.rows).map { sample, now in
      ObjectiveRow(old: now, advantages: now.map { _ in sample.advantage })
    }
    let weights = Aggregation.tokens.weights(of: rows)
    let found = scores.loss(rows: rows, weights: weights, objective: PolicyObjective()).loss
    let seeds = Tensor(rows.flatMap { row in row.advantages.map { -$0 / 6 } })
    let expected = (scores.logProbabilities * seeds).sum()
    let leaves = decoder.parameters.map(\.tensor)
    for (one, other) in zip(gradients(of: found, for: leaves), gradients(of: expected, for: leaves)) {
      #expect(zip(one.scalars, other.scalars).allSatisfy { abs($0 - $1) < 1e-6 })
    }
  }

  @Test func `gives no gradient for a group without signal`() throws {
    let decoder = try Self.decoder().tracked()
    var samples = Self.samples
    for index in samples.indices { samples[index].advantage = 0 }
    let rows = samples.map { ObjectiveRow($0) }
    let loss = decoder.loss(
      on: samples, rows: rows, weights: Aggregation.tokens.weights(of: rows), objective: PolicyObjective()
    ).loss
    #expect(globalNorm(gradients(of: loss, for: decoder.parameters.map(\.tensor))) == 0)
  }

  /// Minibatches under the scope of the step add up to the loss of the whole.
  @Test func `is the same in parts`() throws {
    let decoder = try Self.decoder()
    let rows = Self.rows(decoder)
    let weights = Self.objective.aggregation.weights(of: rows)
    let whole = decoder.loss(on: Self.samples, rows: rows, weights: weights, objective: Self.objective)
    let parts = rows.indices.map { index in
      decoder.loss(
        on: [Self.samples[index]], rows: [rows[index]], weights: [weights[index]], objective: Self.objective)
    }
    #expect(abs(whole.loss.scalar - parts.reduce(0) { $0 + $1.loss.scalar }) < 1e-5)
    var figures = ObjectiveFigures()
    for part in parts { figures += part.figures }
    #expect(figures.tokens == whole.figures.tokens && figures.clippedHigh == whole.figures.clippedHigh)
    #expect(abs(figures.meanEntropy - whole.figures.meanEntropy) < 1e-5 && figures.meanEntropy > 0)
  }

  /// Logits 0, 0 give ln 2; logits ln 3, 0 give shares 3/4 and 1/4.
  @Test func `measures entropy in nats`() {
    let found = Tensor([0, 0, Float(log(3.0)), 0], shape: [2, 2]).entropies().scalars.map(Double.init)
    expect(found, are: [log(2), 0.75 * log(4.0 / 3) + 0.25 * log(4)], within: 1e-6)
  }

  @Test func `teaches a critic the returns`() throws {
    let pair = ActorCritic(try Self.decoder())
    #expect(pair.parameters.map(\.name).suffix(2) == ["value.weight", "value.bias"])
    let hidden = pair.actor.scores(of: Self.samples).hidden
    let targets = (0..<6).map { 0.1 * Double($0) }
    func loss(_ critic: ValueHead) -> Tensor {
      ValueHead.loss(
        critic.values(of: hidden), old: targets, targets: targets, weights: targets.map { _ in 1 },
        objective: ValueObjective(clip: nil))
    }
    // All values are 0: half the squares, ½·(0.01 + 0.04 + 0.09 + 0.16 + 0.25); by the bias −1.5.
    var critic = try #require(pair.critic)
    let live = critic.tracked()
    let value = loss(live)
    #expect(abs(value.scalar - 0.275) < 1e-6)
    #expect(abs(gradients(of: value, for: [live.bias])[0].scalar + 1.5) < 1e-6)
    var optimiser = AdamW()
    for _ in 0..<400 {
      let live = critic.tracked()
      let slopes = gradients(of: loss(live), for: live.parameters.map(\.tensor))
      optimiser.step(&critic, slopes, rate: 0.05)
    }
    #expect(loss(critic).scalar < 0.01)
    #expect(ActorCritic(pair.actor, hasCritic: false).parameters.count == pair.parameters.count - 2)
  }
}
