/// What stands at the end of a sentence.
enum Stop {
  /// Also stands inside numbers and abbreviations.
  case period
  /// Ends a sentence where white space follows.
  case strong
  /// Ends a sentence whether or not white space follows.
  case unspaced

  init?(_ scalar: UInt32) {
    switch scalar {
    case 0x2E: self = .period
    case 0x21, 0x3F, 0x2026, 0x203C, 0x203D, 0x2047...0x2049: self = .strong
    case 0x3002, 0xFF01, 0xFF0E, 0xFF1F, 0xFF61: self = .unspaced  // CJK
    case 0x589, 0x61F, 0x6D4, 0x964, 0x965: self = .unspaced  // Armenian, Arabic, Devanagari
    case 0x104A, 0x104B, 0x1362, 0x1367, 0x1368, 0x17D4, 0x17D5: self = .unspaced  // Myanmar, Ethiopic, Khmer
    default: return nil
    }
  }
}

extension Sentences {
  /// Whether a sentence ends at a stop, told by what stands around it.
  static func judgeStop(_ text: Span<UInt8>, start: Int, at place: Int, isEnd: Bool) -> Judgement {
    // 1. All stops and closing marks that stand together.
    guard let cluster = Cluster(in: text, from: place, isEnd: isEnd) else { return .undecided }

    // 2. The white space behind them, where the next sentence would begin.
    let gap = Gap(in: text, from: cluster.end)
    let next = gap.end
    if next == text.count { return isEnd ? .ends(next) : .undecided }
    if cluster.isUnspaced || gap.isParagraph { return .ends(next) }
    if next == cluster.end { return .goesOn(next) }
    if gap.lines > 0 {
      switch opensItem(text, at: next, isEnd: isEnd) {
      case true?: return .ends(next)
      case false?: break
      case nil: return .undecided
      }
    }

    // 3. The first letter, digit or mark behind opening quotes and brackets.
    guard let (follower, opening) = follower(in: text, from: next) else {
      return isEnd ? .ends(next) : .undecided
    }
    if Stop(follower.value) != nil { return .goesOn(follower.place) }
    if opening == 0, [0x2C, 0x3A, 0x3B].contains(follower.value) { return .goesOn(follower.place) }
    if follower.isLowercase { return .goesOn(follower.place) }
    if cluster.periods > 3, follower.isDigit { return .goesOn(follower.place) }  // a table of contents

    // 4. A period alone may belong to the word before it.
    guard cluster.isPeriod else { return .ends(next) }
    switch belongsToWord(text, start: start, period: place, next: follower, isEnd: isEnd) {
    case true?: return .goesOn(follower.place)
    case false?: return .ends(next)
    case nil: return .undecided
    }
  }

  /// Stops with the closing marks among and behind them: `.`, `?!"`, `.)`, `.[12]`, `。」`.
  private struct Cluster {
    var end: Int
    var periods = 0
    var isUnspaced = false
    private var others = 0

    /// Whether it is one period, apart from closing marks.
    var isPeriod: Bool { periods == 1 && others == 0 }

    init?(in text: Span<UInt8>, from start: Int, isEnd: Bool) {
      end = start
      while end < text.count {
        guard let (value, width) = Sentences.scalar(in: text, at: end) else {
          if isEnd { break }
          return nil
        }
        if let stop = Stop(value) {
          switch stop {
          case .period: periods += 1
          case .strong: others += 1
          case .unspaced:
            others += 1
            isUnspaced = true
          }
        } else if value == 0x5B {
          guard let note = Self.note(in: text, from: end, isEnd: isEnd) else { return nil }
          if note == end { return }
          end = note
          continue
        } else if !Self.isClosing(value) {
          return
        }
        end += width
      }
      if !isEnd { return nil }
    }

    /// A note number, `[12]`, as reference works set it behind a stop.
    private static func note(in text: Span<UInt8>, from start: Int, isEnd: Bool) -> Int? {
      var end = start + 1
      while end < text.count, end < start + 5, Sentences.isDigit(text[end]) { end += 1 }
      guard end < text.count else { return isEnd ? start : nil }
      return end > start + 1 && text[end] == 0x5D ? end + 1 : start
    }

    private static func isClosing(_ scalar: UInt32) -> Bool {
      switch scalar {
      case 0x22, 0x27, 0x29, 0x2A, 0x5D, 0x5F, 0x60, 0x7D: true  // " ' ) * ] _ ` }
      case 0xBB, 0x2019, 0x201D, 0x203A: true  // » ’ ” ›
      case 0x3009, 0x300B, 0x300D, 0x300F, 0x3011, 0x3015, 0xFF09, 0xFF3D, 0xFF63: true  // CJK
      default: false
      }
    }
  }

  /// The scalar that decides whether a sentence continues.
  struct Follower {
    var value: UInt32
    var place: Int

    var isDigit: Bool { 0x30...0x39 ~= value }
    var isLowercase: Bool {
      value < 0x80 ? 0x61...0x7A ~= value : Unicode.Scalar(value)?.properties.isLowercase ?? false
    }
  }

  /// The first scalar that opens no quote or bracket, and how many before it do; nil where it has
  /// not arrived.
  private static func follower(in text: Span<UInt8>, from start: Int) -> (Follower, opening: Int)? {
    var place = start
    var opening = 0
    while let (value, width) = scalar(in: text, at: place) {
      // More than eight opening marks do not occur in real text; so only that many must have
      // arrived.
      guard opening < 8, isOpening(value) || opening > 0 && value == 0x20 else {
        return (Follower(value: value, place: place), opening)
      }
      place += width
      opening += 1
    }
    return nil
  }

  private static func isOpening(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x22, 0x27, 0x28, 0x2A, 0x2D, 0x5B, 0x5F, 0x60, 0x7B: true  // " ' ( * - [ _ ` {
    case 0xA1, 0xAB, 0xBF, 0x2013, 0x2014, 0x2018, 0x201C, 0x2039: true  // ¡ « ¿ – — ‘ “ ‹
    default: false
    }
  }

  static func isDigit(_ byte: UInt8) -> Bool { 0x30...0x39 ~= byte }
  static func isLetter(_ byte: UInt8) -> Bool { 0x61...0x7A ~= byte | 0x20 }
  static func isCapital(_ byte: UInt8) -> Bool { 0x41...0x5A ~= byte }
}
