/// A word of a text as it is compared: its stem, where it stands, what it looks like.
struct Word {
  struct Looks: OptionSet {
    let rawValue: UInt8
    static let capital = Looks(rawValue: 1)
    static let number = Looks(rawValue: 2)
    /// Something other than a blank stands before it, so that a run of names ends there.
    static let afterMark = Looks(rawValue: 4)
    /// `the`, `of`, `which`: says nothing about what a text is about.
    static let function = Looks(rawValue: 8)
  }

  /// Hash of the stem in lower case; equal for `director`, `directed` and `directs`.
  var stem: UInt64
  var start: Int32
  var end: Int32
  var looks: Looks

  var range: Range<Int> { Int(start)..<Int(end) }
}

/// Finds the words of UTF-8 text in one pass.
///
/// Letters and digits make words; `1,234.5` is one; a possessive `'s` is dropped; other apostrophes
/// and hyphens separate. Upper case is folded for ASCII, Latin-1 and Latin Extended-A.
struct WordScanner {
  /// A word longer than this is split, so that nothing grows with the text.
  private static let longest = 48

  private var folded: [UInt8] = Array(repeating: 0, count: longest + 4)
  private let kinds = ByteKind.table
  private let functions = Stems.functionWords

  init() {}

  /// Appends the words of `text[range]`, their offsets counted in `text`.
  mutating func scan(_ text: Span<UInt8>, _ range: Range<Int>, into words: inout [Word]) {
    var index = range.lowerBound
    let end = range.upperBound
    precondition(range.lowerBound >= 0 && end <= text.count, "words of \(range) in \(text.count) bytes")
    let (kinds, functions) = (kinds, functions)
    var folded = folded.mutableSpan
    var isAfterMark = false
    while index < end {
      switch kinds[Int(text[unchecked: index])] {
      case .blank:
        index += 1
      case .mark:
        index += 1
        isAfterMark = true
      case .high where Scalar(at: index, of: text, end).isMark:
        index += Scalar(at: index, of: text, end).length
        isAfterMark = true
      case .lower, .upper, .digit, .high:
        words.append(
          Self.word(in: text, at: &index, end, isAfterMark, kinds: kinds.span, functions, &folded))
        isAfterMark = false
      }
    }
  }

  /// - Parameter folded: room for the word in small letters.
  private static func word(
    in text: Span<UInt8>, at index: inout Int, _ end: Int, _ isAfterMark: Bool, kinds: Span<ByteKind>,
    _ functions: StemTable, _ folded: inout MutableSpan<UInt8>
  ) -> Word {
    let start = index
    var count = 0
    var looks: Word.Looks = isAfterMark ? [.afterMark, .number] : .number
    letters: while index < end, count < Self.longest {
      let byte = text[unchecked: index]
      switch kinds[unchecked: Int(byte)] {
      case .digit:
        folded[unchecked: count] = byte
      case .lower:
        folded[unchecked: count] = byte
        looks.remove(.number)
      case .upper:
        folded[unchecked: count] = byte | 0x20
        looks.remove(.number)
        if count == 0 { looks.insert(.capital) }
      case .high:
        let scalar = Scalar(at: index, of: text, end)
        if scalar.isMark { break letters }
        for place in 0..<scalar.length { folded[count + place] = text[index + place] }
        if scalar.isUpper {
          folded[count + 1] &+= scalar.fold
          if count == 0 { looks.insert(.capital) }
        }
        looks.remove(.number)
        count += scalar.length - 1
        index += scalar.length - 1
      case .mark
      where looks.contains(.number) && count > 0 && (byte == 0x2C || byte == 0x2E)
        && index + 1 < end && kinds[Int(text[index + 1])] == .digit:
        folded[count] = byte
      case .mark, .blank:
        break letters
      }
      count += 1
      index += 1
    }
    let stop = index
    index = possessive(text, index, end, kinds)
    let isNumber = looks.contains(.number)
    var stem = Stems.hash(folded.span, count)
    if !isNumber {
      // No function word is longer.
      if count < 9, functions[stem] >= 0 { looks.insert(.function) }
      let last = folded[count - 1]
      let length = Stems.length(of: &folded, count)
      if length != count || last != folded[count - 1] { stem = Stems.hash(folded.span, length) }
    }
    return Word(stem: stem, start: Int32(start), end: Int32(stop), looks: looks)
  }

  /// Behind the `'s` that stands at an index, if one does.
  private static func possessive(
    _ text: Span<UInt8>, _ index: Int, _ end: Int, _ kinds: Span<ByteKind>
  ) -> Int {
    var next = index
    if next < end, text[next] == 0x27 {
      next += 1
    } else if next + 2 < end, text[next] == 0xE2, text[next + 1] == 0x80, text[next + 2] == 0x99 {
      next += 3
    } else {
      return index
    }
    guard next < end, text[next] | 0x20 == UInt8(ascii: "s") else { return index }
    next += 1
    if next < end {
      switch kinds[Int(text[next])] {
      case .lower, .upper, .digit, .high: return index
      case .blank, .mark: break
      }
    }
    return next
  }
}

/// What a byte is to a reader of words.
enum ByteKind: UInt8 {
  case blank, mark, lower, upper, digit, high

  static let table: [ByteKind] = (UInt8.min...UInt8.max).map { byte in
    switch byte {
    case 9...13, 32: .blank
    case UInt8(ascii: "a")...UInt8(ascii: "z"): .lower
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): .upper
    case UInt8(ascii: "0")...UInt8(ascii: "9"): .digit
    case 0x80...0xFF: .high
    default: .mark
    }
  }
}

/// A character beyond ASCII, as far as words care.
struct Scalar {
  var length: Int
  /// Quotes, dashes, stops, no-break spaces: no part of a word.
  var isMark: Bool
  var isUpper: Bool
  /// What is added to its second byte to make it lower case.
  var fold: UInt8

  init(at index: Int, of text: Span<UInt8>, _ end: Int) {
    let lead = text[index]
    let width = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
    length = min(width, end - index)
    isUpper = false
    fold = 0
    guard length > 1 else {
      isMark = false
      return
    }
    let next = text[index + 1]
    switch lead {
    case 0xC2: isMark = next != 0xAA && next != 0xB5 && next != 0xBA
    case 0xE2: isMark = next == 0x80 || next == 0x81 || next >= 0x86
    case 0xE3: isMark = next == 0x80
    case 0xEF: isMark = next == 0xBC || next == 0xBD || next == 0xBB
    default: isMark = lead == 0xC3 && (next == 0x97 || next == 0xB7)
    }
    guard !isMark, (0xC3...0xC5).contains(lead) else { return }
    let point = (Int(lead) & 0x1F) << 6 | Int(next) & 0x3F
    switch point {
    case 0xC0...0xDE: (isUpper, fold) = (true, 0x20)
    case 0x100...0x137, 0x14A...0x177: (isUpper, fold) = (point % 2 == 0, 1)
    case 0x139...0x148, 0x179...0x17E: (isUpper, fold) = (point % 2 == 1, 1)
    default: break
    }
  }
}
