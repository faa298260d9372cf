extension Sheet {
  /// Runs of capitalised words: `Neil Peart`, `Hall of Fame`. A sentence's first word alone is none,
  /// unless its heading has it too.
  func names(in range: Range<Int>) -> [Range<Int>] {
    var names: [Range<Int>] = []
    var index = range.lowerBound
    while index < range.upperBound {
      guard isNamePart(index) else {
        index += 1
        continue
      }
      var end = index + 1
      while end < range.upperBound, !words[end].looks.contains(.afterMark) || isInitial(end - 1) {
        if isNamePart(end) {
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

  /// What a heading names: its words before a bracket or a comma.
  func headingName(_ heading: Int) -> Range<Int> {
    let range = headings[heading].words
    let stop = range.dropFirst().first { words[$0].looks.contains(.afterMark) && !isInitial($0 - 1) }
    return range.lowerBound..<(stop ?? range.upperBound)
  }

  private func isNamePart(_ index: Int) -> Bool {
    let looks = words[index].looks
    return looks.contains(.capital) && !looks.contains(.function)
  }

  /// `J.` in `J. M. Barrie`.
  private func isInitial(_ index: Int) -> Bool {
    words[index].range.count == 1 && words[index].looks.contains(.capital)
  }

  private func isJoint(_ index: Int) -> Bool {
    let range = words[index].range
    guard range.count <= 3 else { return false }
    let word = bytes[range]
    return [[0x6F, 0x66], [0x64, 0x65], [0x76, 0x6F, 0x6E], [0x74, 0x68, 0x65], [0x6C, 0x61]]
      .contains { word.elementsEqual($0) }
  }
}
