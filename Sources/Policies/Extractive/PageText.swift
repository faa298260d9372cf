/// The page as it is written: sentences line by line under their headings, readable by anyone.
///
///     # Neil Peart
///     Neil Ellwood Peart is a Canadian musician, best known as the drummer of Rush.
///     # Nobody's Hero
///     ⋯ "Nobody's Hero" is the fourth track on⋯
///
/// The last line between two `⋯` is what the chunk's end cut off; a line break in it is a `¶`.
struct PageText {
  struct Block {
    var heading: Substring
    var sentences: [Substring]
  }

  struct Tail {
    var heading: Substring
    var text: Substring
  }

  static let open = "⋯ "
  static let close = "⋯"
  static let lineBreak = "¶"

  private(set) var blocks: [Block] = []
  private(set) var tail: Tail?

  init(_ text: String) {
    var block = Block(heading: "", sentences: [])
    let lines = text.split(separator: "\n")
    for (number, line) in lines.enumerated() {
      if line.hasPrefix("# ") || line == "#" {
        if !block.sentences.isEmpty { blocks.append(block) }
        block = Block(heading: line.dropFirst(2), sentences: [])
      } else if number == lines.count - 1, line.hasPrefix(Self.open), line.hasSuffix(Self.close),
        line.count > Self.open.count
      {
        let torn = line.dropFirst(Self.open.count).dropLast(Self.close.count)
        tail = Tail(heading: block.heading, text: torn.replacing(Self.lineBreak, with: "\n")[...])
      } else {
        block.sentences.append(line)
      }
    }
    if !block.sentences.isEmpty { blocks.append(block) }
  }

  /// A line of the page: no line break in it, nothing in front that would mean something.
  static func line(_ bytes: ArraySlice<UInt8>) -> String {
    var line: [UInt8] = []
    line.reserveCapacity(bytes.count)
    for byte in bytes {
      // A run of blanks, as at the end of a wrapped line, is one.
      if isBlank(byte) {
        if let last = line.last, last != 0x20 { line.append(0x20) }
      } else {
        line.append(byte)
      }
    }
    var text = String(decoding: line, as: UTF8.self)[...]
    while text.hasPrefix("#") || text.hasPrefix(close) || text.hasPrefix(" ") { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return String(text)
  }

  /// The line of what was cut off.
  static func tail(_ bytes: ArraySlice<UInt8>) -> String {
    let text = String(decoding: bytes.map { $0 == 0x09 || $0 == 0x0D ? 0x20 : $0 }, as: UTF8.self)
    return open + text.replacing("\n", with: lineBreak) + close
  }
}

func isBlank(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
