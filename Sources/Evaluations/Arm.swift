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
  /// What stands beside each reader.
  public enum Controls: Sendable {
    case none
    /// `none` answers from the question alone, `oracle` from the evidence within the same budget, `shuffled` from the
    /// memory that this reader made of another question's text.
    case usual
    /// The settings under which question answering is compared: `closed book` (the question alone), `oracle` (the
    /// evidence), `retrieval` (the sentences of the whole text that BM25 ranks highest). The last two have the reader's
    /// budget of tokens.
    case threeSettings
  }

  /// The arms of a point: the reader itself, and what stands beside it.
  static func arms(of point: Point<EvaluationSettings>, controls: Controls) throws -> [Arm] {
    let settings = point.settings
    let isShuffled = settings.control == .shuffled
    let memory = settings.memory.kind
    let arms = [Arm(name: isShuffled ? "shuffled \(memory)" : memory, isControl: isShuffled, point: point)]
    guard !isShuffled, !["none", "oracle"].contains(memory) else { return arms }

    func control(_ name: String, _ change: (inout EvaluationSettings) -> Void) throws -> Arm {
      var settings = settings
      change(&settings)
      return Arm(
        name: name, isControl: true,
        point: try Point(
          try Setting(describing: settings), ablation: point.ablation, defaults: EvaluationSettings()))
    }
    func holding(_ kind: String, named name: String) throws -> Arm {
      let tokens = point.full["memory.tokens"].map { ["tokens": $0] } ?? [:]
      return try control(name) {
        $0.memory = Spec(kind, tokens)
        $0.gate = Spec("open")
      }
    }
    func closedBook(named name: String) throws -> Arm {
      try control(name) {
        $0.memory = Spec("none")
        $0.gate = Spec("replied")
      }
    }
    switch controls {
    case .none: return arms
    case .usual:
      return arms + [
        try closedBook(named: "none"), try holding("oracle", named: "oracle"),
        try control("shuffled \(memory)") { $0.control = .shuffled },
      ]
    case .threeSettings:
      return arms + [
        try closedBook(named: "closed book"), try holding("oracle", named: "oracle"),
        try holding("bm25", named: "retrieval"),
      ]
    }
  }
}
