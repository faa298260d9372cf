import CKernels

/// One sequence of a batch of attentions: which rows ask, and which rows they see.
///
/// Rows are named by their place in the tensors of queries, keys and values, so that sequences of
/// different lengths, prefixes that several share, and caches with gaps are one batch.
public struct AttentionSequence: Sendable, Hashable {
  /// The rows of the queries.
  public var queries: Range<Int>
  /// The rows of its keys and values, run after run in the order of their positions. The queries stand
  /// at the last of these positions; each sees those up to its own.
  public var keys: [Range<Int>]
  /// The rows of the extra keys and values that every query sees, as if they stood before the window.
  public var extra: [Range<Int>]

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
/// rows and those of the window together, block by block. With no extra rows it is plain attention,
/// bit for bit.
///
/// - Parameters:
///   - queries: [rows, H, d], already rotated.
///   - keys: [key rows, G, d], H a multiple of G.
///   - values: like the keys.
///   - extra: keys and values that come from elsewhere (a memory), [extra rows, G, d] each.
///   - sequences: who sees what. Queries of different sequences do not overlap; rows of queries in no
///     sequence give zeros.
///   - window: how many positions back a query sees, itself included; nil is all.
///   - scale: 1/√d where nil.
/// - Returns: [rows, H, d].
///
/// Source: the block-wise softmax of FlashAttention (arXiv:2205.14135), backward by recomputation
/// (arXiv:2307.08691); extra rows as in MemLong (arXiv:2408.16967); grouped heads (arXiv:2305.13245).
public func attention(
  _ queries: Tensor, _ keys: Tensor, _ values: Tensor, extra: (keys: Tensor, values: Tensor)? = nil,
  sequences: [AttentionSequence], window: Int? = nil, scale: Float? = nil
) -> Tensor {
  let plan = AttentionPlan(queries, keys, values, extra, sequences, window, scale)
  let (queriesOnly, keysOnly, valuesOnly) = (queries.detached, keys.detached, values.detached)
  let extraOnly = extra.map { (keys: $0.keys.detached, values: $0.values.detached) }
  let (value, logSums) = plan.forward(queriesOnly, keysOnly, valuesOnly, extraOnly)
  let inputs = [queries, keys, values] + (extra.map { [$0.keys, $0.values] } ?? [])
  return value.recorded(from: inputs) { gradient in
    plan.backward(queriesOnly, keysOnly, valuesOnly, extraOnly, value, logSums, gradient)
  }
}

/// The same for sequences of one length: [n, T, H, d] over [n, S, G, d], S ≥ T; the queries are the
/// last T positions.
public func attention(
  _ queries: Tensor, _ keys: Tensor, _ values: Tensor, window: Int? = nil, scale: Float? = nil
) -> Tensor {
  precondition(
    queries.shape.count == 4 && keys.shape.count == 4 && queries.shape[0] == keys.shape[0],
    "queries of shape \(queries.shape) and keys of shape \(keys.shape)")
  let (n, t, s) = (queries.shape[0], queries.shape[1], keys.shape[1])
  let sequences = (0..<n).map {
    AttentionSequence(queries: ($0 * t)..<(($0 + 1) * t), keys: [($0 * s)..<(($0 + 1) * s)])
  }
  func rows(_ x: Tensor) -> Tensor { x.reshaped([x.shape[0] * x.shape[1]] + x.shape.dropFirst(2)) }
  return attention(rows(queries), rows(keys), rows(values), sequences: sequences, window: window, scale: scale)
    .reshaped(queries.shape)
}
