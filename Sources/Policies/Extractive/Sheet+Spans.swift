/// A run of words that could be an answer.
struct AnswerSpan {
  enum Shape { case name, date, year, number, phrase }
  var words: Range<Int>
  /// Bytes of the sheet: with the marks that belong to it, such as a currency sign.
  var bytes: Range<Int>
  var shape: Shape
  /// Whether a dash joins it to a date before it: the end of a span of time.
  var endsPeriod = false
}

extension Sheet {
  /// All spans of a sentence that could answer anything, in the order of the text.
  func spans(in passage: Passage, besides inquiry: Inquiry) -> [AnswerSpan] {
    let names = names(in: passage.words)
    var spans = names.map { AnswerSpan(words: $0, bytes: bytes(of: $0), shape: .name) }
    spans += quoted(in: passage)
    spans += dates(in: passage.words)
    spans += numbers(in: passage.words)
    spans += phrases(in: passage.words, besides: inquiry)
    return spans
  }

  func bytes(of words: Range<Int>) -> Range<Int> {
    self.words[words.lowerBound].range.lowerBound..<self.words[words.upperBound - 1].range.upperBound
  }

  // MARK: dates and numbers

  /// `4 July 1776`, `July 4, 1776`, `July 1776`; and years alone.
  private func dates(in range: Range<Int>) -> [AnswerSpan] {
    var dates: [AnswerSpan] = []
    var index = range.lowerBound
    while index < range.upperBound {
      if Self.months[words[index].stem] >= 0, words[index].looks.contains(.capital) {
        var start = index
        var end = index + 1
        if start > range.lowerBound, isDay(start - 1) { start -= 1 }
        if start == index, end < range.upperBound, isDay(end) { end += 1 }
        if end < range.upperBound, isYear(end) { end += 1 }
        if end - start > 1 {
          let isEnd = followsDash(start)
          dates.append(
            AnswerSpan(words: start..<end, bytes: bytes(of: start..<end), shape: .date, endsPeriod: isEnd))
          if isYear(end - 1) {
            dates.append(
              AnswerSpan(
                words: end - 1..<end, bytes: bytes(of: end - 1..<end), shape: .year, endsPeriod: isEnd))
          }
          index = end
          continue
        }
      }
      if isYear(index) {
        dates.append(
          AnswerSpan(
            words: index..<index + 1, bytes: bytes(of: index..<index + 1), shape: .year,
            endsPeriod: followsDash(index)))
      }
      index += 1
    }
    return dates
  }

  private func numbers(in range: Range<Int>) -> [AnswerSpan] {
    var spans: [AnswerSpan] = []
    for index in range {
      let isDigits = words[index].looks.contains(.number)
      guard isDigits || Self.numerals[words[index].stem] >= 0 else { continue }
      if isDigits, isYear(index) { continue }
      var end = index + 1
      while end < range.upperBound, Self.magnitudes[words[end].stem] >= 0 { end += 1 }
      var place = bytes(of: index..<end)
      if place.lowerBound > 0, [UInt8(ascii: "$"), UInt8(ascii: "-")].contains(bytes[place.lowerBound - 1]) {
        place = place.lowerBound - 1..<place.upperBound
      } else if place.lowerBound > 1,
        [[0xC2, 0xA3], [0x82, 0xAC], [0xC2, 0xA5]].contains(
          Array(bytes[place.lowerBound - 2..<place.lowerBound]))
      {
        let width = bytes[place.lowerBound - 1] == 0xAC ? 3 : 2
        place = max(place.lowerBound - width, 0)..<place.upperBound
      }
      if place.upperBound < bytes.count, bytes[place.upperBound] == UInt8(ascii: "%") {
        place = place.lowerBound..<place.upperBound + 1
      }
      spans.append(AnswerSpan(words: index..<end, bytes: place, shape: .number))
    }
    return spans
  }

  func isYear(_ index: Int) -> Bool {
    let range = words[index].range
    guard words[index].looks.contains(.number), range.count == 4 else { return false }
    return bytes[range.lowerBound] == UInt8(ascii: "1") || bytes[range.lowerBound] == UInt8(ascii: "2")
      ? bytes[range].allSatisfy { (0x30...0x39).contains($0) } : false
  }

  /// Whether a dash and nothing else stands between a word and a number before it.
  private func followsDash(_ index: Int) -> Bool {
    guard index > 0, words[index - 1].looks.contains(.number) else { return false }
    let gap = bytes[Int(words[index - 1].end)..<Int(words[index].start)].filter { !isBlank($0) }
    return gap == [0x2D] || gap == [0xE2, 0x80, 0x93] || gap == [0xE2, 0x80, 0x94]
  }

  private func isDay(_ index: Int) -> Bool {
    words[index].looks.contains(.number) && words[index].range.count <= 2
  }

  /// The years of a passage, as numbers, in the order of the text.
  func years(in range: Range<Int>) -> [Int] {
    range.filter(isYear).compactMap { Int(String(decoding: bytes[words[$0].range], as: UTF8.self)) }
  }

  private static func table(_ words: String) -> StemTable {
    StemTable(words.split(whereSeparator: \.isWhitespace).map { (Stems.stem(String($0)), 1) })
  }

  static let months = table(
    "january february march april may june july august september october november december")
  static let numerals = table(
    """
    two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion dozen
    """)
  static let magnitudes = table("hundred thousand million billion trillion percent per cent dozen")

  // MARK: phrases

  /// What stands between quotation marks.
  private func quoted(in passage: Passage) -> [AnswerSpan] {
    var spans: [AnswerSpan] = []
    var open: Int?
    for index in passage.range where bytes[index] == UInt8(ascii: "\"") {
      guard let start = open else {
        open = index + 1
        continue
      }
      open = nil
      let inside = passage.words.filter { words[$0].range.lowerBound >= start && words[$0].range.upperBound <= index }
      guard let first = inside.first, let last = inside.last, inside.count <= 10 else { continue }
      spans.append(AnswerSpan(words: first..<last + 1, bytes: bytes(of: first..<last + 1), shape: .name))
    }
    return spans
  }

  /// Runs of words between function words, marks and the question's own terms: noun phrases, mostly.
  private func phrases(in range: Range<Int>, besides inquiry: Inquiry) -> [AnswerSpan] {
    var spans: [AnswerSpan] = []
    var start = range.lowerBound
    func close(_ end: Int) {
      guard end > start, end - start <= 5, bytes(of: start..<end).count > 2 else { return }
      if !words[start..<end].allSatisfy({ $0.looks.contains(.number) }) {
        spans.append(AnswerSpan(words: start..<end, bytes: bytes(of: start..<end), shape: .phrase))
      }
    }
    for index in range {
      let word = words[index]
      if word.looks.contains(.function) {
        close(index)
        start = index + 1
      } else if word.looks.contains(.afterMark), !isHyphenated(index) {
        close(index)
        start = index
      }
    }
    close(range.upperBound)
    return spans
  }

  private func isHyphenated(_ index: Int) -> Bool {
    index > 0 && words[index].start == words[index - 1].end + 1 && bytes[Int(words[index].start) - 1] == 0x2D
  }
}
