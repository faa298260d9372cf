/// Counts words in pieces, without a model: the default measure of every budget.
///
/// The counts come close to those of the byte-pair vocabularies of language models on English
/// (docs/chunkers.md has the figures), need no file, and are the same everywhere:
///
/// - a run of letters is one token for every eight bytes: `reading` is one, `understanding` two;
/// - digits go in threes, every other mark is one token, as is every CJK character and emoji;
/// - the last of a run of spaces or tabs belongs to what follows it, the others are one token for
///   every sixteen; so are line breaks.
///
///     WordTokenizer().count("It cost 12,500 dollars.")   // 7: It| cost| 12|,|500| dollars|.
///
/// A token ends where the next one begins, and only the text since the last border decides where
/// one begins. Counts therefore add up at every border.
public struct WordTokenizer: Tokenizer {
  /// Stands in run records and tables.
  public let name = "words"

  public init() {}

  /// Up to the last border within the limit.
  public func prefix(of text: Span<UInt8>, tokens limit: Int, isEnd: Bool) -> (bytes: Int, tokens: Int)? {
    let limit = max(limit, 0)
    var state = WordAutomaton.State.start
    var count = 0
    var begin = 0
    while begin < text.count {
      // The fast loop counts; only the block in which the limit falls is looked at byte by byte. In
      // prose a token is four bytes, so three for each that is still wanted end shortly before it.
      let wanted = min(limit - count, 32_768)
      let end = begin + min(max(3 * wanted, 32), text.count - begin)
      let (after, starts) = WordAutomaton.starts(in: text.extracting(begin..<end), from: state)
      if count + starts > limit {
        let border = WordAutomaton.border(
          in: text.extracting(begin..<end), from: state, before: limit - count)
        return (begin + border, limit)
      }
      count += starts
      state = after
      begin = end
    }
    return isEnd ? (text.count, count) : nil
  }
}
