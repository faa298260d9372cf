import Palimpsest
import Settings

/// One row of an evaluation: a reader on a task, and the run with its results.
public struct Arm: Sendable {
  /// What tables call it: the memory, or the control.
  public var name: String
  /// Whether it stands beside the score of another arm.
  public var isControl: Bool
  /// Its settings.
  public var point: Point<EvaluationSettings>
}

extension Arm {
  /// The arms of a point: the reader itself, and the controls beside it.
  ///
  /// - `none` answers from the question alone, `oracle` from the evidence within the same budget,
  ///   `shuffled` from the memory that this reader made of another question's text.
  static func arms(of point: Point<EvaluationSettings>, hasControls: Bool) throws -> [Arm] {
    let settings = point.settings
    let isShuffled = settings.control == .shuffled
    let memory = settings.memory.kind
    let arms = [Arm(name: isShuffled ? "shuffled \(memory)" : memory, isControl: isShuffled, point: point)]
    guard hasControls, !isShuffled, !["none", "oracle"].contains(memory) else { return arms }

    func control(_ name: String, _ change: (inout EvaluationSettings) -> Void) throws -> Arm {
      var settings = settings
      change(&settings)
      return Arm(
        name: name, isControl: true,
        point: try Point(try Setting(describing: settings), defaults: EvaluationSettings()))
    }
    let tokens = point.full["memory.tokens"].map { ["tokens": $0] } ?? [:]
    return arms + [
      try control("none") {
        $0.memory = Spec("none")
        $0.gate = Spec("replied")
      },
      try control("oracle") {
        $0.memory = Spec("oracle", tokens)
        $0.gate = Spec("open")
      },
      try control("shuffled \(memory)") { $0.control = .shuffled },
    ]
  }
}
