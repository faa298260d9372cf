import Basics
import Palimpsest
import SentenceRules

/// A sentence, and the heading it stands under.
struct Passage {
  /// Index in `Sheet.headings`; -1 for none.
  var heading: Int
  /// Bytes of the sheet.
  var range: Range<Int>
  /// Words of the sheet.
  var words: Range<Int>
  /// Whether it stood on the page already.
  var isHeld: Bool
  /// Whether the end of the chunk cut it, so that the next chunk may continue it.
  var isTorn = false

  /// Whether it is to be counted: once, when it is first seen whole.
  var isNew: Bool { !isHeld && !isTorn }
}

/// All text of one call, page and section in one buffer, split into words, headings and sentences.
struct Sheet {
  struct Heading {
    var range: Range<Int>
    var words: Range<Int>
  }

  private(set) var bytes: [UInt8] = []
  private(set) var words: [Word] = []
  private(set) var headings: [Heading] = []
  private(set) var passages: [Passage] = []
  /// Where the section ended, for the next chunk.
  private(set) var rest = Rest()
  private var scanner = WordScanner()

  init() {}

  /// Equal for sentences of the same words.
  func identity(of passage: Int) -> UInt64 { identity(of: passages[passage].words) }

  /// Equal for the same words.
  func identity(of range: Range<Int>) -> UInt64 {
    var hash = FNV1a()
    for index in range { hash.mix(words[index].stem) }
    return hash.hash
  }

  /// Bytes as one line of text.
  func line(_ range: Range<Int>) -> String { PageText.line(bytes[range]) }

  /// Adds a page that this policy wrote: `# heading` lines, and a sentence per line.
  mutating func add(page: PageText) {
    for block in page.blocks {
      var heading = -1
      if !block.heading.isEmpty { heading = add(heading: append(block.heading)) }
      for sentence in block.sentences {
        let range = append(sentence)
        add(passage: range, under: heading, isHeld: true)
      }
    }
  }

  /// Adds running text: blocks of lines between blank lines, headings, sentences.
  ///
  /// - Parameters:
  ///   - isHeld: whether it is the memory's text, so that nothing of it is new.
  ///   - before: where the text before it ended.
  ///   - ending: how it ends: behind a unit, and at the end of the text, its last sentence is whole.
  mutating func add(section: String, isHeld: Bool = false, after before: Rest = Rest(), ending: Chunk.Ending) {
    var heading = before.heading.isEmpty ? -1 : add(heading: append(Array(before.heading.utf8)[...]))
    let start = bytes.count
    bytes += before.torn.utf8
    bytes += section.utf8
    rest = Rest()
    var lone: Range<Int>?
    Layout(of: bytes, in: start..<bytes.count).read(isContinued: before.isInside, isEnd: ending != .cut) { element in
      switch element {
      case .heading(let range):
        heading = add(heading: range)
        lone = range
      case .sentence(let range, let isTorn):
        lone = nil
        if isTorn { rest = Rest(torn: String(decoding: bytes[range], as: UTF8.self), isInside: true) }
        add(passage: range, under: heading, isHeld: isHeld, isTorn: isTorn)
      case .rest(let range):
        rest = Rest(torn: String(decoding: bytes[range], as: UTF8.self))
        add(passage: range, under: -1, isHeld: isHeld, isTorn: true)
      }
    }
    // A heading that nothing follows says what it says.
    if ending != .cut, let lone { add(passage: lone, under: -1, isHeld: isHeld) }
    if heading >= 0 { rest.heading = line(headings[heading].range) }
    if rest.torn.isEmpty { rest.isInside = lone == nil && endsInside(start..<bytes.count) }
  }

  /// Whether text goes on in the same block of lines: no blank line and no page break ends it.
  private func endsInside(_ range: Range<Int>) -> Bool {
    var breaks = 0
    for place in range.reversed() {
      switch bytes[place] {
      case 0x0A: breaks += 1
      case 0x0B, 0x0C: return false
      case 0x09, 0x0D, 0x20: break
      default: return breaks < 2
      }
    }
    return false
  }

  private mutating func append(_ text: ArraySlice<UInt8>) -> Range<Int> {
    let start = bytes.count
    bytes += text
    let range = start..<bytes.count
    bytes.append(UInt8(ascii: "\n"))
    return range
  }

  private mutating func add(heading range: Range<Int>) -> Int {
    let first = words.count
    let bytes = bytes
    scanner.scan(bytes.span, range, into: &words)
    headings.append(Heading(range: range, words: first..<words.count))
    return headings.count - 1
  }

  private mutating func add(passage range: Range<Int>, under heading: Int, isHeld: Bool, isTorn: Bool = false) {
    let first = words.count
    let bytes = bytes
    scanner.scan(bytes.span, range, into: &words)
    guard words.count > first else { return }
    passages.append(
      Passage(heading: heading, range: range, words: first..<words.count, isHeld: isHeld, isTorn: isTorn))
  }
}
