import Basics

extension Sentences {
  /// Whether a line begins with a bullet or an item number: `- `, `• `, `(a) `, `2) `, `12. `,
  /// `3.1 Scope`. Nil when that has not arrived.
  static func opensItem(_ text: Span<UInt8>, at place: Int, isEnd: Bool) -> Bool? {
    guard let (first, width) = scalar(in: text, at: place) else { return isEnd ? false : nil }
    switch first {
    case 0x2A, 0x2D, 0x2022, 0x25CF, 0x25E6:  // * - • ● ◦
      guard place + width < text.count else { return isEnd ? false : nil }
      return text[place + width].isBlank
    case 0x28:  // (a) (12)
      return number(text, at: place + 1, inBrackets: true, isEnd: isEnd)
    case 0x30...0x39:
      return number(text, at: place, inBrackets: false, isEnd: isEnd)
    default: return false
    }
  }

  /// At most two digits a part, so that a year at the beginning of a wrapped line is not an item; a
  /// number in parts needs a capital behind it, so that `3.5 million` is not an item.
  private static func number(
    _ text: Span<UInt8>, at start: Int, inBrackets: Bool, isEnd: Bool
  ) -> Bool? {
    var place = start
    var parts = 0
    while parts < 5 {
      let part = place
      while place < text.count, place - part < 3, isDigit(text[place]) { place += 1 }
      if inBrackets, parts == 0, place == part, place < text.count, isLetter(text[place]) { place += 1 }
      guard place < text.count else { return isEnd ? false : nil }
      guard 1...2 ~= place - part else {
        return parts > 0 && place == part && text[place].isBlank  // `12. `
      }
      parts += 1
      switch text[place] {
      case 0x29:
        guard place + 1 < text.count else { return isEnd ? false : nil }
        return text[place + 1].isBlank
      case 0x2E where !inBrackets: place += 1
      case 0x20 where parts > 1 && !inBrackets:
        while place < text.count, text[place] == 0x20, place - part < 8 { place += 1 }
        guard place < text.count else { return isEnd ? false : nil }
        return isCapital(text[place])
      default: return false
      }
    }
    return false
  }
}
