#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The learning rate by step: a linear warm-up to the peak, then one of two courses.
public struct Schedule: Sendable, Codable, Hashable {
  /// What the rate does behind the warm-up.
  public enum Course: String, Sendable, Codable {
    /// The peak, unchanged.
    case constant
    /// Half a cosine from the peak down to `floor` at the last step, and `floor` after it.
    case cosine
  }

  /// What the rate does behind the warm-up.
  public var course: Course
  /// The highest rate.
  public var peak: Float
  /// Steps of the linear warm-up; step `warmUp` has the peak.
  public var warmUp: Int
  /// The step at which the cosine reaches `floor`. Constant schedules ignore it.
  public var steps: Int
  /// The rate at the end of the cosine.
  public var floor: Float

  /// - Precondition: a cosine has more steps than its warm-up.
  public init(_ course: Course, peak: Float, warmUp: Int = 0, steps: Int = 0, floor: Float = 0) {
    precondition(warmUp >= 0 && (course == .constant || steps > warmUp), "\(warmUp) steps of warm-up of \(steps)")
    self.course = course
    self.peak = peak
    self.warmUp = warmUp
    self.steps = steps
    self.floor = floor
  }

  /// The rate of a step; the first step is number 0.
  public func rate(at step: Int) -> Float {
    if step < warmUp { return peak * Float(step + 1) / Float(warmUp + 1) }
    guard course == .cosine else { return peak }
    guard step < steps else { return floor }
    let way = Double(step - warmUp) / Double(steps - warmUp)
    return floor + (peak - floor) * Float(0.5 * (1 + cos(.pi * way)))
  }
}
