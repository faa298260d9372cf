import Palimpsest

/// One key that a search found.
public struct Neighbour: Sendable, Hashable {
  /// The row of the key.
  public var index: Int
  /// Inner product of query and key.
  public var score: Float

  /// - Parameter index: the row of the key.
  public init(index: Int, score: Float) {
    self.index = index
    self.score = score
  }

  /// The order of every result: the larger score first, and of equal scores the smaller index.
  @inlinable static func precedes(_ a: Neighbour, _ b: Neighbour) -> Bool {
    a.score > b.score || (a.score == b.score && a.index < b.index)
  }
}

/// Why keys cannot be searched.
public enum NeighbourError: Failure, Equatable {
  /// A key or query has a number that is not finite.
  case notFinite(what: String, row: Int)
  /// A tensor is not [count, width].
  case shape(what: String, found: [Int], width: Int?)
  /// Products of keys and queries this large can exceed the largest 32-bit float.
  case tooLarge(key: Float, query: Float)

  public var exitClass: ExitClass { .usage }

  public var description: String {
    switch self {
    case .notFinite(let what, let row):
      "row \(row) of the \(what) has a number that is not finite, so it is near to nothing; leave the row out, or correct "
        + "what made it"
    case .shape(let what, let found, let width):
      "\(what) of shape \(found) cannot be searched; they have the shape [count, \(width.map { "\($0)" } ?? "width")]"
    case .tooLarge(let key, let query):
      "keys up to \(key) and queries up to \(query) have inner products beyond 32-bit floats; normalise them first"
    }
  }
}
