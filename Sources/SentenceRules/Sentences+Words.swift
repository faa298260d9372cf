import Basics

extension Sentences {
  /// Whether a period belongs to the word before it and ends no sentence; nil when the next word
  /// decides and has not arrived.
  static func belongsToWord(
    _ text: Span<UInt8>, start: Int, period: Int, next: Follower, isEnd: Bool
  ) -> Bool? {
    let word = wordStart(in: text, before: period, from: start)
    let length = period - word
    guard 1...longest ~= length else { return false }

    if numbersItem(text, start: start, word: word, period: period) { return true }
    if (word..<period).contains(where: { text[$0] == 0x2E }) {
      guard isLettered(text, word..<period) else { return false }
      if [Word("e.g"), Word("i.e")].contains(Word(text, word..<period)) { return true }
      if next.isDigit { return true }
      return opensSentence(text, at: next.place, isEnd: isEnd).map(!)
    }
    if isInitial(text, word..<period) {
      if length == 1, text[word] == UInt8(ascii: "I"), followsSmallWord(text, word, from: start) {
        return false  // the pronoun
      }
      return opensSentence(text, at: next.place, isEnd: isEnd).map(!)
    }
    guard let kind = Abbreviation(Word(text, word..<period), isCapital: isCapital(text[word])) else {
      return false
    }
    switch kind {
    case .always: return true
    case .numbered: return next.isDigit ? true : isRoman(text, from: next.place, isEnd: isEnd)
    case .mayEnd: return next.isDigit ? true : opensSentence(text, at: next.place, isEnd: isEnd).map(!)
    }
  }

  /// Abbreviations are short: a longer word is none.
  private static let longest = 16

  /// Letters, digits, periods and apostrophes before a period, as far back as an abbreviation goes.
  private static func wordStart(in text: Span<UInt8>, before period: Int, from start: Int) -> Int {
    var place = period
    while place > start, period - place <= longest {
      let byte = text[place - 1]
      if isLetter(byte) || isDigit(byte) || byte == 0x2E {
        place -= 1
      } else if byte & 0xC0 == 0x80, place - 2 >= start, 0xC3...0xDF ~= text[place - 2] {
        place -= 2
      } else {
        break
      }
    }
    return place
  }

  /// `U.S`, `Ph.D`, `a.m`: parts of one or two letters, no digit.
  private static func isLettered(_ text: Span<UInt8>, _ word: Range<Int>) -> Bool {
    var part = 0
    for index in word {
      if text[index] == 0x2E {
        guard 1...2 ~= part else { return false }
        part = 0
      } else {
        guard isLetter(text[index]) else { return false }
        part += 1
      }
    }
    return 1...2 ~= part
  }

  /// One capital letter.
  private static func isInitial(_ text: Span<UInt8>, _ word: Range<Int>) -> Bool {
    if word.count == 1 { return isCapital(text[word.lowerBound]) }
    guard let letter = scalar(in: text, at: word.lowerBound), letter.width == word.count else { return false }
    return Unicode.Scalar(letter.value)?.properties.isUppercase ?? false
  }

  private static func followsSmallWord(_ text: Span<UInt8>, _ word: Int, from start: Int) -> Bool {
    var place = word
    while place > start, text[place - 1].isBlank { place -= 1 }
    let end = place
    while place > start, isLetter(text[place - 1]), end - place < 16 { place -= 1 }
    return place < end && !isCapital(text[place])
  }

  /// Whether the word numbers what follows: the first of its sentence (`1.`, `B.`, `IV.`), or the
  /// second behind one like `Chapter`.
  private static func numbersItem(_ text: Span<UInt8>, start: Int, word: Int, period: Int) -> Bool {
    guard word - start < 16 else { return false }
    guard
      (word..<period).allSatisfy({ isDigit(text[$0]) || text[$0] == 0x2E })
        || period - word == 1 && isLetter(text[word]) || isRoman(text, word..<period)
    else { return false }
    var end = word
    while end > start, text[end - 1].isBlank { end -= 1 }
    if end == start || end == start + 1 && text[start] == 0x28 { return true }
    guard (start..<end).allSatisfy({ isLetter(text[$0]) }) else { return false }
    return Word.divisions.contains(Word(text, start..<end))
  }

  private static func isRoman(_ text: Span<UInt8>, _ word: Range<Int>) -> Bool {
    1...8 ~= word.count && word.allSatisfy { [0x49, 0x56, 0x58, 0x4C, 0x43].contains(text[$0]) }  // IVXLC
  }

  /// Whether the next word is a Roman numeral. `I` is taken for the pronoun.
  private static func isRoman(_ text: Span<UInt8>, from place: Int, isEnd: Bool) -> Bool? {
    guard let end = nextWordEnd(in: text, from: place, isEnd: isEnd) else { return nil }
    if end - place == 1, text[place] == UInt8(ascii: "I") { return false }
    return isRoman(text, place..<end)
  }

  /// Whether the next word is one that opens sentences.
  private static func opensSentence(_ text: Span<UInt8>, at place: Int, isEnd: Bool) -> Bool? {
    guard let end = nextWordEnd(in: text, from: place, isEnd: isEnd) else { return nil }
    guard 1...Word.capacity ~= end - place, isCapital(text[place]) else { return false }
    // `J. A. Smith`: a single letter with a period is an initial.
    if end < text.count, text[end] == 0x2E, end - place == 1 { return false }
    return Word.openers.contains(Word(text, place..<end))
  }

  /// The end of the letters from a place on, as far as a listed word is long and one further; nil
  /// when they have not all arrived.
  private static func nextWordEnd(in text: Span<UInt8>, from place: Int, isEnd: Bool) -> Int? {
    var end = place
    while end < text.count, end - place <= Word.capacity, isLetter(text[end]) { end += 1 }
    return end == text.count && !isEnd ? nil : end
  }
}
