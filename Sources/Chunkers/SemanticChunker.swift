import Palimpsest
import SentenceRules

/// Cuts where the vocabulary changes: behind the sentence at which the words before and behind have
/// least in common.
///
/// Every chunk ends at the deepest valley of lexical cohesion between `least` and `size` tokens; the
/// sentences are those of `Sentences`. It needs no model.
///
/// Source: TextTiling (Hearst, Computational Linguistics 23(1), 1997): `block` is Hearst's w·k;
/// depth scores and smoothing are the same. The difference: Hearst cuts wherever a depth exceeds a
/// threshold from the whole text's mean and deviation, which a reader would have to see first; here
/// the deepest valley in reach is taken. Blocks meet between sentences, not every w words.
public struct SemanticChunker: MeasuredChunker {
  /// The longest chunk, in tokens of `tokenizer`.
  public var size: Int
  /// The shortest chunk, in tokens, except at the end of the text.
  public var least: Int
  /// Words that are compared on each side of a place.
  public var block: Int
  /// Counts `size` and `least`.
  public var tokenizer: any Tokenizer

  /// Twice the longest chunk, because the text behind it is read as well.
  public var limit: Int { max(128, size * 32) }

  /// - Precondition: `least` is below `size`, `size` and `block` are at least 1.
  public init(
    size: Int = 1024, least: Int = 256, block: Int = 120, by tokenizer: any Tokenizer = WordTokenizer()
  ) {
    precondition(
      size > 0 && 0..<size ~= least && block > 0, "chunks of \(least) to \(size) tokens, blocks of \(block) words")
    self.size = size
    self.least = least
    self.block = block
    self.tokenizer = tokenizer
  }

  /// Up to the deepest valley between `least` and `size` tokens.
  public func cut(_ text: Span<UInt8>, isEnd: Bool) -> Cut? {
    let (viewEnd, isFull) = view(of: text)
    guard let room = room(in: text, view: viewEnd, isFull: isFull, isEnd: isEnd) else { return nil }
    if isEnd, room == text.count { return Cut(room) }

    // 1. The same length again behind what fits, so that the last gap has a block on both sides
    //    too.
    let view = text.extracting(first: viewEnd)
    let look = view.extracting(first: min(2 * room + unitLookahead, viewEnd))
    let isWhole = isEnd && look.count == text.count
    if look.count == viewEnd, !isFull, !isWhole { return nil }

    // 2. Sentence ends that make a chunk neither too long nor too short.
    var ends: [Int] = []
    while ends.last ?? 0 < look.count, let end = Sentences.end(in: look, from: ends.last ?? 0, isEnd: isWhole) {
      ends.append(end)
    }
    let last = ends.last ?? 0
    if last < look.count { ends.append(look.count) }
    let floor = tokenizer.prefix(of: text.extracting(first: room), tokens: least, isEnd: true)?.bytes ?? 0
    let gaps = Cohesion(of: look, ends: ends, block: block).gaps.filter { floor...room ~= $0.end }

    // 3. The deepest valley that fits, the later of two alike; else as SentenceChunker would.
    for gap in gaps.sorted(by: { ($0.depth, $0.end) > ($1.depth, $1.end) }) {
      if fits(text.extracting(first: gap.end)) { return Cut(gap.end, endsUnit: gap.end <= last) }
    }
    return SentenceChunker(size: size, by: tokenizer).cut(text, isEnd: isEnd) ?? Cut(room)
  }
}
