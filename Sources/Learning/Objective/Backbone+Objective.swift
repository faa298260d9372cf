import Palimpsest
import Tensors
import Transformers

/// What a model gives the drawn tokens of samples, in one pass.
public struct SampleScores: Sendable {
  /// ln π_θ of every drawn token, those of the first sample first, [tokens]. Gradients flow.
  public var logProbabilities: Tensor
  /// The entropy of the distribution each token was drawn from, in nats, [tokens].
  public var entropies: Tensor
  /// The hidden state before each token, [tokens, width]: what a critic judges by.
  public var hidden: Tensor
  /// The tokens of each sample.
  public var spans: [Range<Int>]

  /// The log-probabilities as numbers, sample by sample.
  public var rows: [[Float]] {
    let scalars = logProbabilities.scalars
    return spans.map { Array(scalars[$0]) }
  }
}

extension Backbone {
  /// Scores the drawn tokens of samples, each behind its prompt, at temperature 1.
  ///
  /// - Parameter adapter: what is to learn, where it is not the model.
  /// - Precondition: each sample has a prompt, and some token of some sample was drawn.
  public func scores(of samples: [TrainingSample], with adapter: Adapter? = nil) -> SampleScores {
    let states = states(of: samples.map { Passage($0.prompt + $0.tokens.dropLast(), adapter: adapter) })
    var (rows, targets, spans): ([Int], [Int], [Range<Int>]) = ([], [], [])
    for (sample, span) in zip(samples, states.spans) {
      precondition(!sample.prompt.isEmpty, "\(sample.call) has no prompt")
      let start = targets.count
      for (place, token) in sample.tokens.enumerated() where sample.mask[place] {
        rows.append(span.lowerBound + sample.prompt.count - 1 + place)
        targets.append(token)
      }
      spans.append(start..<targets.count)
    }
    precondition(!targets.isEmpty, "no token of \(samples.count) samples was drawn")
    let hidden = states.hidden.gathered(rows)
    let logits = logits(of: states, rows: rows)
    return SampleScores(
      logProbabilities: logits.logLikelihoods(of: targets), entropies: logits.entropies(), hidden: hidden, spans: spans)
  }

  /// The loss of an objective on samples, shape []. Its gradient with respect to the log-probabilities is the
  /// analytic one of `PolicyObjective`; from there it flows into the model.
  ///
  /// - Parameters:
  ///   - rows: what log-probabilities are compared with, one per sample.
  ///   - weights: per row, as `Aggregation.weights(of:)` gives them.
  public func loss(
    on samples: [TrainingSample], rows: [ObjectiveRow], weights: [Double], objective: PolicyObjective,
    with adapter: Adapter? = nil
  ) -> (loss: Tensor, figures: ObjectiveFigures) {
    scores(of: samples, with: adapter).loss(rows: rows, weights: weights, objective: objective)
  }
}

extension SampleScores {
  /// The loss of an objective, shape [], entropy included.
  ///
  /// - Precondition: one row and one weight per sample.
  public func loss(
    rows: [ObjectiveRow], weights: [Double], objective: PolicyObjective
  ) -> (loss: Tensor, figures: ObjectiveFigures) {
    let evaluation = objective.evaluate(self.rows, rows: rows, weights: weights)
    var figures = evaluation.figures
    figures.entropy = entropies.scalars.reduce(0) { $0 + Double($1) }
    let slopes = Tensor(evaluation.slopes.flatMap { $0 })
    let loss = Tensor(Float(evaluation.loss)).recorded(from: logProbabilities) { slopes * $0.scalar }
    guard objective.entropyWeight != 0 else { return (loss, figures) }
    let each = zip(spans, weights).flatMap { span, weight in
      [Float](repeating: Float(-objective.entropyWeight * weight), count: span.count)
    }
    return (loss + (entropies * Tensor(each)).sum(), figures)
  }
}

extension Tensor {
  /// The entropy of each row's softmax in nats: [rows, columns] → [rows].
  public func entropies() -> Tensor {
    let logs = logSoftmax()
    return (logs.exp() * logs).sums() * -1
  }
}
