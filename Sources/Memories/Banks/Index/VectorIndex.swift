import Palimpsest

/// A vector for each text, in one contiguous table: exact nearest neighbours by a product with every row.
///
/// Deleting swaps the last row in. A row is made of its text alone, so it never lags behind.
public struct VectorIndex: Sendable {
  public let embedder: any Embedder
  private var table: [Float] = []
  private var rows: [Int: Int] = [:]
  private var ids: [Int] = []

  /// - Parameter embedder: makes the vectors.
  public init(_ embedder: any Embedder) { self.embedder = embedder }

  /// The number of rows.
  public var count: Int { ids.count }

  /// Adds the vector of a text, in the place of what had its id.
  public mutating func put(_ id: Int, _ text: String) {
    let vector = embedder.passage(text)
    if let row = rows[id] {
      table.replaceSubrange(row * embedder.width..<(row + 1) * embedder.width, with: vector)
    } else {
      rows[id] = ids.count
      ids.append(id)
      table += vector
    }
  }

  /// Takes a row out; nothing where there is none.
  public mutating func remove(_ id: Int) {
    guard let row = rows.removeValue(forKey: id), let last = ids.popLast() else { return }
    let width = embedder.width
    if last != id {
      table.replaceSubrange(row * width..<(row + 1) * width, with: table[(table.count - width)...])
      ids[row] = last
      rows[last] = row
    }
    table.removeLast(width)
  }

  /// The row of an id; nil where there is none.
  public subscript(id: Int) -> [Float]? {
    rows[id].map { Array(table[$0 * embedder.width..<($0 + 1) * embedder.width]) }
  }

  /// The product of a vector with every row, by id: the cosine, as all have length 1.
  public func scores(for vector: [Float]) -> [Int: Double] {
    let width = embedder.width
    guard vector.count == width else { return [:] }
    var scores = [Int: Double](minimumCapacity: ids.count)
    table.withUnsafeBufferPointer { table in
      vector.withUnsafeBufferPointer { vector in
        for (row, id) in ids.enumerated() {
          // Sixteen sums side by side; the width is a multiple.
          var sums = SIMD16<Float>(repeating: 0)
          var place = row * width
          for start in stride(from: 0, to: width, by: 16) {
            var (a, b) = (SIMD16<Float>(), SIMD16<Float>())
            for lane in 0..<16 {
              a[lane] = table[place + lane]
              b[lane] = vector[start + lane]
            }
            sums += a * b
            place += 16
          }
          scores[id] = Double(sums.sum())
        }
      }
    }
    return scores
  }
}
