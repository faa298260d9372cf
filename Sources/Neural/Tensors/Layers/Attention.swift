import CKernels

/// One sequence of a batch of attentions: its rows of queries, and the rows that they see.
///
/// Rows are named by their place in the tensors of queries, keys and values, so that sequences of
/// different lengths, prefixes that several share, and caches with gaps are one batch.
public struct AttentionSequence: Sendable, Hashable {
  /// The rows of the queries.
  public var queries: Range<Int>
  /// The rows of its keys and values, run after run in the order of their positions. The queries stand
  /// at the last of these positions; each sees those up to its own.
  public var keys: [Range<Int>]
  /// The rows of the extra keys and values that every query sees, as if they stood before the first position.
  public var extra: [Range<Int>]

  /// Without extra rows it is plain causal attention.
  public init(queries: Range<Int>, keys: [Range<Int>], extra: [Range<Int>] = []) {
    self.queries = queries
    self.keys = keys
    self.extra = extra
  }

  var positions: Int { keys.reduce(0) { $0 + $1.count } }
}

/// Causal attention over heads that may share keys, without a matrix of all scores.
///
/// Query head h reads key head h / (H / G). Scores are q·k·scale, their softmax runs over the extra
/// rows and those of its own sequence together, block by block. With no extra rows it is plain attention,
/// bit for bit.
///
/// - Parameters:
///   - queries: [rows, H, d], already rotated.
///   - keys: [key rows, G, d], where H is a multiple of G.
///   - values: like the keys.
///   - extra: keys and values from outside the window (a memory), [extra rows, G, d] each.
///   - sequences: which queries see which keys. Queries of different sequences do not overlap; rows
///     of queries in no sequence give zeros.
///   - slidingWindow: how many positions back a query sees, itself included; nil is all.
///   - scale: 1/√d where nil.
/// - Returns: [rows, H, d].
///
/// Source: the block-wise softmax of FlashAttention (arXiv:2205.14135), backward by recomputation
/// (arXiv:2307.08691); extra rows as in MemLong (arXiv:2408.16967); grouped heads (arXiv:2305.13245).
public func attention(
  _ queries: Tensor, _ keys: Tensor, _ values: Tensor, extra: (keys: Tensor, values: Tensor)? = nil,
  sequences: [AttentionSequence], slidingWindow: Int? = nil, scale: Float? = nil
) -> Tensor {
  precondition(
    queries.shape.count == 3 && keys.shape.count == 3 && keys.shape == values.shape
      && queries.shape[2] == keys.shape[2],
    "queries of shape \(queries.shape), keys of shape \(keys.shape), values of shape \(values.shape)")
  precondition(
    extra.map { $0.keys.shape == $0.values.shape && $0.keys.shape.dropFirst() == keys.shape.dropFirst() } ?? true,
    "extra keys of shape \(extra?.keys.shape ?? []), values of \(extra?.values.shape ?? []) beside \(keys.shape)")
  let plan = AttentionPlan(
    rows: (queries.shape[0], keys.shape[0], extra?.keys.shape[0] ?? 0), heads: queries.shape[1],
    groups: keys.shape[1], width: queries.shape[2], sequences, slidingWindow, scale)
  let inputs = [queries, keys, values] + (extra.map { [$0.keys, $0.values] } ?? [])
  let constants = inputs.map(\.detached)
  @Sendable func sources<R>(_ body: (AttentionPlan.Sources) -> R) -> R {
    reading(constants) {
      body(
        AttentionPlan.Sources(
          queries: $0[0], keys: $0[1], values: $0[2], extraKeys: $0.count > 3 ? $0[3] : nil,
          extraValues: $0.count > 3 ? $0[4] : nil, strides: plan.ownStrides))
    }
  }
  let (value, logSums) = sources { plan.forward($0) }
  return value.recorded(from: inputs) { gradient in
    let slopes = constants.indices.map { index in
      index == 0 ? Tensor(shape: constants[0].shape) { _ in } : Tensor(zeros: constants[index].shape)
    }
    let bases = slopes.map(\.storage.base)
    sources {
      plan.backward(
        $0, value, logSums, gradient,
        to: AttentionPlan.Slopes(
          queries: bases[0], keys: bases[1], values: bases[2], extraKeys: bases.count > 3 ? bases[3] : nil,
          extraValues: bases.count > 3 ? bases[4] : nil, strides: plan.ownStrides))
    }
    return slopes
  }
}

