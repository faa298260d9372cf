import Palimpsest

/// Makes sure that every conversation that was produced is learned from once, or is left out for a stated
/// reason.
///
/// A trajectory has as many rows as the reading has calls, so the number of rows changes from step to step.
/// Frameworks made for one row per trajectory have lost rows in silence; here a step stops with an error.
public struct RowLedger: Sendable {
  private var open: Set<CallID>
  /// Rows that were produced.
  public let produced: Int
  /// Rows that were learned from.
  public private(set) var trained = 0
  /// Rows that were left out, by reason.
  public private(set) var leftOut: [String: Int] = [:]

  /// - Throws: `LearningError.rows` where two rows have the same identity.
  public init(_ samples: [TrainingSample]) throws {
    open = Set(samples.map(\.call))
    produced = samples.count
    guard open.count == produced else {
      throw LearningError.rows(
        produced: produced, trained: 0, leftOut: 0,
        reason: "\(produced - open.count) of them have the identity of another; give each rollout its own number")
    }
  }

  /// Marks rows as learned from.
  ///
  /// - Throws: `LearningError.rows` for a row that was not produced, or was counted already.
  public mutating func train(_ samples: some Sequence<TrainingSample>) throws {
    for sample in samples {
      try take(sample)
      trained += 1
    }
  }

  /// Marks rows as left out.
  ///
  /// - Throws: `LearningError.rows` for a row that was not produced, or was counted already.
  public mutating func leaveOut(_ samples: some Sequence<TrainingSample>, because reason: String) throws {
    for sample in samples {
      try take(sample)
      leftOut[reason, default: 0] += 1
    }
  }

  /// - Throws: `LearningError.rows` where rows are neither learned from nor left out.
  public func close() throws {
    guard let some = open.min(by: { "\($0)" < "\($1)" }) else { return }
    throw failure("\(open.count) are missing, among them \(some)")
  }

  private mutating func take(_ sample: TrainingSample) throws {
    guard open.remove(sample.call) != nil else {
      throw failure("\(sample.call) was not produced, or comes twice")
    }
  }

  private func failure(_ reason: String) -> LearningError {
    .rows(produced: produced, trained: trained, leftOut: leftOut.values.reduce(0, +), reason: reason)
  }
}

/// Rows cut into nearly equal parts, in their order or shuffled: the minibatches of one step of rollouts. The
/// first parts have one row more where they do not divide evenly.
///
/// - Parameter shuffled: a seed and the number of the step; nil keeps the order.
/// - Precondition: at least one part.
public func minibatches<Row>(
  _ rows: [Row], parts: Int, shuffled: (seed: UInt64, step: Int)? = nil
) -> [[Row]] {
  precondition(parts > 0, "\(parts) minibatches")
  var rows = rows
  if let shuffled {
    var random = SeededGenerator(seed: shuffled.seed, step: shuffled.step, purpose: "minibatches")
    rows.shuffle(using: &random)
  }
  let (least, more) = rows.count.quotientAndRemainder(dividingBy: parts)
  var start = 0
  return (0..<parts).map { part in
    let count = least + (part < more ? 1 : 0)
    defer { start += count }
    return Array(rows[start..<(start + count)])
  }
}
