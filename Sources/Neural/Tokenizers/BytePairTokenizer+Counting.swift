import Palimpsest

extension BytePairTokenizer {
  /// Bytes of the longest token of the vocabulary; added tokens do not count.
  public var longestToken: Int { vocabulary.table.longest }

  /// Words of text are far shorter. In one that is longer, counting goes on from the place itself, which
  /// is right for its merges where that place is a border between tokens.
  public var lookback: Int { vocabulary.splitting.hasBorders ? 4096 : 0 }

  /// See `Tokenizer`. The tokens are those of `encode` for the whole text, wherever the text is cut.
  ///
  /// Looks back to the nearest place at which a word begins whatever stands before it, and encodes from
  /// there on. Where normalization changed a part of the text, there is no place inside that part.
  public func end(
    ofNext limit: Int, in text: Span<UInt8>, from start: TokenPlace, isBegin: Bool, isEnd: Bool
  ) -> TokenPlace? {
    text.withUnsafeBufferPointer { text in
      let end = isEnd ? text.count : settledEnd(of: text)
      guard start.offset < end else { return isEnd ? TokenPlace(text.count) : nil }
      let front = front(before: start.offset, in: text, isBegin: isBegin)
      let part = UnsafeBufferPointer(rebasing: text[front..<end])
      let place = TokenPlace(start.offset - front, ahead: start.ahead)
      let found = vocabulary.withEncoder {
        self.end(ofNext: limit, in: part, from: place, isBegin: isBegin && front == 0, isEnd: isEnd, with: $0)
      }
      return found.map { TokenPlace(front + $0.offset, ahead: $0.ahead) }
    }
  }

  /// The nearest place at or before another one at which a word begins whatever stands before; the place
  /// itself where there is none within reach.
  private func front(before place: Int, in text: UnsafeBufferPointer<UInt8>, isBegin: Bool) -> Int {
    guard place > 0, let base = text.baseAddress, vocabulary.splitting.hasBorders else { return place }
    let reader = ScalarReader(base, end: text.count)
    var front = place
    while front > 0 {
      var before = front - 1
      while before > 0, text[before] & 0xC0 == 0x80 { before -= 1 }
      if isBorder(before, front, in: text, reader),
        isStable(UnsafeBufferPointer(rebasing: text[before..<front])),
        isStable(UnsafeBufferPointer(rebasing: text[front..<min(front + 4, text.count)]))
      {
        return front
      }
      front = before
    }
    return isBegin ? 0 : place
  }

  private func isBorder(
    _ before: Int, _ front: Int, in text: UnsafeBufferPointer<UInt8>, _ reader: ScalarReader
  ) -> Bool {
    let splitting = vocabulary.splitting
    if let blanks = splitting.blanks {
      return Splitting.isBlank(in: text, at: front) && (blanks == .each || !Splitting.isBlank(in: text, at: before))
    }
    return splitting.isBorder(between: reader.kind(at: before).kind, and: reader.kind(at: front).kind)
  }

  /// Whether normalization leaves the first scalar as it is, whatever stands around it.
  private func isStable(_ scalar: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let form = vocabulary.form else { return true }
    let width = scalar[0] < 0x80 ? 1 : scalar[0] < 0xE0 ? 2 : scalar[0] < 0xF0 ? 3 : 4
    guard width <= scalar.count else { return false }
    return Normalizer.isStable(UnsafeBufferPointer(rebasing: scalar[..<width]), in: form)
  }

