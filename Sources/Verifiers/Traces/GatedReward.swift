/// GRU-Mem's rewards as functions of plain values; the verifiers of traces and the trainers of small models
/// use the same ones.
///
/// Source: GRU-Mem (arXiv:2602.10560), Eq. 8 to 11.
public enum GatedReward {
  /// When a reading ended, against the chunk in which the evidence ends.
  public enum Timing: String, Sendable, CaseIterable {
    case early, exact, late

    /// - Parameters:
    ///   - exit: the chunk at which reading ended; the last one where the gate never opened.
    ///   - evidence: the last chunk that holds evidence.
    public init(exit: Int, evidence: Int) {
      self = exit < evidence ? .early : exit == evidence ? .exact : .late
    }
  }

  /// r_t^update: 1 where the update gate was open exactly if the chunk holds evidence, else −1.
  public static func update(isOpen: Bool, holdsEvidence: Bool) -> Double { isOpen == holdsEvidence ? 1 : -1 }

  /// r^exit: −0.75 early, 0 exact, −0.5 late; the distance does not count.
  public static func exit(_ timing: Timing) -> Double {
    switch timing {
    case .early: -0.75
    case .exact: 0
    case .late: -0.5
    }
  }

  /// r^format: 1 where every turn is well-formed, else 0.
  public static func format(_ turns: some Sequence<Bool>) -> Double { turns.allSatisfy(\.self) ? 1 : 0 }

  /// r^traj: the sum, with unit weights.
  public static func trajectory(outcome: Double, exit: Double, format: Double) -> Double { outcome + exit + format }

  /// DAPO's soft penalty of a long reply (arXiv:2503.14476, Eq. 13): 0 up to `limit − buffer` tokens, then
  /// falling linearly to −1 at `limit`, and −1 beyond.
  public static func overlong(tokens: Int, limit: Int, buffer: Int) -> Double {
    let excess = tokens - (limit - buffer)
    if excess <= 0 { return 0 }
    return excess >= buffer ? -1 : -Double(excess) / Double(buffer)
  }
}
