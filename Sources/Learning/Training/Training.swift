import Tensors

/// A model in training: its weights, the optimiser's moments, the steps done and their losses. It is a value: a
/// copy is a snapshot, and two copies are two trainings.
///
///     var training = Training(decoder, settings, on: spans.fingerprint)
///     while training.step < 1000 {
///       try training.learn { $0.loss(on: spans.batch(at: $1)) }
///       if training.step % 100 == 0 { try training.write(to: "training.safetensors") }
///     }
///
/// Everything that a step depends on is here or follows from the number of the step. A training that is
/// written, read and resumed therefore takes the same course bit for bit, wherever it was interrupted.
public struct Training<Model: Parameterized & Sendable>: Sendable {
  /// The weights after the last step.
  public private(set) var model: Model
  /// With the moments of all parameters.
  public private(set) var optimiser: AdamW
  /// A training resumes only with the same.
  public let settings: TrainingSettings
  /// The data it learns from, as a hash or in words; a training resumes only with the same data.
  public let source: String
  /// Loss, gradient norm and rate of each step.
  public private(set) var history: [TrainingStep] = []
  /// The marked losses, in the order of steps.
  public internal(set) var marks: [TrainingMark] = []
  /// The weights that were best where models are chosen.
  public internal(set) var best: Best?
  /// The processes over which microbatches are divided: one, until others are joined.
  public internal(set) var group: any ProcessGroup = OneProcess()

  /// The weights with the lowest loss on the choosing text.
  public struct Best: Sendable {
    /// The weights after the last step.
    public var model: Model
    /// Steps taken by then.
    public var step: Int
    /// The loss that was marked.
    public var loss: Float
  }

  /// - Parameter source: identifies the data, as a hash or in words.
  public init(_ model: Model, _ settings: TrainingSettings, on source: String) {
    self.model = model
    self.settings = settings
    self.source = source
    optimiser = AdamW(settings.optimiser)
  }

  package init(
    _ model: Model, _ settings: TrainingSettings, on source: String, optimiser: AdamW, history: [TrainingStep]
  ) {
    self.model = model
    self.settings = settings
    self.source = source
    self.optimiser = optimiser
    self.history = history
  }

  /// Steps taken, which is the number of the next step.
  public var step: Int { optimiser.steps }

  /// Takes one step against the gradient of a loss. In a group every process computes all of it.
  ///
  /// - Parameter loss: one scalar, of the tracked model and the number of the step.
  /// - Returns: loss, gradient norm and rate of the step.
  /// - Throws: `LearningError.diverged` where loss or gradient is not a number; the model does not
  ///   change.
  @discardableResult
  public mutating func learn(from loss: (_ model: Model, _ step: Int) throws -> Tensor) throws -> TrainingStep {
    // The tracked copy and its graph are gone before the weights change, so that they change in place.
    let (value, slopes) = try {
      let live = model.tracked()
      let loss = try loss(live, step)
      return (loss.detached.scalar, gradients(of: loss, for: live.parameters.map(\.tensor)))
    }()
    return try take(slopes, of: value)
  }

  /// Clips gradients and takes the step of the optimiser.
  mutating func take(_ slopes: [Tensor], of loss: Float) throws -> TrainingStep {
    let norm = globalNorm(slopes)
    guard loss.isFinite, norm.isFinite else { throw LearningError.diverged(step: step, loss: loss) }
    let point = TrainingStep(loss: loss, norm: norm, rate: settings.schedule.rate(at: step))
    let scale = settings.clipping.map { norm > $0 ? $0 / norm : 1 } ?? 1
    optimiser.step(&model, slopes, rate: point.rate, scale: scale) { _, tensor in tensor.shape.count > 1 }
    history.append(point)
    return point
  }

  /// Marks the losses measured at this step, and keeps the weights if they are the best so far.
  ///
  /// - Parameters:
  ///   - choosing: the loss on the choosing text.
  ///   - heldOut: the loss on the held-out text, for the curve; it decides nothing.
  public mutating func mark(choosing: Float, heldOut: Float) {
    marks.append(TrainingMark(step: step, choosing: choosing, heldOut: heldOut))
    if choosing < best?.loss ?? .infinity { best = Best(model: model, step: step, loss: choosing) }
  }
}

/// The settings of a training. Gains and biases (vectors) do not decay.
public struct TrainingSettings: Sendable, Codable, Hashable {
  /// The learning rate by step.
  public var schedule: Schedule
  /// With the moments of all parameters.
  public var optimiser: AdamW.Settings
  /// The norm that all gradients together are clipped to; nil leaves them.
  public var clipping: Float?

  /// Gradients are clipped to a norm of 1 unless told otherwise.
  public init(_ schedule: Schedule, optimiser: AdamW.Settings = AdamW.Settings(), clipping: Float? = 1) {
    self.schedule = schedule
    self.optimiser = optimiser
    self.clipping = clipping
  }
}

/// How a step went.
public struct TrainingStep: Sendable, Codable, Hashable {
  /// Of its batch, before the step.
  public var loss: Float
  /// Of all gradients together, before clipping.
  public var norm: Float
  /// The learning rate.
  public var rate: Float
}

/// The marked losses, in the order of steps.
public struct TrainingMark: Sendable, Codable, Hashable {
  /// Steps taken by then.
  public var step: Int
  /// Loss on the choosing text, in nats per token.
  public var choosing: Float
  /// Loss on the held-out text, in nats per token.
  public var heldOut: Float
}
