import Basics

/// Finds pieces of text that repeat earlier ones, so that the held-out text does not stand in the training
/// text.
///
/// A piece is a repetition where more than half of its runs of eight words have stood in an earlier piece, case
/// and white space aside. A piece of fewer words never is.
///
/// Source: near-duplicates as in arXiv:2107.06499, with the runs themselves instead of their hashes' minima.
struct Repetition: Sendable {
  static let run = 8

  private var seen: Set<UInt64> = []

  /// Whether the piece is a repetition; it is remembered.
  mutating func has(_ piece: some StringProtocol) -> Bool {
    let runs = Self.runs(of: piece)
    let known = runs.count { seen.contains($0) }
    seen.formUnion(runs)
    return 2 * known > runs.count
  }

  /// The share of a text's runs that have stood in an earlier piece; nil where it has none.
  func share(of text: some StringProtocol) -> Double? {
    let runs = Self.runs(of: text)
    return runs.isEmpty ? nil : Double(runs.count { seen.contains($0) }) / Double(runs.count)
  }

  /// A hash of each run of words (FNV-1a), the same in every process.
  private static func runs(of text: some StringProtocol) -> [UInt64] {
    let words = text.split(whereSeparator: \.isWhitespace).map { Array($0.lowercased().utf8) }
    guard words.count >= run else { return [] }
    return (0...(words.count - run)).map { start in
      var hash = FNV1a()
      for word in words[start..<(start + run)] {
        for byte in word { hash.mix(byte) }
        hash.mix(0x20 as UInt8)
      }
      return hash.hash
    }
  }
}
