import Palimpsest

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
  /// The unfinished sentence of the last chunk, carried to the next.
  private(set) var rest: Rest?
  private var scanner = WordScanner()

  /// The unfinished end of a section, which the next chunk continues.
  struct Rest {
    var heading = -1
    /// Bytes of the sheet.
    var range: Range<Int>
    /// Whether it begins a block of lines, so that it may turn out to be a heading.
    var beginsBlock = false
  }

  init() {}

  /// Equal for sentences of the same words.
  func identity(of passage: Int) -> UInt64 { identity(of: passages[passage].words) }

  /// Equal for the same words.
  func identity(of range: Range<Int>) -> UInt64 {
    range.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ words[$1].stem) &* 0x100_0000_01b3 }
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
    if let tail = page.tail {
      var heading = -1
      if !tail.heading.isEmpty { heading = add(heading: append(tail.heading)) }
      let start = bytes.count
      bytes += tail.text
      rest = Rest(heading: heading, range: start..<bytes.count, beginsBlock: tail.text.first == 0x0A)
    }
  }

  /// Adds running text: blocks of lines between blank lines, headings, sentences.
  ///
  /// - Parameter isHeld: whether it is the memory's text, so that nothing of it is new.
  mutating func add(section: String, isHeld: Bool = false, isEnd: Bool = false) {
    let start = rest?.range.lowerBound ?? bytes.count
    bytes += section.utf8
    var heading = rest?.heading ?? -1
    let isContinued = rest.map { !$0.beginsBlock } ?? false
    rest = nil
    var lone: Range<Int>?
    Layout(of: bytes, in: start..<bytes.count).read(isContinued: isContinued, isEnd: isEnd) { element in
      switch element {
      case .heading(let range):
        heading = add(heading: range)
        lone = range
      case .sentence(let range, let isTorn):
        lone = nil
        if isTorn { rest = Rest(heading: heading, range: range) }
        add(passage: range, under: heading, isHeld: isHeld, isTorn: isTorn)
      case .rest(let range):
        rest = Rest(heading: heading, range: range, beginsBlock: true)
        add(passage: range, under: -1, isHeld: isHeld, isTorn: true)
      }
    }
    // A heading that nothing follows says what it says.
    if isEnd, let lone { add(passage: lone, under: -1, isHeld: isHeld) }
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
