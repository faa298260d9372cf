/// Counts a text in tokens and finds token borders. What budgets are measured with.
///
/// - Important: counts must add up: cutting at a reported border changes no token before it.
public protocol Tokenizer: Sendable {
  /// Stands in settings, run records and tables.
  var name: String { get }

  /// The longest prefix of at most `limit` whole tokens.
  ///
  /// - Parameters:
  ///   - text: UTF-8, may end inside a scalar unless `isEnd`.
  ///   - isEnd: whether the text ends with the span.
  /// - Returns: its length in bytes (never inside a scalar) and in tokens, or nil when it could
  ///   still depend on text behind the span.
  func prefix(of text: Span<UInt8>, tokens limit: Int, isEnd: Bool) -> (bytes: Int, tokens: Int)?

  /// The longest token, in bytes; 16 by default. A tokenizer may have longer ones that are rare.
  var longestToken: Int { get }
  /// Bytes before a place that decide which tokens stand behind it; 0 by default, for tokenizers whose
  /// counts add up at every place that `prefix` reports.
  var lookback: Int { get }

  /// Where the next `limit` tokens end when the whole text is cut into tokens, and not the part alone.
  ///
  /// - Parameters:
  ///   - text: UTF-8: up to `lookback` bytes before the place, and the text from there on. May end
  ///     inside a scalar unless `isEnd`.
  ///   - start: where the count begins, in bytes of `text`.
  ///   - limit: at least 1.
  ///   - isBegin: whether `text` begins where the whole text does.
  ///   - isEnd: whether it ends where the whole text does.
  /// - Returns: the last border between scalars at or before the end of these tokens, and the end of the
  ///   text where it has fewer; nil when it could still depend on what has not arrived.
  func end(
    ofNext limit: Int, in text: Span<UInt8>, from start: TokenPlace, isBegin: Bool, isEnd: Bool
  ) -> TokenPlace?
}

/// A place between two scalars of a text, and how many tokens behind it were counted already.
///
/// A token may end inside a scalar. Counting goes on from that end, though no text is cut there: so counts
/// stay those of the whole text, however many such places there are.
public struct TokenPlace: Sendable, Hashable {
  /// Bytes from the begin of what is looked at.
  public var offset: Int
  /// Borders between tokens at or behind `offset` that lie before the one from which counting goes on.
  public var ahead: Int

  public init(_ offset: Int, ahead: Int = 0) {
    self.offset = offset
    self.ahead = ahead
  }
}

extension Tokenizer {
  public var longestToken: Int { 16 }
  public var lookback: Int { 0 }

  public func end(
    ofNext limit: Int, in text: Span<UInt8>, from start: TokenPlace, isBegin: Bool, isEnd: Bool
  ) -> TokenPlace? {
    prefix(of: text.extracting(start.offset...), tokens: limit, isEnd: isEnd)
      .map { TokenPlace(start.offset + $0.bytes) }
  }
}

extension Tokenizer {
  /// Tokens of a whole text.
  public func count(_ text: String) -> Int { fit(text, Int.max).tokens }

  /// The longest prefix of at most `limit` tokens.
  public func truncate(_ text: String, to limit: Int) -> String {
    let bytes = fit(text, limit).bytes
    return bytes == text.utf8.count ? text : String(decoding: text.utf8.prefix(bytes), as: UTF8.self)
  }

  private func fit(_ text: String, _ limit: Int) -> (bytes: Int, tokens: Int) {
    var text = text
    return text.withUTF8 { bytes in
      guard let fit = prefix(of: bytes.span, tokens: limit, isEnd: true) else {
        preconditionFailure("the tokenizer \(name) could not tell where a whole text ends")
      }
      return fit
    }
  }
}
