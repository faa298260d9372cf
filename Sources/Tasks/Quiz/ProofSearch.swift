import Basics
import Palimpsest

/// Finds where some words first stand in a text, runs of white space counting as one blank. Holds one
/// piece of the text at a time.
struct ProofSearch {
  private let proofs: [String]

  init(_ proofs: [String]) { self.proofs = proofs }

  /// The first place of each proof that stands in the files, read as `JoinedText` joins them.
  func ranges(in files: [FileText]) throws -> [String: Range<Int>] {
    var found: [String: Range<Int>] = [:]
    var open = proofs.map { (proof: $0, words: Self.folded(Array($0.utf8)).bytes) }.filter { !$0.words.isEmpty }
    var start = 0
    for file in files {
      var window: [UInt8] = []
      var begin = 0  // of the window, in the file
      // A proof with its white space may reach into the next piece.
      let margin = 4 * (open.map(\.words.count).max() ?? 0) + 64
      while !open.isEmpty, let piece = try file.piece(from: begin + window.count) {
        window += piece
        let text = Self.folded(window)
        open.removeAll { proof, words in
          guard let place = Self.first(words, in: text.bytes) else { return false }
          let base = start + begin
          found[proof] = base + text.places[place]..<base + text.places[place + words.count - 1] + 1
          return true
        }
        let keep = min(margin, window.count)
        begin += window.count - keep
        window.removeFirst(window.count - keep)
      }
      start += file.count + 2
    }
    return found
  }

  /// The bytes with every run of white space as one blank, and where each stood.
  private static func folded(_ bytes: [UInt8]) -> (bytes: [UInt8], places: [Int]) {
    var folded: [UInt8] = []
    var places: [Int] = []
    for (place, byte) in bytes.enumerated() {
      if byte.isBlank, folded.last == 0x20 { continue }
      folded.append(byte.isBlank ? 0x20 : byte)
      places.append(place)
    }
    return (folded, places)
  }

  private static func first(_ words: [UInt8], in text: [UInt8]) -> Int? {
    guard words.count <= text.count else { return nil }
    return (0...(text.count - words.count)).first { start in
      text[start] == words[0] && text[start..<(start + words.count)].elementsEqual(words)
    }
  }
}
