/// How a vocabulary has text cut into words before merging.
struct Splitting: Sendable, Hashable {
  enum Digits: Sendable, Hashable { case single, together }

  /// nil: a text is one word.
  var pattern: SplitPattern?
  /// Numbers cut out of the text before the pattern sees it.
  var digits: Digits?
  /// A space is put before a text that does not begin with one.
  var addsSpace = false
}

/// Walks over the words of one text.
struct WordScanner {
  let reader: ScalarReader
  private let splitting: Splitting
  /// What stands before the next number is a text of its own: as far as it is known.
  private var part: ScalarReader

  init(_ text: UnsafePointer<UInt8>, end: Int, splitting: Splitting) {
    reader = ScalarReader(text, end: end)
    self.splitting = splitting
    part = splitting.digits == nil ? reader : ScalarReader(text, end: 0)
  }

  /// Where the word that begins at a place ends. Places must be asked in order.
  @inline(__always)
  mutating func wordEnd(from start: Int) -> Int {
    if splitting.digits != nil, let end = numberEnd(from: start) { return end }
    return splitting.pattern?.wordEnd(in: part, from: start) ?? part.end
  }

  /// The end of the number at a place; where there is none, finds how far the text goes without one.
  private mutating func numberEnd(from start: Int) -> Int? {
    let (kind, width) = reader.kind(at: start)
    if kind == ScalarClasses.number {
      return splitting.digits == .single ? start + width : reader.runEnd(of: kind, from: start + width)
    }
    guard part.end <= start else { return nil }
    var end = start + width
    while end < reader.end {
      let (kind, width) = reader.kind(at: end)
      if kind == ScalarClasses.number { break }
      end += width
    }
    part = ScalarReader(reader.text, end: end)
    return nil
  }
}
