import Basics

/// Splits running text into headings and sentences, and marks an end that may continue in text that
/// has not arrived.
///
/// A heading is a short line that begins a block of lines and ends although the next word would
/// have fit. This holds for a title above its paragraph, and not for the first line of wrapped
/// prose. A short line that is a block by itself, without a full stop, is one too.
public struct Layout: Sendable {
  /// A heading, a sentence, or an end that is not decided yet; ranges are indices of the bytes.
  public enum Element: Sendable, Hashable {
    case heading(Range<Int>)
    /// A sentence; `isTorn` when the text ends before it is known to.
    case sentence(Range<Int>, isTorn: Bool)
    /// The end of the text, which could be a heading as well as a sentence.
    case rest(Range<Int>)
  }

  /// Longest heading, in bytes; a longer line is a sentence.
  public static let longestHeading = 100
  /// Longest sentence, in bytes; a longer one is cut at a blank.
  public static let longestSentence = 600

  private let bytes: [UInt8]
  private let range: Range<Int>

  /// The layout of `bytes[range]`, which is UTF-8; ranges are given as indices of `bytes`.
  public init(of bytes: [UInt8], in range: Range<Int>? = nil) {
    self.bytes = bytes
    self.range = range ?? 0..<bytes.count
  }

  /// Hands out headings and sentences in the order of the text.
  ///
  /// - Parameters:
  ///   - isContinued: whether the text begins inside a paragraph.
  ///   - isEnd: whether it ends with these bytes; then nothing is torn and nothing is rest.
  public func read(isContinued: Bool = false, isEnd: Bool = true, _ take: (Element) -> Void) {
    var place = range.lowerBound
    var isInside = isContinued
    while let block = block(from: place, isEnd: isEnd) {
      read(block, isContinued: isInside && block.range.lowerBound == range.lowerBound, take)
      isInside = false
      place = block.range.upperBound
    }
  }

  // MARK: blocks

  /// Lines between blank lines.
  private struct Block {
    var range: Range<Int>
    /// Whether the text ends in it, so that it may continue.
    var isOpen: Bool
  }

  private func block(from start: Int, isEnd: Bool) -> Block? {
    var place = start
    while place < range.upperBound, bytes[place].isBlank { place += 1 }
    // A line that begins with blanks begins behind them; so does a block.
    guard place < range.upperBound else { return nil }
    let first = place
    while let lineEnd = newline(from: place) {
      var next = lineEnd + 1
      while next < range.upperBound, bytes[next] == 0x20 || bytes[next] == 0x09 || bytes[next] == 0x0D {
        next += 1
      }
      if next < range.upperBound, bytes[next] == 0x0A || bytes[next] == 0x0C {
        return Block(range: first..<lineEnd, isOpen: false)
      }
      place = next
    }
    return Block(range: first..<range.upperBound, isOpen: !isEnd)
  }

  private func newline(from place: Int) -> Int? {
    var place = place
    while place < range.upperBound {
      if bytes[place] == 0x0A { return place }
      place += 1
    }
    return nil
  }

  private func read(_ block: Block, isContinued: Bool, _ take: (Element) -> Void) {
    var place = block.range.lowerBound
    if !isContinued {
      // A second line may be the heading proper: `Document 5:`, then a title.
      var isLabelled = false
      for _ in 0..<2 {
        switch judge(place, in: block, isLabelled: isLabelled) {
        case .heading(let line, let next):
          take(.heading(line))
          isLabelled = true
          place = next
        case .undecided:
          take(.rest(place..<block.range.upperBound))
          return
        case .prose: break
        }
        if place >= block.range.upperBound { return }
      }
    }
    sentences(place..<block.range.upperBound, isOpen: block.isOpen, take)
  }

  // MARK: headings

  private enum Judgement {
    case heading(Range<Int>, next: Int)
    case prose
    case undecided
  }

