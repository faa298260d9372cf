import Basics
import Tensors

extension Training {
  /// Takes one step against the gradient of the sum of the losses of numbered microbatches.
  ///
  /// Microbatches are computed one after the other, so a step needs the memory of one; in a group that was joined they
  /// are divided over its processes. Their gradients are added in the order of a binary tree over the numbers: what
  /// comes out depends on how many microbatches there are, and not on how many processes.
  ///
  ///     try training.learn(microbatches: 4) { model, step, number in
  ///       model.loss(on: spans.batch(at: 4 * step + number)) / 4
  ///     }
  ///
  /// - Parameters:
  ///   - count: microbatches of the step, at least one.
  ///   - loss: one scalar, of the tracked model, the number of the step and that of the microbatch. In a group it is
  ///     called for the microbatches of this process only, so it may depend on nothing that changes between calls.
  /// - Throws: `LearningError.diverged` where loss or gradient is not a number, what the loss threw, and
  ///   `LearningError.member` where another process failed; the model does not change.
  @discardableResult
  public mutating func learn(
    microbatches count: Int, from loss: (_ model: Model, _ step: Int, _ microbatch: Int) throws -> Tensor
  ) throws -> TrainingStep {
    try learn(microbatches: count, counting: { (try loss($0, $1, $2), []) }).step
  }

  /// The same with figures of each microbatch, which are added up in the same order: counts, or losses of parts.
  ///
  /// - Parameter loss: the loss and the figures, always as many.
  /// - Returns: the step, and the sums of the figures; the same on all processes of a group.
  @discardableResult
  public mutating func learn(
    microbatches count: Int,
    counting loss: (_ model: Model, _ step: Int, _ microbatch: Int) throws -> (loss: Tensor, figures: [Double])
  ) throws -> (step: TrainingStep, figures: [Double]) {
    precondition(count > 0, "a step of \(count) microbatches")
    var sum: TreeSum<Slopes>
    if group.count == 1 {
      sum = try self.sum(of: 0..<count, from: loss)
    } else {
      let gathered = try group.exchange("step \(step) of \(count) microbatches") {
        var bytes = Bytes()
        try self.sum(of: group.share(of: count), from: loss).put(to: &bytes)
        return bytes.all
      }
      sum = TreeSum(+)
      var next = 0
      let shapes = model.parameters.map(\.tensor.shape)
      for (rank, bytes) in gathered.enumerated() where !sum.add(bytes, shapes: shapes, next: &next) {
        throw LearningError.member(rank: rank, reason: "its gradients are not those of this model")
      }
    }
    guard let whole = sum.total else { preconditionFailure("a step without microbatches") }
    return (try take(whole.gradients, of: whole.loss), whole.figures)
  }

  private func sum(
    of numbers: Range<Int>, from loss: (_ model: Model, _ step: Int, _ microbatch: Int) throws -> (Tensor, [Double])
  ) throws -> TreeSum<Slopes> {
    // The tracked copy and its graph are gone before the weights change, so that they change in place.
    let live = model.tracked()
    let leaves = live.parameters.map(\.tensor)
    var sum = TreeSum<Slopes>(+)
    for number in numbers {
      let (loss, figures) = try loss(live, step, number)
      let slopes = gradients(of: loss, for: leaves)
      sum.add(Slopes(loss: loss.detached.scalar, gradients: slopes, figures: figures), at: number)
    }
    return sum
  }
}
