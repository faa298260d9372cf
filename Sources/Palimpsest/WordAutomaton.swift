/// The machine behind `WordTokenizer`: one table look-up a byte says in which token the byte is and
/// whether a token begins there.
///
/// An entry holds the next state in its low six bits. `begins` says that a token begins at this
/// byte, `beginsBefore` that one began at the byte before: the last of a run of spaces is known to
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

  static let begins: UInt8 = 0x80
  static let beginsBefore: UInt8 = 0x40
  static let stateBits: UInt8 = 0x3F

  /// How many tokens begin in a piece of text, and the state behind it.
  static func starts(in text: Span<UInt8>, from state: UInt8) -> (state: UInt8, starts: Int) {
    let table = table.span
    var state = state
    var starts = 0
    for index in text.indices {
      // Both indices are in range: a state is below `State.count`, a byte below 256.
      let entry = table[unchecked: Int(state) << 8 | Int(text[unchecked: index])]
      state = entry & stateBits
      starts += Int((entry >> 7) | (entry >> 6) & 1)
    }
    return (state, starts)
  }

  /// Where, in a piece of text, the token begins before which `count` others begin in it.
  static func border(in text: Span<UInt8>, from state: UInt8, before count: Int) -> Int {
    var state = state
    var starts = 0
    for index in text.indices {
      let entry = table[Int(state) << 8 | Int(text[index])]
      state = entry & stateBits
      guard entry & (begins | beginsBefore) != 0 else { continue }
      if starts == count { return entry & begins != 0 ? index : index - 1 }
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
    // A run goes on up to its longest; a scalar's own later bytes never begin anything.
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
