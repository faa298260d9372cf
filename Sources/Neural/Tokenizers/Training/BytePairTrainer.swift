/// Learns a vocabulary of byte pairs from texts, for one's own models.
///
///     let tokenizer = BytePairTrainer(size: 1024).train(on: [book], name: "bookworm")
///     try tokenizer.write(to: "runs/bookworm")          // tokenizer.json, which others read too
///
/// Ids: special tokens first, then the 256 bytes in the order of their letters, then the merges, the
/// most frequent pair first, and of equally frequent pairs the one with the lower ids. The same texts
/// therefore give the same vocabulary in any order of words, and it equals that of Hugging Face
/// tokenizers' trainer.
///
/// Source: Sennrich et al., arXiv:1508.07909.
public struct BytePairTrainer: Sendable {
  /// Tokens of the whole vocabulary; fewer where the texts have no pair left.
  public var size: Int
  /// The rule by which texts are cut into words; merges never cross words.
  public var pattern: SplitPattern
  /// The normal form that texts are brought to first; nil leaves them.
  public var form: Normalization?
  /// They take the first ids, in this order.
  public var specialTokens: [String]
  /// Pairs that are rarer are not merged.
  public var leastCount = 2

  /// - Precondition: the size is at least 256 and the special tokens, which are distinct and not empty.
  public init(
    size: Int, pattern: SplitPattern = .qwen2, form: Normalization? = nil, specialTokens: [String] = ["<|endoftext|>"]
  ) {
    precondition(size >= 256 + specialTokens.count, "\(size) tokens are fewer than 256 bytes and the special tokens")
    precondition(Set(specialTokens).count == specialTokens.count, "a special token stands twice")
    precondition(!specialTokens.contains(""), "a special token is empty")
    self.size = size
    self.pattern = pattern
    self.form = form
    self.specialTokens = specialTokens
  }

  /// The vocabulary of texts, each of which is split separately.
  public func train(on texts: some Sequence<String>, name: String) -> BytePairTokenizer {
    let first = UInt32(specialTokens.count)
    let byteIDs = Self.byteIDs(from: first)
    var pairs = PairCounts(words: words(of: texts), byteIDs: byteIDs)
    var table = TokenTable()
    for byte in UInt8.min...UInt8.max { _ = table.insert([byte], at: Int(byteIDs[Int(byte)])) }
    var merges: [MergeTable.Merge] = []
    var next = Int(first) + 256
    while next < size, let pair = pairs.mostFrequent(), pair.count >= max(leastCount, 1) {
      let bytes = Array(table[Int(pair.left)]) + Array(table[Int(pair.right)])
      // Two different merges can give the same bytes.
      var merged = table.id(of: bytes)
      if merged == nil {
        _ = table.insert(bytes, at: next)
        merged = next
        next += 1
      }
      let id = UInt32(merged ?? 0)
      merges.append(.init(left: pair.left, right: pair.right, merged: id))
      pairs.merge(pair.left, pair.right, into: id)
    }
    return BytePairTokenizer(
      name: name,
      vocabulary: Vocabulary(
        table: table, merges: merges, symbols: Symbols(byteIDs: byteIDs), ignoresMerges: false,
        splitting: Splitting(pattern: pattern),
        form: form, added: specialTokens.enumerated().map { AddedToken(id: $0.offset, content: $0.element) },
        opening: [], closing: []))
  }

  /// The bytes in the order of their letters: the printable ones, then the others.
  private static func byteIDs(from first: UInt32) -> [UInt32] {
    var ids = [UInt32](repeating: 0, count: 256)
    let order = (0..<256).sorted { ByteAlphabet.scalars[$0].value < ByteAlphabet.scalars[$1].value }
    for (rank, byte) in order.enumerated() { ids[byte] = first + UInt32(rank) }
    return ids
  }

  /// Every word with how often it stands in the texts, in the order of their bytes.
  private func words(of texts: some Sequence<String>) -> [(bytes: [UInt8], count: Int)] {
    var counts: [[UInt8]: Int] = [:]
    for text in texts {
      var text = form?.normalized(text) ?? text
      text.withUTF8 { bytes in
        guard let base = bytes.baseAddress else { return }
        var scanner = WordScanner(base, end: bytes.count, splitting: Splitting(pattern: pattern))
        var start = 0
        while start < bytes.count {
          let stop = scanner.wordEnd(from: start)
          counts[Array(bytes[start..<stop]), default: 0] += 1
          start = stop
        }
      }
    }
    return counts.map { ($0.key, $0.value) }.sorted { $0.0.lexicographicallyPrecedes($1.0) }
  }
}
