import Palimpsest

/// The words of a text that say what it is about: letters only, small, without the most frequent
/// words of English, cut to six letters so that most endings fall away. CJK characters are words.
enum Terms {
  /// Calls with each term's number; different terms have different numbers up to hash collisions of
  /// 64 bits.
  static func forEach(in text: Span<UInt8>, _ range: Range<Int>, _ body: (UInt64) -> Void) {
    var place = range.lowerBound
    while place < range.upperBound {
      let byte = text[place]
      if isLetter(byte) {
        var term: UInt64 = 0
        var count = 0
        while place < range.upperBound, isLetter(text[place]) {
          if count < 6 { term = term << 8 | UInt64(small(text[place])) }
          count += 1
          place += 1
        }
        if count > 2, !(count <= 6 && frequent.contains(term)) { body(term) }
      } else if byte >= 0xE3, byte < 0xF0, place + 2 < range.upperBound {
        body(UInt64(byte) << 16 | UInt64(text[place + 1]) << 8 | UInt64(text[place + 2]) | 1 << 63)
        place += 3
      } else {
        place += 1
      }
    }
  }

  /// ASCII letters, and the bytes of two-byte scalars, most of which are letters.
  private static func isLetter(_ byte: UInt8) -> Bool { 0x61...0x7A ~= byte | 0x20 || 0x80...0xDF ~= byte }
  private static func small(_ byte: UInt8) -> UInt8 { 0x41...0x5A ~= byte ? byte | 0x20 : byte }

  private static let frequent: Set<UInt64> = Set(
    """
    the and that for with was were are not but his her him she they them their this these those from have has had \
    which you your all one who what when where will would there then than been upon into out our its can could did \
    some more most such may any only how now also about over other after before being while said shall should must \
    very much each well own here just like same two many between both through again even first still made make
    """.split(separator: " ").filter { $0.count <= 6 }.map { $0.utf8.reduce(0) { $0 << 8 | UInt64($1) } })
}
