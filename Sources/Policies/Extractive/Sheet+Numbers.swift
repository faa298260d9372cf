import Basics

extension Sheet {
  /// `4 July 1776`, `July 4, 1776`, `July 1776`; and years alone.
  func dates(in range: Range<Int>) -> [AnswerSpan] {
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
      if isYear(index) || isDecade(index) {
        dates.append(
          AnswerSpan(
            words: index..<index + 1, bytes: bytes(of: index..<index + 1), shape: .year,
            endsPeriod: followsDash(index)))
      }
      index += 1
    }
    return dates
  }

  func numbers(in range: Range<Int>) -> [AnswerSpan] {
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
      spans += measures(index..<end, place, in: range)
    }
    return spans
  }

  /// `72 minutes`, `30 baseball teams`: a number and what is counted.
  private func measures(_ number: Range<Int>, _ place: Range<Int>, in range: Range<Int>) -> [AnswerSpan] {
    var spans: [AnswerSpan] = []
    var end = number.upperBound
    while end < range.upperBound, end < number.upperBound + 4 {
      let looks = words[end].looks
      guard looks.isDisjoint(with: [.function, .number]), !looks.contains(.afterMark) || isJoined(end) else { break }
      end += 1
      let bytes = place.lowerBound..<words[end - 1].range.upperBound
      spans.append(AnswerSpan(words: number.lowerBound..<end, bytes: bytes, shape: .measure))
    }
    return spans
  }

  /// `1963 to 1989`, `1941–45`, `75,000 to 100,000`.
  func periods(in range: Range<Int>) -> [AnswerSpan] {
    range.dropFirst().compactMap { index in
      guard words[index].looks.contains(.number) else { return nil }
      var first = index - 1
      if !words[first].looks.contains(.number) {
        let joint = bytes[words[first].range]
        guard first > range.lowerBound, joint.elementsEqual("to".utf8) || joint.elementsEqual("and".utf8) else {
          return nil
        }
        first -= 1
        guard words[first].looks.contains(.number) else { return nil }
      } else if !followsDash(index) {
        return nil
      }
      return AnswerSpan(words: first..<index + 1, bytes: bytes(of: first..<index + 1), shape: .period)
    }
  }

  func isYear(_ index: Int) -> Bool {
    let range = words[index].range
    guard words[index].looks.contains(.number), range.count == 4 else { return false }
    return bytes[range.lowerBound] == UInt8(ascii: "1") || bytes[range.lowerBound] == UInt8(ascii: "2")
      ? bytes[range].allSatisfy { (0x30...0x39).contains($0) } : false
  }

  /// `1970s`.
  private func isDecade(_ index: Int) -> Bool {
    let range = words[index].range
    return range.count == 5 && bytes[range.upperBound - 1] == UInt8(ascii: "s")
      && bytes[range.dropLast()].allSatisfy { (0x30...0x39).contains($0) }
  }

  /// Whether a dash and nothing else stands between a word and a number before it.
  private func followsDash(_ index: Int) -> Bool {
    guard index > 0, words[index - 1].looks.contains(.number) else { return false }
    let gap = bytes[Int(words[index - 1].end)..<Int(words[index].start)].filter { !$0.isBlank }
    return gap == [0x2D] || gap == [0xE2, 0x80, 0x93] || gap == [0xE2, 0x80, 0x94]
  }

  private func isDay(_ index: Int) -> Bool {
    words[index].looks.contains(.number) && words[index].range.count <= 2
  }

  /// A date as a number that grows with time: year, month and day in four, two and two digits.
  func moment(of date: Range<Int>) -> Int? {
    var (year, month, day) = (0, 0, 0)
    for index in date {
      if isYear(index) {
        year = value(of: index..<index + 1) ?? 0
      } else if isDay(index) {
        day = value(of: index..<index + 1) ?? 0
      } else {
        month = max(Self.months[words[index].stem], 0)
      }
    }
    return year == 0 ? nil : (100 * year + month) * 100 + day
  }

  /// A number in digits, `1,234.5` without its fraction; nil for one in words.
  func value(of number: Range<Int>) -> Int? {
    let digits = bytes[words[number.lowerBound].range].prefix { $0 != 0x2E }.filter { $0 != 0x2C }
    return Int(String(decoding: digits, as: UTF8.self))
  }

  private static func table(_ words: String) -> StemTable {
    StemTable(words.split(whereSeparator: \.isWhitespace).map { (Stems.stem(String($0)), 1) })
  }

  /// Months, counted from 1.
  static let months = StemTable(
    "january february march april may june july august september october november december"
      .split(separator: " ").enumerated().map { (Stems.stem(String($1)), $0 + 1) })
  static let numerals = table(
    """
    one once twice two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion dozen
    """)
  static let magnitudes = table("hundred thousand million billion trillion percent per cent dozen")
}
