import Palimpsest

/// Chooses the groups of a step: all, or those with a signal, with or without a refill.
///
///     var selection = GroupSelection(.refill, wanted: 512, rounds: 10)
///     while selection.isOpen { selection.add(try await rollouts(), rule.advantages) }
///
/// Source: dynamic sampling of DAPO (arXiv:2503.14476), which refills, in at most ten rounds. The released
/// code of MemAgent can drop groups and does not refill.
public struct GroupSelection: Sendable {
  /// Which groups are learned from.
  public enum Rule: String, Choice {
    /// All of them.
    case all
    /// Those with a signal; the step is smaller where some have none.
    case drop
    /// Those with a signal; more are generated until there are enough.
    case refill
  }

  /// Which groups are learned from.
  public let rule: Rule
  /// Groups of a step.
  public let wanted: Int
  /// The most rounds of generation.
  public let rounds: Int
  /// The chosen groups, in the order in which they came.
  public private(set) var groups: [RolloutGroup] = []
  /// Groups without a signal.
  public private(set) var dropped = 0
  /// Groups with a signal that came when there were enough.
  public private(set) var surplus = 0
  /// Rounds of generation so far.
  public private(set) var round = 0

  /// - Parameter rounds: for `refill`; the other rules take one round.
  public init(_ rule: Rule, wanted: Int, rounds: Int = 10) {
    self.rule = rule
    self.wanted = wanted
    self.rounds = rule == .refill ? rounds : 1
  }

  /// Whether another round of generation is wanted.
  public var isOpen: Bool { round < rounds && groups.count < wanted }

  /// Takes the groups of one round.
  public mutating func add(_ generated: [RolloutGroup], _ advantages: GroupAdvantages) {
    round += 1
    for group in generated {
      if rule != .all, !group.hasSignal(advantages) {
        dropped += 1
      } else if groups.count < wanted {
        groups.append(group)
      } else {
        surplus += 1
      }
    }
  }
}
