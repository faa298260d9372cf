import Basics

/// The text of the page: sentences line by line under their headings, readable for people.
///
///     # Neil Peart
///     Neil Ellwood Peart is a Canadian musician, best known as the drummer of Rush.
///
/// All words on it are the text's. The sentence that a chunk's end cut is not on it (`Rest`).
struct PageText {
  struct Block {
    var heading: ArraySlice<UInt8>
    var sentences: [ArraySlice<UInt8>]
  }

  private(set) var blocks: [Block] = []

  init(_ text: String) {
    var block = Block(heading: [], sentences: [])
    for line in Array(text.utf8).split(separator: 0x0A) {
      if line.first == UInt8(ascii: "#"), line.count == 1 || line.starts(with: "# ".utf8) {
        if !block.sentences.isEmpty { blocks.append(block) }
        block = Block(heading: line.dropFirst(2), sentences: [])
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
      if byte.isBlank {
        if let last = line.last, last != 0x20 { line.append(0x20) }
      } else {
        line.append(byte)
      }
    }
    var kept = line[...]
    while let first = kept.first, first == UInt8(ascii: "#") || first == 0x20 { kept.removeFirst() }
    while kept.last == 0x20 { kept.removeLast() }
    return String(decoding: kept, as: UTF8.self)
  }
}
