/// How a vocabulary has text cut into words before merging.
struct Splitting: Sendable, Hashable {
  enum Digits: Sendable, Hashable { case single, together }

  /// nil: a text is one word.
  var pattern: SplitPattern?
  /// Numbers cut out of the text before the pattern sees it.
  var digits: Digits?
  /// Whether a space is put before a text.
  var leadingSpace = LeadingSpace.never
  /// How words begin at blanks, in vocabularies of scalars; nil where the pattern splits.
  var blanks: Blanks?

  enum Blanks: Sendable, Hashable {
    /// A run of blanks begins a word.
    case runs
    /// Each blank begins one.
    case each
  }

  enum LeadingSpace: Sendable, Hashable {
    case never
    /// Before every piece between added tokens that does not begin with one.
    case unlessThere
    /// As `unlessThere`, but only before the piece at the very beginning.
    case onceUnlessThere
    /// Before every piece, even one that begins with a space.
    case always
  }

  /// Whether there are places at which a word begins whatever stands around them.
  var hasBorders: Bool { pattern != nil || digits != nil || blanks != nil }

  /// Whether a space goes before a text.
  ///
  /// - Parameters:
  ///   - beginning: at least three of its bytes, or all.
  ///   - isFirst: whether nothing stands before it.
  func addsSpace(before beginning: ArraySlice<UInt8>, isFirst: Bool = true) -> Bool {
    guard let first = beginning.first else { return false }
    switch leadingSpace {
    case .never: return false
    case .always: return true
    case .onceUnlessThere where !isFirst: return false
    case .unlessThere, .onceUnlessThere:
      return first != 0x20 && !(splitsScalars && beginning.starts(with: Blank.sign))
    }
  }

  /// Whether the sign `▁` is a blank: in vocabularies of scalars.
  var splitsScalars = false

  @inline(__always)
  static func isBlank(in text: UnsafeBufferPointer<UInt8>, at place: Int) -> Bool {
    text[place] == 0x20 || Blank.isSign(in: text, at: place)
  }

  /// Whether a word ends between two scalars of these classes, whatever stands before and behind them.
  ///
  /// True of every pattern: no alternative goes on behind a letter with anything but a letter, behind a
  /// number with anything but a number, or behind something else with a blank that is no line break.
  /// None looks back, so words behind such a place are those of the text that begins there.
  func isBorder(between first: UInt8, and second: UInt8) -> Bool {
    if digits != nil, (first == ScalarClasses.number) != (second == ScalarClasses.number) { return true }
    guard pattern != nil else { return false }
    switch first {
    case ScalarClasses.letter, ScalarClasses.number: return second != first
    case ScalarClasses.other: return second == ScalarClasses.space
    default: return false
    }
  }
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
    if let blanks = splitting.blanks { return blankWordEnd(from: start, blanks) }
    if splitting.digits != nil, let end = numberEnd(from: start) { return end }
    return splitting.pattern?.wordEnd(in: part, from: start) ?? part.end
  }

  private func blankWordEnd(from start: Int, _ blanks: Splitting.Blanks) -> Int {
    let text = UnsafeBufferPointer(start: reader.text, count: reader.end)
    var place = start
    while place < reader.end, Splitting.isBlank(in: text, at: place) {
      place += text[place] == 0x20 ? 1 : Blank.sign.count
      if blanks == .each { break }
    }
    while place < reader.end, !Splitting.isBlank(in: text, at: place) { place += 1 }
    return place
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
