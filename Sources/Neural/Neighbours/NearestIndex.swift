import Tensors

/// Keys that are searched exactly up to a number of them, and by an inverted file above it.
///
/// An inverted file takes some seconds to build, so it is for keys that are searched more often than they change, such as
/// a datastore. Keys that change between two searches are searched exactly, at any number.
public enum NearestIndex: Sendable {
  /// Every key is compared.
  case exact(Keys)
  /// The keys of some cells are.
  case cells(CellIndex, probes: Int)

  /// - Parameters:
  ///   - tensor: [count, width].
  ///   - format: how keys are stored.
  ///   - limit: up to so many keys the search is exact.
  ///   - probes: cells that a query searches above it.
  ///   - seed: of the cells.
  /// - Throws: `NeighbourError` for another shape, or for a key that is not finite.
  public init(
    _ tensor: Tensor, as format: Keys.Format = .float32, exactUpTo limit: Int = 200_000,
    probes: Int = CellIndex.defaultProbes, seed: UInt64 = 1
  ) throws {
    if tensor.shape.first ?? 0 > limit {
      self = .cells(try CellIndex(tensor, as: format, seed: seed), probes: probes)
    } else {
      self = .exact(try Keys(tensor, as: format))
    }
  }

  /// The keys with the largest inner products, for each query.
  ///
  /// - Throws: `NeighbourError` for queries of another shape, or that are not finite.
  public func nearest(_ count: Int, to queries: Tensor) throws -> [[Neighbour]] {
    switch self {
    case .exact(let keys): try keys.nearest(count, to: queries)
    case .cells(let index, let probes): try index.nearest(count, to: queries, probes: probes)
    }
  }
}
