/// What one encoding at a time works with: the merger, its cache, and the normalizer's memory.
final class WordEncoder: @unchecked Sendable {  // handed from one owner to the next, never shared
  private let merger: Merger
  private let cache = WordCache()
  private let whole: (table: TokenTable, added: AddedVocabulary)?
  var normalizer: Normalizer?
  /// One token, where a word is one without merging.
  private let single: UnsafeMutablePointer<UInt32>

  /// - Parameter whole: the vocabulary in which a word is looked up before it is merged; what stands
  ///   there as an added token too is not found.
  init(merger: Merger, whole: (table: TokenTable, added: AddedVocabulary)?, normalizer: Normalizer?) {
    self.merger = merger
    self.whole = whole
    self.normalizer = normalizer
    single = .allocate(capacity: 1)
    single.initialize(to: 0)
  }

  deinit { single.deallocate() }

  /// The tokens of a word; valid until the next one.
  ///
  /// - Parameter end: where readable bytes end.
  @inline(__always)
  func tokens(
    in text: UnsafePointer<UInt8>, from start: Int, to stop: Int, end: Int
  ) -> UnsafeBufferPointer<UInt32> {
    let count = stop - start
    guard count <= 15 else { return longer(UnsafeBufferPointer(start: text + start, count: count)) }
    var low: UInt64 = 0
    var high: UInt64 = 0
    if start + 16 <= end {
      let raw = UnsafeRawPointer(text + start)
      low = raw.loadUnaligned(as: UInt64.self) & (~0 >> UInt64(64 - 8 * min(count, 8)))
      high = count > 8 ? raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self) & (~0 >> UInt64(128 - 8 * count)) : 0
    } else {
      for offset in 0..<count {
        let byte = UInt64(text[start + offset])
        if offset < 8 { low |= byte << UInt64(8 * offset) } else { high |= byte << UInt64(8 * offset - 64) }
      }
    }
    high |= UInt64(count) << 56
    let short = cache.short(low, high)
    if short.pointee.low == low, short.pointee.high == high {
      let ids = UnsafeRawPointer(short).advanced(by: 16).assumingMemoryBound(to: UInt32.self)
      return UnsafeBufferPointer(start: ids, count: Int(short.pointee.count))
    }
    return shorter(UnsafeBufferPointer(start: text + start, count: count), low, high)
  }

  /// A short word that is not in the first table, and is put there if its tokens fit.
  @inline(never)
  private func shorter(
    _ word: UnsafeBufferPointer<UInt8>, _ low: UInt64, _ high: UInt64
  ) -> UnsafeBufferPointer<UInt32> {
    let tokens = longer(word)
    if tokens.count <= 3 {
      let ids = (0..<3).map { $0 < tokens.count ? tokens[$0] : 0 }
      cache.short(low, high).pointee =
        .init(low: low, high: high, ids: (ids[0], ids[1], ids[2]), count: UInt32(tokens.count))
    }
    return tokens
  }

  @inline(never)
  private func longer(_ word: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt32> {
    guard word.count <= WordCache.longest else { return merged(word) }
    if let known = cache.long(word) { return known }
    let tokens = merged(word)
    cache.insert(word, tokens)
    return tokens
  }

  private func merged(_ word: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt32> {
    if let whole, word.count <= Limits.tokenBytes, let id = whole.table.id(of: word),
      whole.added.token(id) == nil
    {
      single.pointee = UInt32(id)
      return UnsafeBufferPointer(start: single, count: 1)
    }
    return merger.tokens(of: word)
  }
}
