import Foundation

/// Lines of text that are hard to tokenize, the same as `lines.py` in the fixtures makes: nothing but
/// integer arithmetic decides what a line is.
struct LinesOfText: Sequence, IteratorProtocol {
  private var random: SplitMix
  private let pieces: [String]

  init(pieces: [String], seed: UInt64 = 1) {
    self.pieces = pieces
    random = SplitMix(state: seed)
  }

  mutating func next() -> String? {
    var line = ""
    for _ in 0..<(1 + random.below(24)) {
      switch random.below(16) {
      case ..<11: line += pieces[random.below(pieces.count)]
      case 11: line.unicodeScalars.append(scalar())
      case 12:
        let number = random.next()
        line += String(number >> UInt64(random.below(64)))
      case 13: line += String(repeating: " ", count: 1 + random.below(6))
      case 14:
        let piece = pieces[random.below(pieces.count)]
        line += String(repeating: piece, count: 1 + random.below(5))
      default:
        for _ in 0..<(1 + random.below(30)) {
          line.unicodeScalars.append(Unicode.Scalar(UInt8(97 + random.below(26))))
        }
      }
      if random.below(3) == 0 { line += " " }
    }
    return line
  }

  /// Any scalar of the first three planes, the often used ones more often.
  private mutating func scalar() -> Unicode.Scalar {
    let ranges = [0x20..<0x7F, 0xA0..<0x250, 0x250..<0x3000, 0x3000..<0xD800, 0xE000..<0x10000, 0x10000..<0x30000]
    let range = ranges[random.below(ranges.count)]
    return Unicode.Scalar(UInt32(range.lowerBound + random.below(range.count))) ?? " "
  }

  /// The pieces of `pieces.txt`: one a line, `\u{…}` for what does not print.
  static func pieces() throws -> [String] {
    let text = try String(contentsOf: Fixtures.folder.appending(path: "pieces.txt"), encoding: .utf8)
    return text.unicodeScalars.split(separator: "\n").map { String($0) }.filter { !$0.hasPrefix("# ") }
      .map { line in
        line.replacing(/\\u\{([0-9A-F]+)\}/) { match in
          UInt32(match.1, radix: 16).flatMap(Unicode.Scalar.init).map { String(Character($0)) } ?? ""
        }
      }
  }
}

private struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }

  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}

/// FNV-1a over the ids of lines, four bytes each, with a mark at each line's end.
struct LineHash {
  private(set) var state: UInt64 = 0xCBF2_9CE4_8422_2325

  mutating func add(_ ids: [Int]) {
    for id in ids { add(UInt32(id)) }
    add(UInt32.max)
  }

  private mutating func add(_ value: UInt32) {
    for shift in [0, 8, 16, 24] as [UInt32] { state = (state ^ UInt64(value >> shift & 0xFF)) &* 0x100_0000_01B3 }
  }

  var text: String {
    let digits = String(state, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
