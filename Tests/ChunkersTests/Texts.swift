import Foundation
import Palimpsest

/// Places that are hard to cut at, and seeded noise of everything that chunkers look at.
let hostileTexts: [String] = {
  var texts = [
    "", "a", "\0", "\0\0 \0.\0", String(repeating: " ", count: 1200), String(repeating: "\n", count: 1200),
    String(repeating: "a", count: 1200), String(repeating: "猫", count: 300), String(repeating: "👨‍👩‍👧 ", count: 90),
    "e" + String(repeating: "\u{301}", count: 300), String(repeating: ". ", count: 900),
    String(repeating: "(", count: 900), "a. " + String(repeating: "(", count: 900) + " b",
    String(repeating: "“Why?” he said. No. Yes… Mr. X of the U.S. left at 3.50 p.m.\n", count: 40),
    String(repeating: "吾輩は猫である。名前はまだ無い。", count: 60), "\u{FEFF}BOM first.\r\n\r\nThen text.\r\n",
    String(repeating: "line of a log\n", count: 200), String(repeating: "\r\n\t ", count: 300),
    "word " + String(repeating: "x", count: 1000) + " word. " + String(repeating: " ", count: 1000) + "End",
  ]
  let parts = [
    ".", "! ", "? ", "…", "。", " ", "\n", "\n\n", "\r\n", "\u{C}", "a", "word", "understanding", "Mr. ", "The ", "12",
    "3.5", "(", "\"",
    "- ", "猫", "👩‍🚀", "e\u{301}", "Я", "\0", "\u{2029}",
  ]
  var random = SeededGenerator(seed: 9, purpose: "chunker texts")
  for _ in 0..<15 {
    texts.append(
      (0..<Int.random(in: 1...400, using: &random)).map { _ in parts.randomElement(using: &random) ?? "" }.joined())
  }
  return texts
}()

/// A text that arrives in pieces of a given size, as often as it is asked for.
struct PiecedText: TextSource {
  let bytes: [UInt8]
  let size: Int

  init(_ text: String, size: Int) { self.init(Array(text.utf8), size: size) }

  init(_ bytes: [UInt8], size: Int) {
    self.bytes = bytes
    self.size = size
  }

  func piece(from offset: Int) -> [UInt8]? {
    offset < bytes.count ? Array(bytes[offset..<min(offset + size, bytes.count)]) : nil
  }
}

/// A text without end: the same bytes over and over.
struct EndlessText: TextSource {
  let bytes: [UInt8]

  init(_ text: String) { bytes = Array(text.utf8) }

  func piece(from offset: Int) -> [UInt8]? {
    let start = offset % bytes.count
    return Array(bytes[start...] + bytes[..<start])
  }
}

extension Chunker {
  func all(
    of text: any TextSource, from offset: Int = 0, ahead: Int = 0, index: Int = 0
  ) async throws -> [Chunk] {
    var chunks: [Chunk] = []
    for try await chunk in self.chunks(of: text, from: offset, ahead: ahead, index: index) { chunks.append(chunk) }
    return chunks
  }
}
