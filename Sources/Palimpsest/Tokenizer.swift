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
