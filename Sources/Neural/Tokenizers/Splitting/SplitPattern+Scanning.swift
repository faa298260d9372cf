extension SplitPattern {
  /// Where the word that begins at a place ends.
  ///
  /// Alternatives of the expression are tried in their order; `reader.end` is the end of the text.
  @inline(__always)
  func wordEnd(in reader: ScalarReader, from start: Int) -> Int {
    switch self {
    case .gpt2: Self.gpt2End(reader, start)
    case .qwen2: Self.anyCaseEnd(reader, start, digits: 1)
    case .llama3: Self.anyCaseEnd(reader, start, digits: 3)
    }
  }

  private static func gpt2End(_ reader: ScalarReader, _ start: Int) -> Int {
    let (kind, width) = reader.kind(at: start)
    switch kind {
    case ScalarClasses.letter, ScalarClasses.number: return reader.runEnd(of: kind, from: start + width)
    case ScalarClasses.other:
      if reader.text[start] == apostrophe, let end = contractionEnd(reader, start, anyCase: false) { return end }
      return reader.runEnd(of: kind, from: start + width)
    default:
      // A single space goes to whatever follows it.
      if reader.text[start] == 0x20, start + 1 < reader.end {
        let (kind, width) = reader.kind(at: start + 1)
        if !ScalarClasses.isBlank(kind) { return reader.runEnd(of: kind, from: start + 1 + width) }
      }
      return blanksEnd(reader, start, breaksApart: false)
    }
  }

  @inline(__always)
  private static func anyCaseEnd(_ reader: ScalarReader, _ start: Int, digits: Int) -> Int {
    let (kind, width) = reader.kind(at: start)
    let next = start + width
    switch kind {
    case ScalarClasses.letter: return reader.runEnd(of: kind, from: next)
    case ScalarClasses.number:
      var end = next
      for _ in 1..<digits where end < reader.end {
        let (kind, width) = reader.kind(at: end)
        guard kind == ScalarClasses.number else { break }
        end += width
      }
      return end
    case ScalarClasses.newline: return blanksEnd(reader, start, breaksApart: true)
    default:
      let isOther = kind == ScalarClasses.other
      if isOther, reader.text[start] == apostrophe, let end = contractionEnd(reader, start, anyCase: true) {
        return end
      }
      guard next < reader.end else { return next }
      let (following, followingWidth) = reader.kind(at: next)
      if following == ScalarClasses.letter { return reader.runEnd(of: following, from: next + followingWidth) }
      if isOther { return breaksEnd(reader, reader.runEnd(of: ScalarClasses.other, from: next)) }
      if following == ScalarClasses.other, reader.text[start] == 0x20 {
        return breaksEnd(reader, reader.runEnd(of: ScalarClasses.other, from: next + followingWidth))
      }
      return blanksEnd(reader, start, breaksApart: true)
    }
  }

  private static var apostrophe: UInt8 { 0x27 }

  /// The end of `'s 't 're 've 'm 'll 'd`, where one stands. Without regard to case `ſ` (U+017F) is
  /// an s.
  private static func contractionEnd(_ reader: ScalarReader, _ start: Int, anyCase: Bool) -> Int? {
    func letter(_ offset: Int) -> UInt8 {
      guard start + offset < reader.end else { return 0 }
      let byte = reader.text[start + offset]
      return anyCase && 0x41...0x5A ~= byte ? byte | 0x20 : byte
    }
    switch letter(1) {
    case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return start + 2
    case UInt8(ascii: "r"), UInt8(ascii: "v"): return letter(2) == UInt8(ascii: "e") ? start + 3 : nil
    case UInt8(ascii: "l"): return letter(2) == UInt8(ascii: "l") ? start + 3 : nil
    case 0xC5: return anyCase && letter(2) == 0xBF ? start + 3 : nil
    default: return nil
    }
  }

  private static func breaksEnd(_ reader: ScalarReader, _ start: Int) -> Int {
    var end = start
    while end < reader.end, reader.text[end] == 0x0A || reader.text[end] == 0x0D { end += 1 }
    return end
  }

  /// A run of white space: up to its last line break where these stand apart; else all of it but the
  /// last scalar, which is left to what follows; all of it at the end of the text.
  private static func blanksEnd(_ reader: ScalarReader, _ start: Int, breaksApart: Bool) -> Int {
    var place = start
    var last = start
    var afterBreak = start
    while place < reader.end {
      let (kind, width) = reader.kind(at: place)
      guard ScalarClasses.isBlank(kind) else { break }
      last = place
      place += width
      if kind == ScalarClasses.newline { afterBreak = place }
    }
    if breaksApart, afterBreak > start { return afterBreak }
    return place == reader.end || last == start ? place : last
  }
}
