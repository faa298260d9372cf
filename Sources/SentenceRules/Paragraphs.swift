import Basics

/// Where the paragraphs of a text end: behind a blank line, or a form feed.
public enum Paragraphs {
  /// Where the paragraph ends that begins at `start`, its blank lines included.
  ///
  /// - Parameters, Returns: as for `Sentences.end(in:from:isEnd:)`.
  public static func end(in text: Span<UInt8>, from start: Int, isEnd: Bool) -> Int? {
    var place = start
    while place < text.count, text[place].isBlank { place += 1 }
    while place < text.count {
      guard 0x0A...0x0D ~= text[unchecked: place] else {
        place += 1
        continue
      }
      let gap = Sentences.Gap(in: text, from: place)
      if gap.end == text.count { return isEnd ? gap.end : nil }
      if gap.isParagraph { return gap.end }
      place = gap.end
    }
    return isEnd && start < text.count ? text.count : nil
  }
}

/// Where the lines of a text end: behind LF, and so behind CR LF.
public enum Lines {
  /// Where the line ends that begins at `start`, its line break included.
  ///
  /// - Parameters, Returns: as for `Sentences.end(in:from:isEnd:)`.
  public static func end(in text: Span<UInt8>, from start: Int, isEnd: Bool) -> Int? {
    var place = start
    while place < text.count {
      if text[unchecked: place] == 0x0A { return place + 1 }
      place += 1
    }
    return isEnd && start < text.count ? text.count : nil
  }
}
