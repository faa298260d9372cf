import Palimpsest

/// How the terms of single tokens become one loss.
///
/// Each conversation has a weight for its tokens, and the loss is the weighted sum over all tokens.
public enum Aggregation: String, Choice {
  /// The mean over all tokens of all conversations of all trajectories: 1/Σ|o_ij|. A long reply weighs more.
  /// Source: DAPO (arXiv:2503.14476); over conversations, MemAgent (arXiv:2507.02259), Eq. 5.
  case tokens
  /// The mean over conversations of the mean over their tokens. Source: GRPO (arXiv:2402.03300), where a
  /// trajectory is one conversation.
  case conversations
  /// The sum over tokens, divided by the number of trajectories: the unbiased gradient of the mean reward.
  /// Source: REINFORCE; Dr. GRPO (arXiv:2503.20783).
  case trajectories

  /// The weight of each token of each row. Under `tokens` and `conversations` the weights of all tokens add
  /// up to 1. Rows without tokens have weight 0 and do not count.
  public func weights(of rows: [ObjectiveRow]) -> [Double] {
    let full = rows.filter { !$0.old.isEmpty }
    switch self {
    case .tokens:
      let all = full.reduce(0) { $0 + $1.old.count }
      return rows.map { $0.old.isEmpty ? 0 : 1 / Double(all) }
    case .conversations:
      return rows.map { $0.old.isEmpty ? 0 : 1 / (Double(full.count) * Double($0.old.count)) }
    case .trajectories:
      let all = Set(full.map(\.trajectory)).count
      return rows.map { $0.old.isEmpty ? 0 : 1 / Double(all) }
    }
  }
}

/// The rows over which `Aggregation` takes its mean, where a step has several minibatches.
public enum AggregationScope: String, Choice {
  /// All rows of the step, as the formula has it: the mean of the minibatches' losses is the loss of all rows,
  /// in whatever order they are cut.
  case step
  /// The rows of the minibatch, as released code has it: a token of a minibatch with few tokens weighs more.
  case minibatch
}
