extension BytePairTokenizer {
  /// The tokens of a text.
  ///
  /// - Parameter matching: which added tokens are found in it. Foreign text is encoded with `none`.
  public func encode(_ text: String, matching: AddedTokens = .none) -> [Int] {
    var text = text
    return text.withUTF8 { encode($0, matching: matching) }
  }

  /// The tokens of UTF-8 bytes. Invalid bytes split words and are encoded as bytes.
  public func encode(_ text: UnsafeBufferPointer<UInt8>, matching: AddedTokens = .none) -> [Int] {
    var ids: [Int] = []
    ids.reserveCapacity(text.count / 4 + 16)
    vocabulary.withEncoder { encoder in
      guard matching != .none else { return encode(text, with: encoder, to: &ids) }
      for section in vocabulary.added.sections(of: text, isNormalized: false, matching: matching) {
        switch section {
        case .token(let id): ids.append(id)
        case .text(let range):
          let section = UnsafeBufferPointer(rebasing: text[range])
          normalized(section, with: encoder) { text in
            for section in vocabulary.added.sections(of: text, isNormalized: true, matching: matching) {
              switch section {
              case .token(let id): ids.append(id)
              case .text(let inner):
                let isFirst = range.lowerBound == 0 && inner.lowerBound == 0
                words(of: UnsafeBufferPointer(rebasing: text[inner]), isFirst: isFirst, with: encoder, to: &ids)
              }
            }
          }
        }
      }
    }
    return ids
  }

  /// The tokens of a text that is trusted in parts: added tokens are found where a closure allows it.
  func encode(_ text: [UInt8], matchingIn isTrusted: (Range<Int>) -> Bool) -> [Int] {
    var ids: [Int] = []
    text.withUnsafeBufferPointer { text in
      vocabulary.withEncoder { encoder in
        for section in vocabulary.added.sections(of: text, isNormalized: false, matching: .all, where: isTrusted) {
          guard case .text(let outer) = section else {
            if case .token(let id) = section { ids.append(id) }
            continue
          }
          let part = UnsafeBufferPointer(rebasing: text[outer])
          let inner = vocabulary.added.sections(of: part, isNormalized: true, matching: .all) { range in
            isTrusted(range.lowerBound + outer.lowerBound..<range.upperBound + outer.lowerBound)
          }
          for section in inner {
            switch section {
            case .token(let id): ids.append(id)
            case .text(let range):
              let isFirst = outer.lowerBound == 0 && range.lowerBound == 0
              encode(UnsafeBufferPointer(rebasing: part[range]), isFirst: isFirst, with: encoder, to: &ids)
            }
          }
        }
      }
    }
    return ids
  }

  private func encode(
    _ text: UnsafeBufferPointer<UInt8>, isFirst: Bool = true, with encoder: WordEncoder, to ids: inout [Int]
  ) {
    normalized(text, with: encoder) { words(of: $0, isFirst: isFirst, with: encoder, to: &ids) }
  }

  private func normalized(
    _ text: UnsafeBufferPointer<UInt8>, with encoder: WordEncoder, _ body: (UnsafeBufferPointer<UInt8>) -> Void
  ) {
    guard let form = vocabulary.form, !Normalizer.isStable(text, in: form), encoder.normalizer != nil else {
      return body(text)
    }
    encoder.normalizer?.normalize(text).bytes.withUnsafeBufferPointer(body)
  }

  /// - Parameter isFirst: whether nothing stands before the text.
  private func words(
    of text: UnsafeBufferPointer<UInt8>, isFirst: Bool, with encoder: WordEncoder, to ids: inout [Int]
  ) {
    guard !text.isEmpty else { return }
    let lost = vocabulary.symbols.lost(in: text)
    if lost > 0 { vocabulary.lost.wrappingAdd(lost, ordering: .relaxed) }
    if vocabulary.splitting.addsSpace(before: Array(text.prefix(3))[...], isFirst: isFirst) {
      ([0x20] + Array(text)).withUnsafeBufferPointer { append($0, with: encoder, to: &ids) }
    } else {
      append(text, with: encoder, to: &ids)
    }
  }

  private func append(_ text: UnsafeBufferPointer<UInt8>, with encoder: WordEncoder, to ids: inout [Int]) {
    guard let base = text.baseAddress else { return }
    let end = text.count
    var scanner = WordScanner(base, end: end, splitting: vocabulary.splitting)
    var start = 0
    while start < end {
      let stop = scanner.wordEnd(from: start)
      for id in encoder.tokens(in: base, from: start, to: stop, end: end) { ids.append(Int(id)) }
      start = stop
    }
  }
}