/// The same over rows as a cache keeps them.
///
/// Extra rows are rounded to the format of the cache, so that a row that is recalled is the row that was read. Where
/// something is tracked they are not, and the cached rows are widened first.
public func attention(
  _ queries: Tensor, _ keys: RowBuffer, _ values: RowBuffer, extra: (keys: Tensor, values: Tensor)? = nil,
  sequences: [AttentionSequence], slidingWindow: Int? = nil, scale: Float? = nil
) -> Tensor {
  let format = keys.format
  let isTracked = queries.isTracked || extra.map { $0.keys.isTracked || $0.values.isTracked } ?? false
  if format == .float32 || isTracked {
    return attention(
      queries, keys.tensor, values.tensor, extra: extra, sequences: sequences, slidingWindow: slidingWindow,
      scale: scale)
  }
  precondition(
    queries.shape.count == 3 && queries.shape[2] == keys.width && keys.hasShape(of: values),
    "queries of shape \(queries.shape) over rows of \(keys.heads) heads of \(keys.width)")
  let others = extra.map { (keys: RowBuffer($0.keys, format: format), values: RowBuffer($0.values, format: format)) }
  precondition(
    others.map { $0.keys.hasShape(of: $0.values, rowsOf: keys) } ?? true,
    "extra keys of shape \(extra?.keys.shape ?? []) over rows of \(keys.heads) heads of \(keys.width)")
  let plan = AttentionPlan(
    rows: (queries.shape[0], keys.count, others?.keys.count ?? 0), heads: queries.shape[1], groups: keys.heads,
    width: keys.width, sequences, slidingWindow, scale, format: format)
  defer { withExtendedLifetime((keys, values, others)) {} }
  return reading(queries) {
    plan.forward(
      AttentionPlan.Sources(
        queries: $0, keys: keys.base, values: values.base, extraKeys: others?.keys.base,
        extraValues: others?.values.base, strides: plan.ownStrides)
    ).0
  }
}

/// The same for sequences of one length: [n, T, H, d] over [n, S, G, d], S ≥ T; the queries are the
/// last T positions.
public func attention(
  _ queries: Tensor, _ keys: Tensor, _ values: Tensor, slidingWindow: Int? = nil, scale: Float? = nil
) -> Tensor {
  precondition(
    queries.shape.count == 4 && keys.shape.count == 4 && queries.shape[0] == keys.shape[0],
    "queries of shape \(queries.shape) and keys of shape \(keys.shape)")
  let (n, t, s) = (queries.shape[0], queries.shape[1], keys.shape[1])
  let sequences = (0..<n).map {
    AttentionSequence(queries: ($0 * t)..<(($0 + 1) * t), keys: [($0 * s)..<(($0 + 1) * s)])
  }
  func rows(_ x: Tensor) -> Tensor { x.reshaped([x.shape[0] * x.shape[1]] + x.shape.dropFirst(2)) }
  return attention(
    rows(queries), rows(keys), rows(values), sequences: sequences, slidingWindow: slidingWindow, scale: scale
  )
  .reshaped(queries.shape)
}

/// Self-attention from one product: queries, keys and values side by side in each row, rotated on the way.
///
/// The same as cutting the rows apart, rotating queries and keys, and calling
/// `attention(_:_:_:extra:sequences:slidingWindow:scale:)`, without the copies.
///
/// - Parameters:
///   - joined: [rows, H + 2·G, d]: H query heads, G key heads, G value heads.
///   - heads: H.
///   - rotation: one row of angles per row; nil rotates nothing.
///   - sequences: queries and keys name rows of `joined`.
/// - Returns: [rows, H, d].
public func attention(
  joined: Tensor, heads: Int, rotation: Rotation? = nil, sequences: [AttentionSequence], slidingWindow: Int? = nil,
  scale: Float? = nil
) -> Tensor {
  precondition(
    joined.shape.count == 3 && joined.shape[1] > heads && (joined.shape[1] - heads) % 2 == 0,
    "\(heads) query heads of joined rows of shape \(joined.shape)")
  let (rows, width) = (joined.shape[0], joined.shape[2])
  let groups = (joined.shape[1] - heads) / 2
  precondition(
    rotation.map { $0.cosines.shape[0] == rows && 2 * $0.cosines.shape[1] <= width } ?? true,
    "angles of shape \(rotation?.cosines.shape ?? []) for joined rows of shape \(joined.shape)")
  let (stride, turnedHeads) = (joined.shape[1] * width, heads + groups)
  let turnedStride = rotation == nil ? stride : turnedHeads * width
  // Rotated queries and keys are kept for the backward pass; values are read in place.
  let constant = joined.detached
  let turned =
    rotation.map { rotation in
      Tensor(shape: [rows, turnedHeads, width]) { y in
        reading(constant) {
          rotation.turn($0, stride, y, turnedStride, heads: turnedHeads, width: width, sign: 1)
        }
      }
    } ?? constant
  let plan = AttentionPlan(
    rows: (rows, rows, 0), heads: heads, groups: groups, width: width, sequences, slidingWindow,
    scale)
  @Sendable func sources<R>(_ body: (AttentionPlan.Sources) -> R) -> R {
    reading(turned, constant) {
      body(
        AttentionPlan.Sources(
          queries: $0, keys: $0 + heads * width, values: $1 + turnedHeads * width,
          strides: .init(queries: turnedStride, keys: turnedStride, values: stride)))
    }
  }
  let (value, logSums) = sources { plan.forward($0) }
  return value.recorded(from: joined) { gradient in
    let slope = Tensor(zeros: constant.shape)
    let base = slope.storage.base
    sources {
      plan.backward(
        $0, value, logSums, gradient,
        to: AttentionPlan.Slopes(
          queries: base, keys: base + heads * width, values: base + turnedHeads * width,
          strides: .init(queries: stride, keys: stride, values: stride)))
    }
    rotation?.turn(base, stride, base, stride, heads: turnedHeads, width: width, sign: -1)
    return slope
  }
}
