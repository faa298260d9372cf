/// The machine behind `WordTokenizer`: one table look-up a byte says in which token the byte is and
/// whether a token begins there.
///
/// An entry holds the next state in its low six bits. `begins` says that a token begins at this
/// byte, `beginsBefore` that it began at the byte before: the last of a run of spaces is known to
/// be the last only when something else follows.
enum WordAutomaton {
  /// States are numbers: `start`, `mark` (in a scalar that is a token by itself), and runs of
  /// letters, digits, spaces and line breaks by their length so far.
  enum State {
    static let start: UInt8 = 0
    static let mark: UInt8 = 1
    static func letters(_ count: UInt8) -> UInt8 { 1 + count }  // 1...8
    static func digits(_ count: UInt8) -> UInt8 { 9 + count }  // 1...3
    static func spaces(_ count: UInt8) -> UInt8 { 12 + count }  // 1...16
    static func breaks(_ count: UInt8) -> UInt8 { 28 + count }  // 1...16
    static let count: UInt8 = 45
  }

  static let begins: UInt8 = 0x40
  static let beginsBefore: UInt8 = 0xC0
  static let stateBits: UInt8 = 0x3F

  /// How many tokens begin in a piece of text, and the state behind it.
  ///
  /// One look-up waits for the one before it. Where a space follows something else a token begins
  /// whatever the state, so long pieces are read at four such places at once: 3 times faster.
  static func starts(in text: Span<UInt8>, from state: UInt8) -> (state: UInt8, starts: Int) {
    let quarter = text.count / 4
    guard quarter >= 48, let second = meeting(in: text, from: quarter),
      let third = meeting(in: text, from: 2 * quarter), let fourth = meeting(in: text, from: 3 * quarter)
    else { return plainStarts(in: text, from: state) }

    let table = table.span
    var (a, b, c, d) = (state, State.start, State.start, State.start)
    var starts = 0
    let shortest = min(second, third - second, fourth - third, text.count - fourth)
    for index in 0..<shortest {
      // All indices are in range: a state is below `State.count`, a byte below 256.
      let first = table[unchecked: Int(a) << 8 | Int(text[unchecked: index])]
      let next = table[unchecked: Int(b) << 8 | Int(text[unchecked: second + index])]
      let later = table[unchecked: Int(c) << 8 | Int(text[unchecked: third + index])]
      let last = table[unchecked: Int(d) << 8 | Int(text[unchecked: fourth + index])]
      (a, b, c, d) = (first & stateBits, next & stateBits, later & stateBits, last & stateBits)
      starts += began(first) + began(next) + began(later) + began(last)
    }
    for (from, to, state) in [(0, second, a), (second, third, b), (third, fourth, c)] {
      starts += plainStarts(in: text.extracting(from + shortest..<to), from: state).starts
    }
    let rest = plainStarts(in: text.extracting(fourth + shortest..<text.count), from: d)
    return (rest.state, starts + rest.starts)
  }

  @inline(__always)
  private static func began(_ entry: UInt8) -> Int { Int(entry >> 6 & 1) }

  private static func plainStarts(in text: Span<UInt8>, from state: UInt8) -> (state: UInt8, starts: Int) {
    let table = table.span
    var state = state
    var starts = 0
    for index in text.indices {
      let entry = table[unchecked: Int(state) << 8 | Int(text[unchecked: index])]
      state = entry & stateBits
      starts += began(entry)
    }
    return (state, starts)
  }

  /// A space behind something else, within reach of a place.
  private static func meeting(in text: Span<UInt8>, from place: Int) -> Int? {
    for index in place..<min(place + 32, text.count) where text[index] == 0x20 && text[index - 1] > 0x20 {
      return index
    }
    return nil
  }

  /// Where, in a piece of text, the token begins before which `count` others begin in it.
  static func border(in text: Span<UInt8>, from state: UInt8, before count: Int) -> Int {
    var state = state
    var starts = 0
    for index in text.indices {
      let entry = table[Int(state) << 8 | Int(text[index])]
      state = entry & stateBits
      guard entry & begins != 0 else { continue }
      if starts == count { return entry & beginsBefore == beginsBefore ? index - 1 : index }
      starts += 1
    }
    return text.count
  }

  /// [state, byte] → entry.
  static let table: [UInt8] = {
    var table: [UInt8] = []
    for state in 0..<State.count {
      for byte in UInt8.min...UInt8.max { table.append(entry(state, byte)) }
    }
    return table
  }()

  private enum Kind { case letter, digit, space, lineBreak, mark, continuation }

  private static func entry(_ state: UInt8, _ byte: UInt8) -> UInt8 {
    let kind = kind(of: byte)
    let first: UInt8 =
      switch kind {
      case .letter: State.letters(1)
      case .digit: State.digits(1)
      case .space: State.spaces(1)
      case .lineBreak: State.breaks(1)
      case .mark, .continuation: State.mark
      }
    // A run continues up to its longest length; the later bytes of a scalar never begin a token.
    switch (kind, state) {
    case (.continuation, State.letters(1)...State.letters(8)): return min(state + 1, State.letters(8))
    case (.continuation, State.mark): return State.mark
    case (.letter, State.letters(1)..<State.letters(8)): return state + 1
    case (.digit, State.digits(1)..<State.digits(3)): return state + 1
    case (.space, State.spaces(1)..<State.spaces(16)): return state + 1
    case (.lineBreak, State.breaks(1)..<State.breaks(16)): return state + 1
    case (.space, _), (.lineBreak, _): return first | begins
    // One space and what follows it are one token; of more, the last goes with what follows.
    case (_, State.spaces(1)): return first
    case (_, State.spaces(2)...State.spaces(16)): return first | beginsBefore
    default: return first | begins
    }
  }

  /// By its first byte alone, so that no scalar has to be complete to be counted: two-byte scalars
  /// from U+00C0 on and those of U+0800–U+1FFF are letters; CJK, symbols and emoji are marks.
  private static func kind(of byte: UInt8) -> Kind {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): .letter
    case UInt8(ascii: "0")...UInt8(ascii: "9"): .digit
    case UInt8(ascii: " "), UInt8(ascii: "\t"): .space
    case UInt8(ascii: "\n"), UInt8(ascii: "\r"): .lineBreak
    case 0x80...0xBF: .continuation
    case 0xC3...0xDF, 0xE0, 0xE1: .letter
    default: .mark
    }
  }
}
