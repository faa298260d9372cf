/// The text of the page: sentences line by line under their headings, readable for people.
///
///     # Neil Peart
///     Neil Ellwood Peart is a Canadian musician, best known as the drummer of Rush.
///     # Nobody's Hero
///     ⋯ "Nobody's Hero" is the fourth track on⋯
///
/// The last line between two `⋯` is the sentence that the chunk's end cut; a line break in it is a
/// `¶`.
struct PageText {
  struct Block {
    var heading: ArraySlice<UInt8>
    var sentences: [ArraySlice<UInt8>]
  }

  struct Tail {
    var heading: ArraySlice<UInt8>
    var text: [UInt8]
  }

  static let open = "⋯ "
  static let close = "⋯"
  static let lineBreak = "¶"

  private(set) var blocks: [Block] = []
  private(set) var tail: Tail?

  init(_ text: String) {
    let (open, close) = (Array(Self.open.utf8), Array(Self.close.utf8))
    var block = Block(heading: [], sentences: [])
    let lines = Array(text.utf8).split(separator: 0x0A)
    for (number, line) in lines.enumerated() {
      if line.first == UInt8(ascii: "#"), line.count == 1 || line.starts(with: "# ".utf8) {
        if !block.sentences.isEmpty { blocks.append(block) }
        block = Block(heading: line.dropFirst(2), sentences: [])
      } else if number == lines.count - 1, line.count >= open.count + close.count, line.starts(with: open),
        line.suffix(close.count).elementsEqual(close)
      {
        let torn = line.dropFirst(open.count).dropLast(close.count)
        tail = Tail(heading: block.heading, text: Self.replaced(torn, Array(Self.lineBreak.utf8), by: [0x0A]))
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
    var kept = line[...]
    let close = Self.close.utf8
    while let first = kept.first {
      if first == UInt8(ascii: "#") || first == 0x20 {
        kept.removeFirst()
      } else if kept.starts(with: close) {
        kept.removeFirst(close.count)
      } else {
        break
      }
    }
    while kept.last == 0x20 { kept.removeLast() }
    return String(decoding: kept, as: UTF8.self)
  }

  /// The line of what was cut off.
  static func tail(_ bytes: ArraySlice<UInt8>) -> String {
    let blanks = ArraySlice(bytes.map { $0 == 0x09 || $0 == 0x0D ? 0x20 : $0 })
    return open + String(decoding: replaced(blanks, [0x0A], by: Array(lineBreak.utf8)), as: UTF8.self) + close
  }

  private static func replaced(_ bytes: ArraySlice<UInt8>, _ old: [UInt8], by new: [UInt8]) -> [UInt8] {
    var replaced: [UInt8] = []
    replaced.reserveCapacity(bytes.count + 16)
    var rest = bytes
    while let byte = rest.first {
      if byte == old[0], rest.starts(with: old) {
        replaced += new
        rest.removeFirst(old.count)
      } else {
        replaced.append(byte)
        rest.removeFirst()
      }
    }
    return replaced
  }
}

func isBlank(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
