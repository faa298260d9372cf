import CKernels
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Key vectors of one width that are searched by inner product.
///
///     let keys = try Keys(vectors, as: .bfloat16)          // [100 000, 128]
///     let found = try keys.nearest(16, to: queries)        // [64, 128] → 64 lists of 16
///
/// Keys are stored as 32-bit floats, as bf16, or as bytes with a scale per 64 or 128 columns. A search is exact for the keys
/// as they are stored: queries are never rounded. The result does not depend on the number of threads or on how many
/// queries are searched at once, up to the last bits of a score between up to 16 queries and more.
public struct Keys: Sendable {
  /// How a key is stored.
  public enum Format: String, Sendable, CaseIterable {
    case float32, bfloat16, int8
  }

  /// Keys there are.
  public let count: Int
  /// Numbers of a key.
  public let width: Int
  /// How each is stored.
  public let format: Format
  /// The largest magnitude of all keys.
  let largest: Float
  private let place: Place

  /// Copies keys into the format.
  ///
  /// - Parameter tensor: [count, width].
  /// - Throws: `NeighbourError` for another shape, or for a key with a number that is not finite.
  public init(_ tensor: Tensor, as format: Format = .float32) throws {
    guard tensor.shape.count == 2, tensor.shape[1] > 0 else {
      throw NeighbourError.shape(what: "keys", found: tensor.shape, width: nil)
    }
    let (count, width) = (tensor.shape[0], tensor.shape[1])
    largest = try tensor.withScalars { scalars in
      guard let start = scalars.baseAddress else { return 0 }
      return try largestMagnitude(start, rows: count, width: width, of: "keys")
    }
    (self.count, self.width, self.format) = (count, width, format)
    let group = Keys.group(of: width), groups = (width + group - 1) / group
    let bytes =
      switch format {
      case .float32: 4 * count * width
      case .bfloat16: 2 * count * width
      case .int8: count * groups * group
      }
    place = Place(bytes: bytes, scales: format == .int8 ? count * groups : 0)
    let place = place
    tensor.withScalars { scalars in
      guard let start = scalars.baseAddress else { return }
      parallel(count, grain: 1024) { part in
        let from = start + part.lowerBound * width
        switch format {
        case .float32: memcpy(place.rows + 4 * part.lowerBound * width, from, 4 * part.count * width)
        case .bfloat16:
          let to = (place.rows + 2 * part.lowerBound * width).assumingMemoryBound(to: UInt16.self)
          pk_round_bf16(from, to, part.count * width)
        case .int8:
          for row in part {
            let to = (place.rows + row * groups * group).assumingMemoryBound(to: Int8.self)
            pk_quantise_row(start + row * width, to, place.scales + row * groups, width, group)
          }
        }
      }
    }
  }

  /// Bytes that the keys take, with their scales.
  public var bytes: Int { place.bytes }

  /// Columns that share a scale.
  private static func group(of width: Int) -> Int { width <= 64 ? 64 : 128 }

  /// The rows of a range as kernels know them, for as long as the keys are kept.
  private func weights(from first: Int) -> pk_weights {
    switch format {
    case .float32:
      return pk_weights(
        kind: PK_F32, rows: place.rows + 4 * first * width, scales: nil, columns: width, stride: width, group: 0,
        groups: 0)
    case .bfloat16:
      return pk_weights(
        kind: PK_BF16, rows: place.rows + 2 * first * width, scales: nil, columns: width, stride: width, group: 0,
        groups: 0)
    case .int8:
      let group = Keys.group(of: width), groups = (width + group - 1) / group
      return pk_weights(
        kind: PK_INT8, rows: place.rows + first * groups * group, scales: place.scales + first * groups,
        columns: width, stride: groups * group, group: group, groups: groups)
    }
  }

  /// Memory for keys, written once before it is shared.
  private final class Place: @unchecked Sendable {
    let rows: UnsafeMutableRawPointer
    let scales: UnsafeMutablePointer<Float>
    let bytes: Int

    init(bytes: Int, scales count: Int) {
      // Kernels may read a vector beyond the last row.
      let start = (bytes + 63) / 64 * 64, size = start + 4 * count + 64
      var memory: UnsafeMutableRawPointer?
      let large = 1 << 21
      let refusal = posix_memalign(&memory, size < 2 * large ? 64 : large, size)
      guard refusal == 0, let memory else { fatalError("the system gives no \(size) bytes for keys: error \(refusal)") }
      #if os(Linux)
        // Keys are read straight through: with small pages the addresses take as long as the numbers.
        if size >= 2 * large { madvise(memory, size, MADV_HUGEPAGE) }
      #endif
      rows = memory
      scales = (rows + start).bindMemory(to: Float.self, capacity: count)
      self.bytes = bytes + 4 * count
    }

    deinit { free(rows) }
  }
}

extension Keys {
  /// Queries that are searched at once: their scores for a block of keys stay in the second cache.
  private static let together = 64

