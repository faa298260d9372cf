extension Sheet {
  /// Runs of capitalised words: `Neil Peart`, `Hall of Fame`, `Jean-Luc Godard`. A sentence's first word
  /// alone is none, nor is a month or a day.
  func names(in range: Range<Int>) -> [Range<Int>] {
    guard !isShouted(range) else { return [] }
    var names: [Range<Int>] = []
    var index = range.lowerBound
    while index < range.upperBound {
      guard isNamePart(index) else {
        index += 1
        continue
      }
      var end = index + 1
      while end < range.upperBound, !words[end].looks.contains(.afterMark) || isInitial(end - 1) || isJoined(end) {
        // `Kim Sung-su`: what a hyphen joins to a name is a part of it.
        if isNamePart(end) || isJoined(end) {
          end += 1
        } else if end + 1 < range.upperBound, isJoint(end), isNamePart(end + 1),
          !words[end + 1].looks.contains(.afterMark)
        {
          end += 2
        } else {
          break
        }
      }
      if end - index > 1 || index > range.lowerBound { names.append(index..<min(end, index + 6)) }
      index = end
    }
    return names
  }

  /// `THERE IS NO WARRANTY`: where all letters are capitals, capitals do not mark names.
  private func isShouted(_ range: Range<Int>) -> Bool {
    guard range.count >= 4 else { return false }
    let upper = range.count { word in
      words[word].looks.contains(.capital) && words[word].range.count > 1
        && bytes[words[word].range].allSatisfy { (0x41...0x5A).contains($0) }
    }
    return 2 * upper > range.count
  }

  /// What a heading names: its words before a bracket or a comma.
  func headingName(_ heading: Int) -> Range<Int> {
    let range = headings[heading].words
    let stop = range.dropFirst().first {
      words[$0].looks.contains(.afterMark) && !isInitial($0 - 1) && !isJoined($0)
    }
    return range.lowerBound..<(stop ?? range.upperBound)
  }

  private func isNamePart(_ index: Int) -> Bool {
    let looks = words[index].looks
    guard looks.contains(.capital) else { return false }
    // The `S` of `U.S.` is not a function word.
    return (!looks.contains(.function) || isInitial(index)) && Self.calendar[words[index].stem] < 0
  }

  /// `J.` in `J. M. Barrie`, `St.` in `St. Louis`.
  private func isInitial(_ index: Int) -> Bool {
    let range = words[index].range
    guard range.count <= 2, words[index].looks.contains(.capital) else { return false }
    let isDotted = range.upperBound < bytes.count && bytes[range.upperBound] == 0x2E
    return isDotted || range.count == 1 && !words[index].looks.contains(.function)
  }

  /// Whether a hyphen joins a word to the one before.
  func isJoined(_ index: Int) -> Bool {
    index > 0 && words[index].start == words[index - 1].end + 1 && bytes[Int(words[index].start) - 1] == 0x2D
  }

  private func isJoint(_ index: Int) -> Bool {
    let range = words[index].range
    guard range.count <= 3 else { return false }
    let word = bytes[range]
    return [[0x6F, 0x66], [0x64, 0x65], [0x76, 0x6F, 0x6E], [0x74, 0x68, 0x65], [0x6C, 0x61]]
      .contains { word.elementsEqual($0) }
  }

  /// Months and days: with a capital, yet no names.
  private static let calendar = StemTable(
    """
    january february march april june july august september october november december
    monday tuesday wednesday thursday friday saturday sunday
    """.split(whereSeparator: \.isWhitespace).map { (Stems.stem(String($0)), 1) })
}