  private func judge(_ start: Int, in block: Block, isLabelled: Bool) -> Judgement {
    let limit = block.range.upperBound
    var end = start
    while end < limit, bytes[end] != 0x0A, end - start <= Self.longestHeading { end += 1 }
    guard end - start <= Self.longestHeading else { return .prose }
    let isWhole = end < limit || !block.isOpen
    if !isWhole { return .undecided }

    var last = end
    while last > start, bytes[last - 1].isBlank { last -= 1 }
    var first = start
    while first < last, bytes[first] == UInt8(ascii: "#") { first += 1 }
    let isMarked = first > start && first < last && bytes[first] == 0x20
    if isMarked { return .heading(first + 1..<last, next: min(end + 1, limit)) }
    guard last > start, !opensItem(start), hasLetter(start..<last) else { return .prose }

    let closing = bytes[last - 1]
    if closing == UInt8(ascii: ",") || closing == UInt8(ascii: ";") { return .prose }
    let isSentence = [UInt8(ascii: "."), UInt8(ascii: "!"), UInt8(ascii: "?")].contains(closing)
    if isSentence, !isLabelled { return .prose }
    if end >= limit { return isLabelled && isSentence ? .prose : .heading(start..<last, next: limit) }

    // Would the next word have fit? The longest of the next lines says how wide the block is.
    var width = 0
    var line = end + 1
    for _ in 0..<4 where line < limit {
      var stop = line
      while stop < limit, bytes[stop] != 0x0A, stop - line < 400 { stop += 1 }
      width = max(width, stop - line)
      line = stop + 1
    }
    var word = end + 1
    while word < limit, bytes[word].isBlank { word += 1 }
    let wordStart = word
    while word < limit, !bytes[word].isBlank { word += 1 }
    if last - start + 1 + (word - wordStart) <= width { return .heading(start..<last, next: end + 1) }
    return block.isOpen && limit - start < 3 * Self.longestHeading ? .undecided : .prose
  }

  private func opensItem(_ place: Int) -> Bool {
    bytes[place] == UInt8(ascii: "-") || bytes[place] == UInt8(ascii: "*")
      || bytes[place...].starts(with: "•".utf8)
  }

  private func hasLetter(_ range: Range<Int>) -> Bool {
    range.contains { bytes[$0] | 0x20 >= UInt8(ascii: "a") && bytes[$0] != 0x7F || bytes[$0] >> 4 == 3 }
  }

  // MARK: sentences

  private func sentences(_ range: Range<Int>, isOpen: Bool, _ take: (Element) -> Void) {
    let span = bytes.span.extracting(range)
    var start = 0
    while start < span.count {
      guard let end = Sentences.end(in: span, from: start, isEnd: !isOpen) else {
        pieces(of: start..<span.count, in: span, from: range.lowerBound, isTorn: true, take)
        return
      }
      pieces(of: start..<end, in: span, from: range.lowerBound, isTorn: false, take)
      start = end
    }
  }

  private func pieces(
    of sentence: Range<Int>, in span: Span<UInt8>, from base: Int, isTorn: Bool, _ take: (Element) -> Void
  ) {
    var start = sentence.lowerBound
    while sentence.upperBound - start > Self.longestSentence {
      var cut = start + Self.longestSentence
      while cut > start + Self.longestSentence / 2, span[cut] != 0x20, span[cut] != 0x0A { cut -= 1 }
      while span[cut] & 0xC0 == 0x80 { cut -= 1 }
      emit(start..<cut, in: span, base, isTorn: false, take)
      start = cut
    }
    emit(start..<sentence.upperBound, in: span, base, isTorn: isTorn, take)
  }

  private func emit(
    _ piece: Range<Int>, in span: Span<UInt8>, _ base: Int, isTorn: Bool, _ take: (Element) -> Void
  ) {
    // What is torn keeps the blank at its end: the next chunk may begin with a new word.
    let trimmed = Sentences.trimmed(piece, in: span)
    let range = isTorn && !trimmed.isEmpty ? trimmed.lowerBound..<piece.upperBound : trimmed
    if !range.isEmpty || isTorn {
      take(.sentence(base + range.lowerBound..<base + range.upperBound, isTorn: isTorn))
    }
  }
}
