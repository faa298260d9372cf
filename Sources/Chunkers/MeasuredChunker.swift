import Palimpsest

/// A chunker whose sizes are counted with a tokenizer.
public protocol MeasuredChunker: Chunker {
  /// The most tokens of a chunk, counted as a text of its own unless the chunker says otherwise.
  var size: Int { get }
  var tokenizer: any Tokenizer { get }
}

extension MeasuredChunker {
  /// Bytes that are read for one chunk. Sixteen per token is four times the need of prose; only a
  /// text of blanks reaches it, and is cut there.
  public var limit: Int { max(64, size * 16) }

  /// The part of a window that a cut may depend on.
  ///
  /// Once the window holds `limit` bytes the view stays the same however much more arrives, and is
  /// never the whole text: a cut that is still open in it is settled there.
  func view(of text: Span<UInt8>) -> (end: Int, isFull: Bool) {
    text.count < limit ? (text.count, false) : (floor(of: limit - 1, in: text), true)
  }

  /// How much of the view fits into a chunk: never inside a scalar, at least one; nil when that
  /// depends on what has not arrived.
  func room(in text: Span<UInt8>, view end: Int, isFull: Bool, isEnd: Bool) -> Int? {
    let view = text.extracting(first: end)
    let open = tokenizer.prefix(of: view, tokens: size, isEnd: isEnd && end == text.count)
    guard let fit = open ?? (isFull ? tokenizer.prefix(of: view, tokens: size, isEnd: true) : nil) else { return nil }
    // One scalar may be more tokens than a chunk is to have; a chunk of nothing would never end.
    if fit.bytes > 0 { return fit.bytes }
    let scalar = width(of: text[0])
    return scalar <= text.count ? scalar : isEnd ? text.count : nil
  }

  /// Whether the front of a text has at most as many tokens as a chunk may have.
  func fits(_ text: Span<UInt8>) -> Bool {
    tokenizer.prefix(of: text, tokens: size, isEnd: true)?.bytes == text.count
  }
}

/// The last border between scalars at or before an offset.
func floor(of offset: Int, in text: Span<UInt8>) -> Int {
  var place = offset
  while place > 0, place < text.count, text[place] & 0xC0 == 0x80 { place -= 1 }
  return place
}

/// Bytes of the scalar that begins with this byte.
func width(of lead: UInt8) -> Int { lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4 }
