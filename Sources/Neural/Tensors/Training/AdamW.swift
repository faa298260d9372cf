import CKernels

/// Adam with decoupled weight decay.
///
/// Source: arXiv:1711.05101, with the bias correction of arXiv:1412.6980. As PyTorch has it, the decay
/// is multiplied by the rate: x ← x·(1 - rate·decay) - rate·m̂ / (√v̂ + epsilon).
public struct AdamW: Sendable, Codable {
  /// PyTorch's defaults: beta 0.9 and 0.999, epsilon 1e-8, decay 0.01.
  public struct Settings: Sendable, Codable, Hashable {
    /// The share of the mean gradient that each step keeps.
    public var beta1: Float = 0.9
    /// The share of the mean square that each step keeps.
    public var beta2: Float = 0.999
    /// Added to the root of the mean square, so that nothing is divided by 0.
    public var epsilon: Float = 1e-8
    /// The share of a parameter that a step at rate 1 removes.
    public var decay: Float = 0.01

    /// PyTorch's defaults.
    public init() {}
  }

  /// May change between steps.
  public var settings: Settings
  /// Steps taken.
  public private(set) var steps = 0
  /// The running averages, one per parameter in the order of the visits; empty before the first
  /// step.
  public private(set) var moments: [Moments] = []

  /// Of the gradients of one parameter.
  public struct Moments: Sendable, Codable, Hashable {
    /// The running mean.
    public var first: Tensor
    /// The running mean of squares.
    public var second: Tensor

    /// Averages of one parameter, both of its shape.
    public init(first: Tensor, second: Tensor) {
      self.first = first
      self.second = second
    }
  }

  /// - Parameters:
  ///   - steps: taken before, to resume from a checkpoint.
  ///   - moments: as they were then.
  public init(_ settings: Settings = Settings(), steps: Int = 0, moments: [Moments] = []) {
    self.settings = settings
    self.steps = steps
    self.moments = moments
  }

  /// One step on all parameters, in place.
  ///
  /// - Parameters:
  ///   - gradients: one per parameter, in the order of the visits, always the same.
  ///   - rate: the learning rate of this step.
  ///   - scale: times every gradient, for clipping by the norm without another pass.
  ///   - decays: whether a parameter decays; norms and biases usually do not. All do where nil.
  public mutating func step<Model: Parameterized>(
    _ model: inout Model, _ gradients: [Tensor], rate: Float, scale: Float = 1,
    decays: ((_ name: String, _ tensor: Tensor) -> Bool)? = nil
  ) {
    steps += 1
    var index = 0
    model.forEachParameter { name, tensor in
      precondition(index < gradients.count, "\(gradients.count) gradients, and no one for \(name)")
      let gradient = gradients[index]
      precondition(
        gradient.shape == tensor.shape, "a gradient of shape \(gradient.shape) for \(name) of \(tensor.shape)")
      if index == moments.count {
        moments.append(Moments(first: Tensor(zeros: tensor.shape), second: Tensor(zeros: tensor.shape)))
      }
      precondition(moments[index].first.shape == tensor.shape, "\(name) was of shape \(moments[index].first.shape)")
      let decay = decays?(name, tensor) ?? true ? settings.decay : 0
      update(&tensor, gradient, index, rate: rate, decay: decay, scale: scale)
      index += 1
    }
    precondition(index == gradients.count, "\(gradients.count) gradients for \(index) parameters")
  }

  private mutating func update(
    _ tensor: inout Tensor, _ gradient: Tensor, _ index: Int, rate: Float, decay: Float, scale: Float
  ) {
    let step = pk_adam(
      rate: rate, beta1: settings.beta1, beta2: settings.beta2, epsilon: settings.epsilon, decay: decay,
      c1: Float(1 - power(Double(settings.beta1), steps)), c2: Float(1 - power(Double(settings.beta2), steps)),
      gradient_scale: scale)
    // Taken out, so that each is alone with its scalars while they change.
    var (first, second) = (moments[index].first, moments[index].second)
    moments[index] = Moments(first: .none, second: .none)
    tensor.withMutableScalars { x in
      first.withMutableScalars { m in
        second.withMutableScalars { v in
          guard let x = x.baseAddress, let m = m.baseAddress, let v = v.baseAddress else { return }
          reading(gradient) { g in
            parallel(gradient.count, grain: elementGrain) {
              let at = $0.lowerBound
              pk_adam_step(step, g + at, m + at, v + at, x + at, $0.count)
            }
          }
        }
      }
    }
    moments[index] = Moments(first: first, second: second)
  }

  private func power(_ base: Double, _ exponent: Int) -> Double {
    var (result, base, exponent) = (1.0, base, exponent)
    while exponent > 0 {
      if exponent % 2 == 1 { result *= base }
      base *= base
      exponent /= 2
    }
    return result
  }
}