  /// - Parameter text: begins where a word does.
  private func end(
    ofNext limit: Int, in text: UnsafeBufferPointer<UInt8>, from start: TokenPlace, isBegin: Bool, isEnd: Bool,
    with encoder: WordEncoder
  ) -> TokenPlace? {
    var source = Normalizer.Text()
    var isChanged = false
    if let form = vocabulary.form, !Normalizer.isStable(text, in: form) {
      source = encoder.normalizer?.normalize(text) ?? source
      isChanged = true
    }
    let addsSpace =
      isBegin && vocabulary.splitting.addsSpace(before: isChanged ? source.bytes.prefix(3) : Array(text.prefix(3))[...])
    guard isChanged || addsSpace else {
      return Walk(text, from: start, of: vocabulary, with: encoder).end(ofNext: limit, isEnd: isEnd) { $0 }
    }
    if !isChanged { source.bytes = Array(text) }
    if addsSpace { source.bytes.insert(0x20, at: 0) }
    let more = addsSpace ? 1 : 0
    // The space that was put first belongs to the first token; nothing can be cut off before it.
    let begin = start.offset == 0 ? 0 : source.normalized(start.offset) + more
    return source.bytes.withUnsafeBufferPointer { bytes in
      Walk(bytes, from: TokenPlace(begin, ahead: start.ahead), of: vocabulary, with: encoder)
        .end(ofNext: limit, isEnd: isEnd) { place in
          place == 0 ? 0 : place < more ? nil : source.original(place - more)
        }
    }
  }
}

/// Counts borders between tokens over the words of one text.
private struct Walk {
  let text: UnsafeBufferPointer<UInt8>
  let start: TokenPlace
  let vocabulary: Vocabulary
  let encoder: WordEncoder

  init(
    _ text: UnsafeBufferPointer<UInt8>, from start: TokenPlace, of vocabulary: Vocabulary, with encoder: WordEncoder
  ) {
    self.text = text
    self.start = start
    self.vocabulary = vocabulary
    self.encoder = encoder
  }

  /// - Parameter original: the place in the caller's text; nil where there is none.
  func end(ofNext limit: Int, isEnd: Bool, original: (Int) -> Int?) -> TokenPlace? {
    // Borders at or behind the start are numbered from 0; this is the number of the wanted one.
    let (wanted, isOver) = start.ahead.addingReportingOverflow(limit)
    guard let border = isOver ? .some(text.count) : border(wanted, isEnd: isEnd) else { return nil }
    if border == text.count, isEnd, let end = original(border) { return TokenPlace(end) }
    var place = border
    while place > 0, (place < text.count && text[place] & 0xC0 == 0x80) || original(place) == nil { place -= 1 }
    guard let end = original(place) else { return nil }
    if place == border { return TokenPlace(end) }
    return TokenPlace(end, ahead: borders(upTo: border).count { $0 >= place && $0 < border })
  }

  /// The place of a border by its number; the end of the text where it has fewer.
  private func border(_ wanted: Int, isEnd: Bool) -> Int? {
    guard let base = text.baseAddress else { return nil }
    let end = text.count
    var scanner = WordScanner(base, end: end, splitting: vocabulary.splitting)
    var place = 0
    /// The number of the next border.
    var number = start.offset == 0 ? 0 : -1
    if number == wanted { return 0 }
    while place < end {
      let stop = scanner.wordEnd(from: place)
      // What touches the end may go on behind it.
      if stop == end, !isEnd { return nil }
      if stop < start.offset {
        place = stop
        continue
      }
      let tokens = encoder.tokens(in: base, from: place, to: stop, end: end)
      if place >= start.offset, number + tokens.count < wanted {
        number += tokens.count
        place = stop
        continue
      }
      for token in tokens {
        place = vocabulary.end(of: token, from: place, in: text, to: stop)
        if place >= start.offset { number += 1 }
        if place >= start.offset, number == wanted { return place }
      }
      place = stop
    }
    return isEnd ? end : nil
  }

  /// All borders up to one of them.
  private func borders(upTo last: Int) -> [Int] {
    guard let base = text.baseAddress else { return [] }
    var scanner = WordScanner(base, end: text.count, splitting: vocabulary.splitting)
    var borders = [0]
    var place = 0
    while place < last {
      let stop = scanner.wordEnd(from: place)
      for token in encoder.tokens(in: base, from: place, to: stop, end: text.count) {
        borders.append(vocabulary.end(of: token, from: borders.last ?? 0, in: text, to: stop))
      }
      place = stop
    }
    return borders
  }
}
