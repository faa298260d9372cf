import Basics

/// Finds where the sentences of a text end: by rules, without a model, in one pass over UTF-8.
///
///     Sentences.of("Dr. Hall paid $3.50. \"Why?\" he asked.")   // ["Dr. Hall paid $3.50. ", "\"Why?\" he asked."]
///
/// A sentence keeps the white space behind it, so that the sentences joined are the text. It ends
///
/// - behind a stop (`. ! ? …` and those of other scripts) with its closing quotes and brackets,
///   when white space and then no small letter follows; stops of scripts that set no spaces need none;
/// - at a blank line, a form feed, and before a line that begins with a bullet or an item number.
///
/// A period ends nothing behind a title, an initial, an abbreviation or an item number; behind an
/// abbreviation that may also close a sentence (`U.S.`, `Inc.`) it ends one when the next word is a
/// word that opens sentences (`The`, `He`, `However`). A single line break ends nothing: texts are
/// wrapped.
///
/// Source: the rules SB6–SB11 of Unicode Standard Annex 29, with lists of abbreviations and of
/// openers after Grefenstette and Tapanainen, "What is a word, what is a sentence?" (1994). The
/// differences: a small letter behind `!` and `?` continues the sentence too (`"Why?" he asked`),
/// and line breaks are white space.
public enum Sentences {
  /// Where the sentence ends that begins at `start`: the place where the next one begins.
  ///
  /// - Parameters:
  ///   - text: UTF-8; may end inside a scalar unless `isEnd`.
  ///   - start: where a sentence begins. Nothing before it is looked at.
  ///   - isEnd: whether the text ends with the span.
  /// - Returns: a place behind `start`, or nil when it could still depend on text behind the span,
  ///   or when nothing stands behind `start`.
  public static func end(in text: Span<UInt8>, from start: Int, isEnd: Bool) -> Int? {
    var place = start
    while place < text.count, text[place].isBlank { place += 1 }
    let first = place
    while true {
      place = candidate(in: text, from: place)
      guard place < text.count else { return isEnd && start < text.count ? text.count : nil }
      switch judge(text, start: first, at: place, isEnd: isEnd) {
      case .ends(let end): return end
      case .goesOn(let next): place = next
      case .undecided: return nil
      }
    }
  }

  /// The sentences of a whole text, one behind the other without a gap.
  public static func ranges(in text: Span<UInt8>) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var start = 0
    while let end = end(in: text, from: start, isEnd: true) {
      ranges.append(start..<end)
      start = end
    }
    return ranges
  }

  /// A range without the white space at both its ends; empty where there is nothing else.
  public static func trimmed(_ range: Range<Int>, in text: Span<UInt8>) -> Range<Int> {
    var (low, high) = (range.lowerBound, range.upperBound)
    while low < high, text[low].isBlank { low += 1 }
    while low < high, text[high - 1].isBlank { high -= 1 }
    return low..<high
  }

  /// The sentences of a string.
  public static func of(_ text: String) -> [String] {
    let bytes = Array(text.utf8)
    return ranges(in: bytes.span).map { String(decoding: bytes[$0], as: UTF8.self) }
  }
}

extension Sentences {
  enum Judgement {
    case ends(Int)
    /// No sentence ends here; look on from there.
    case goesOn(Int)
    case undecided
  }

  /// The next place where something stands that could end a sentence.
  @inline(__always)
  private static func candidate(in text: Span<UInt8>, from start: Int) -> Int {
    let marks = candidates.span
    var place = start
    while place < text.count, !marks[unchecked: Int(text[unchecked: place])] { place += 1 }
    return place
  }

  /// ASCII stops, line breaks, and first bytes of the stops and separators of other scripts.
  private static let candidates: [Bool] = (UInt8.min...UInt8.max).map { byte in
    switch byte {
    case UInt8(ascii: "."), UInt8(ascii: "!"), UInt8(ascii: "?"), 0x0A...0x0D: true
    case 0xD6, 0xD8, 0xDB, 0xE0...0xE3, 0xEF: true
    default: false
    }
  }

  private static func judge(_ text: Span<UInt8>, start: Int, at place: Int, isEnd: Bool) -> Judgement {
    switch text[place] {
    case 0x0A...0x0D: return judgeLineBreak(text, at: place, isEnd: isEnd)
    case 0x80...:
      guard let (scalar, width) = scalar(in: text, at: place) else {
        return isEnd ? .goesOn(place + 1) : .undecided
      }
      if scalar == 0x2029 { return .ends(place + width) }  // paragraph separator
      guard Stop(scalar) != nil else { return .goesOn(place + width) }
      return judgeStop(text, start: start, at: place, isEnd: isEnd)
    default: return judgeStop(text, start: start, at: place, isEnd: isEnd)
    }
  }

  private static func judgeLineBreak(_ text: Span<UInt8>, at place: Int, isEnd: Bool) -> Judgement {
    let gap = Gap(in: text, from: place)
    if gap.end == text.count { return isEnd ? .ends(gap.end) : .undecided }
    if gap.isParagraph { return .ends(gap.end) }
    switch opensItem(text, at: gap.end, isEnd: isEnd) {
    case true?: return .ends(gap.end)
    case false?: return .goesOn(gap.end)
    case nil: return .undecided
    }
  }

  /// A run of white space, and what kind of pause it makes.
  struct Gap {
    var end: Int
    /// Line breaks in it; CR LF is one.
    var lines = 0
    var isParagraph = false

    init(in text: Span<UInt8>, from start: Int) {
      end = start
      loop: while end < text.count {
        switch text[end] {
        case 0x20, 0x09: end += 1
        case 0x0A:
          if end == start || text[end - 1] != 0x0D { lines += 1 }
          end += 1
        case 0x0D:
          lines += 1
          end += 1
        case 0x0B, 0x0C:
          isParagraph = true
          end += 1
        default: break loop
        }
      }
      if lines > 1 { isParagraph = true }
    }
  }

  /// One scalar and its width; nil where it is cut off or is none.
  static func scalar(in text: Span<UInt8>, at place: Int) -> (value: UInt32, width: Int)? {
    guard place < text.count else { return nil }
    let lead = text[place]
    if lead < 0x80 { return (UInt32(lead), 1) }
    let width = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2
    guard place + width <= text.count else { return nil }
    var value = UInt32(lead & (0xFF >> UInt8(width + 1)))
    for offset in 1..<width { value = value << 6 | UInt32(text[place + offset] & 0x3F) }
    return (value, width)
  }
}
