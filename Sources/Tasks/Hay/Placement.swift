import Palimpsest

/// The part of a text in which the evidence stands.
public enum Placement: String, Choice {
  case uniform
  /// In the first fifth of the text.
  case first
  /// In the last fifth.
  case last
  /// Anywhere, but no two facts in the same stretch of `chunk` tokens.
  case onePerChunk

  /// Different units of a hay, in rising order.
  ///
  /// - Parameter stretches: into how many stretches `onePerChunk` divides the hay.
  func units(
    _ wanted: Int, of count: Int, stretches: Int, using generator: inout SeededGenerator
  ) -> [Int] {
    let range =
      switch self {
      case .uniform, .onePerChunk: 0..<count
      case .first: 0..<max(count / 5, min(wanted, count))
      case .last: min(count - count / 5, max(count - wanted, 0))..<count
      }
    if self == .onePerChunk, stretches >= wanted, count >= stretches {
      return distinct(wanted, of: 0..<stretches, using: &generator).map { stretch in
        Int.random(
          in: (stretch * count / stretches)..<((stretch + 1) * count / stretches), using: &generator)
      }
    }
    return distinct(wanted, of: range, using: &generator)
  }
}

/// Different numbers of a range, in rising order; with repetition only where the range is too small.
func distinct(_ wanted: Int, of range: Range<Int>, using generator: inout SeededGenerator) -> [Int] {
  guard wanted <= range.count else {
    return (0..<wanted).map { range.lowerBound + $0 % max(range.count, 1) }.sorted()
  }
  var taken: Set<Int> = []
  while taken.count < wanted { taken.insert(Int.random(in: range, using: &generator)) }
  return taken.sorted()
}

/// How questions of a generated task are numbered and counted.
func items(_ count: Int, _ question: @escaping @Sendable (Int) -> Question) -> any Sequence<Question> {
  (0..<count).lazy.map(question)
}
