/// Korean syllables and the letters they are made of: the one composition that is arithmetic (The
/// Unicode Standard, section 3.12).
enum Hangul {
  private static let syllables: UInt32 = 0xAC00
  private static let leads: UInt32 = 0x1100
  private static let vowels: UInt32 = 0x1161
  /// One before the first trailing letter: 0 stands for none.
  private static let tails: UInt32 = 0x11A7
  private static let (leadCount, vowelCount, tailCount): (UInt32, UInt32, UInt32) = (19, 21, 28)

  /// The letters of a syllable; nil for any other scalar.
  static func parts(of value: UInt32) -> [UInt32]? {
    guard value >= syllables, value < syllables + leadCount * vowelCount * tailCount else { return nil }
    let index = value - syllables
    let tail = index % tailCount
    let parts = [leads + index / (vowelCount * tailCount), vowels + index / tailCount % vowelCount]
    return tail == 0 ? parts : parts + [tails + tail]
  }

  /// The syllable of a leading letter and a vowel, or of a syllable without a trailing letter and one.
  static func syllable(_ first: UInt32, _ second: UInt32) -> UInt32? {
    if first >= leads, first < leads + leadCount, second >= vowels, second < vowels + vowelCount {
      return syllables + ((first - leads) * vowelCount + second - vowels) * tailCount
    }
    guard first >= syllables, first < syllables + leadCount * vowelCount * tailCount,
      (first - syllables) % tailCount == 0, second > tails, second < tails + tailCount
    else { return nil }
    return first + second - tails
  }

  /// Whether a scalar may be the second of two that compose.
  static func isSecond(_ value: UInt32) -> Bool {
    value >= vowels && value < vowels + vowelCount || value > tails && value < tails + tailCount
  }
}
