extension BytePairTokenizer {
  /// See `Tokenizer`. A cut is allowed where the tokens on both sides are those of the whole text.
  /// There is none inside a scalar, nor inside text that normalization changed.
  ///
  /// Where a space is added before every text (`add_prefix_space`), the part behind a cut gets one
  /// too.
  public func prefix(of text: Span<UInt8>, tokens limit: Int, isEnd: Bool) -> (bytes: Int, tokens: Int)? {
    guard limit > 0 else { return (0, 0) }
    return text.withUnsafeBufferPointer { text in
      let text = isEnd ? text : UnsafeBufferPointer(rebasing: text[..<settledEnd(of: text)])
      guard !text.isEmpty else { return isEnd ? (0, 0) : nil }
      return vocabulary.withEncoder { prefix(of: text, tokens: limit, isEnd: isEnd, with: $0) }
    }
  }

  private func prefix(
    of text: UnsafeBufferPointer<UInt8>, tokens limit: Int, isEnd: Bool, with encoder: WordEncoder
  ) -> (bytes: Int, tokens: Int)? {
    var source = Normalizer.Text()
    var isChanged = false
    if let form = vocabulary.form, !Normalizer.isStable(text, in: form) {
      source = encoder.normalizer?.normalize(text) ?? source
      isChanged = true
    }
    let addsSpace = vocabulary.splitting.addsSpace(
      before: isChanged ? source.bytes.prefix(3) : Array(text.prefix(3))[...])
    guard isChanged || addsSpace else {
      return fit(text, limit: limit, isEnd: isEnd, with: encoder) { $0 }
    }
    if !isChanged { source.bytes = Array(text) }
    if addsSpace { source.bytes.insert(0x20, at: 0) }
    return source.bytes.withUnsafeBufferPointer { bytes in
      fit(bytes, limit: limit, isEnd: isEnd, with: encoder) { place in
        place == 0 ? 0 : addsSpace && place == 1 ? nil : source.original(addsSpace ? place - 1 : place)
      }
    }
  }

  /// - Parameter original: the place in the caller's text; nil where there is none.
  private func fit(
    _ text: UnsafeBufferPointer<UInt8>, limit: Int, isEnd: Bool, with encoder: WordEncoder,
    original: (Int) -> Int?
  ) -> (bytes: Int, tokens: Int)? {
    guard let base = text.baseAddress else { return nil }
    let end = text.count
    var scanner = WordScanner(base, end: end, splitting: vocabulary.splitting)
    var start = 0
    var count = 0
    // The ends of the last words, in case the nearest is none at which one may cut.
    var ends: [(place: Int, tokens: Int)] = [(0, 0)]
    while start < end {
      let stop = scanner.wordEnd(from: start)
      // A word that touches the end may continue behind it.
      if stop == end, !isEnd { return nil }
      let tokens = encoder.tokens(in: base, from: start, to: stop, end: end)
      guard count + tokens.count > limit else {
        count += tokens.count
        start = stop
        if ends.count == 64 { ends.removeFirst(32) }
        ends.append((start, count))
        continue
      }
      // 1. Inside the word that is too much.
      let word = Word(text: text, range: start..<stop, vocabulary: vocabulary)
      for cut in word.cuts(upTo: limit - count, tokens) {
        if let place = original(cut.place) { return (place, count + cut.tokens) }
      }
      // 2. At the end of the word before it, inside that, and so on.
      while let (place, count) = ends.popLast(), let before = ends.last {
        let word = Word(text: text, range: before.place..<place, vocabulary: vocabulary)
        if word.isEnd, let place = original(place) { return (place, count) }
        let tokens = encoder.tokens(in: base, from: before.place, to: place, end: end)
        for cut in word.cuts(upTo: tokens.count, tokens) {
          if let place = original(cut.place) { return (place, before.tokens + cut.tokens) }
        }
      }
      return (0, 0)
    }
    return isEnd ? original(end).map { ($0, count) } : nil
  }

  /// Up to where what follows the span can change no scalar: all but one that the end cuts off, and,
  /// where text is normalized, but the last segment, which marks to come may change.
  func settledEnd(of text: UnsafeBufferPointer<UInt8>) -> Int {
    let end = Self.wholeScalars(of: text)
    guard let form = vocabulary.form else { return end }
    return Normalizer.lastFront(of: UnsafeBufferPointer(rebasing: text[..<end]), in: form)
  }

  private static func wholeScalars(of text: UnsafeBufferPointer<UInt8>) -> Int {
    for length in 1...3 where length <= text.count {
      let lead = text[text.count - length]
      if lead & 0xC0 == 0x80 { continue }
      let width = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
      return width > length ? text.count - length : text.count
    }
    return text.count
  }
}