  /// The keys with the largest inner products, for each query.
  ///
  /// - Parameters:
  ///   - count: keys per query; fewer where there are fewer keys.
  ///   - queries: [m, width].
  ///   - rows: the part of the keys that is searched; nil searches all.
  /// - Returns: a list per query, the largest score first; equal scores by index.
  /// - Throws: `NeighbourError` for queries of another shape, or that are not finite.
  public func nearest(_ count: Int, to queries: Tensor, in rows: Range<Int>? = nil) throws -> [[Neighbour]] {
    let rows = rows ?? 0..<self.count
    precondition(rows.lowerBound >= 0 && rows.upperBound <= self.count, "keys \(rows) of \(self.count)")
    guard queries.shape.count == 2, queries.shape[1] == width else {
      throw NeighbourError.shape(what: "queries", found: queries.shape, width: width)
    }
    let m = queries.shape[0]
    guard m > 0, count > 0, !rows.isEmpty else { return Array(repeating: [], count: m) }
    return try queries.withScalars { scalars in
      guard let start = scalars.baseAddress else { return [] }
      let most = try largestMagnitude(start, rows: m, width: width, of: "queries")
      guard largest * most * Float(width) < .greatestFiniteMagnitude else {
        throw NeighbourError.tooLarge(key: largest, query: most)
      }
      return stride(from: 0, to: m, by: Keys.together).flatMap { first in
        nearest(count, to: start + first * width, min(Keys.together, m - first), in: rows)
      }
    }
  }

  /// The same for up to `together` queries, which are known to be finite.
  private func nearest(
    _ count: Int, to queries: UnsafePointer<Float>, _ m: Int, in rows: Range<Int>
  ) -> [[Neighbour]] {
    // Long runs per thread: each run begins without a threshold.
    let block = Keys.block(m), pieces = min(Threads.count, (rows.count + block - 1) / block)
    let grain = ((rows.count + pieces - 1) / pieces + block - 1) / block * block
    let selections = [Selections](unsafeUninitializedCapacity: pieces) { places, filled in
      nonisolated(unsafe) let start = places.baseAddress
      prepared(queries, m) { prepared in
        parallel(pieces, scratch: m * block) { piece, scratch in
          let end = rows.lowerBound + min(rows.count, (piece + 1) * grain)
          var selections = Selections(m, count: count)
          for first in stride(from: rows.lowerBound + piece * grain, to: end, by: block) {
            let keys = first..<min(end, first + block)
            scores(of: keys, prepared, scratch, stride: block)
            for query in 0..<m { selections.take(scratch + query * block, keys.count, from: first, for: query) }
          }
          start.map { ($0 + piece).initialize(to: selections) }
        }
      }
      filled = pieces
    }
    return (0..<m).map { query in
      var all = selections[0].items[query]
      for other in selections.dropFirst() { all += other.items[query] }
      return Array(all.sorted(by: Neighbour.precedes).prefix(count))
    }
  }

  /// Keys whose scores are computed at a time.
  static func block(_ m: Int) -> Int { max(512, 8192 / m / 512 * 512) }

  /// Queries as the kernels take them.
  struct Prepared {
    let queries: UnsafePointer<Float>
    let m: Int
    /// Panels for many queries; nil where few are read as they are.
    let panels: UnsafePointer<Float>?
  }

  /// Lays out queries once for all blocks.
  func prepared<Result>(
    _ queries: UnsafePointer<Float>, _ m: Int, _ body: (Prepared) -> Result
  ) -> Result {
    guard m > StoredMatrix.fewest else { return body(Prepared(queries: queries, m: m, panels: nil)) }
    var weights = weights(from: 0)
    let size = pk_panel_size(Keys.variant, PK_PANEL_F32, &weights, m)
    let panels = UnsafeMutableRawPointer.allocate(byteCount: 4 * size + 64, alignment: 64)
    defer { panels.deallocate() }
    let floats = panels.bindMemory(to: Float.self, capacity: size)
    pk_panel_fill(Keys.variant, PK_PANEL_F32, &weights, queries, 0, m, floats)
    return body(Prepared(queries: queries, m: m, panels: floats))
  }

  /// scores[query * stride + key]: the inner products of a block of keys.
  func scores(
    of keys: Range<Int>, _ prepared: Prepared, _ scores: UnsafeMutablePointer<Float>, stride: Int
  ) {
    var weights = weights(from: keys.lowerBound)
    if let panels = prepared.panels {
      pk_product_panels(
        Keys.variant, PK_PANEL_F32, &weights, 0, keys.count, panels, prepared.m, scores, stride)
    } else {
      pk_product_rows(Keys.variant, &weights, 0, keys.count, prepared.queries, prepared.m, scores, stride)
    }
  }

  private static var variant: pk_variant { pk_variant(UInt32(ProductKernels.active.rawValue)) }
}

/// The largest magnitude of rows.
///
/// - Throws: `NeighbourError.notFinite` with the first row that has a number that is not finite.
func largestMagnitude(
  _ start: UnsafePointer<Float>, rows: Int, width: Int, of what: String
) throws -> Float {
  // The bits of magnitudes are in the order of the magnitudes; those of NaN are above infinity's.
  var largest: UInt32 = 0
  for index in 0..<(rows * width) { largest = max(largest, start[index].bitPattern & 0x7fff_ffff) }
  if largest >= Float.infinity.bitPattern {
    let place = (0..<(rows * width)).first { !start[$0].isFinite } ?? 0
    throw NeighbourError.notFinite(what: what, row: place / width)
  }
  return Float(bitPattern: largest)
}
