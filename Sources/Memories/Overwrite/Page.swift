import Palimpsest

/// How a reply becomes a page: the model's reasoning is removed, and the rest is cut at the budget. The
/// memory state of a page is one text slot, id 0; no slot means that nothing was written yet.
public struct Page: Sendable {
  /// The effect of an empty reply on the page.
  public enum Empty: String, Choice {
    /// The page becomes empty (MemAgent's sync code and evaluation).
    case keep
    /// The page is as if nothing had been written yet (MemAgent's async code).
    case placeholder
  }

  /// The longest a page may be, in tokens of the tokenizer.
  public let tokens: Int
  /// Counts the page and cuts it at a token border.
  public let tokenizer: any Tokenizer
  /// What an empty reply does.
  public let empty: Empty

  /// - Precondition: `tokens` is at least 1.
  public init(tokens: Int, tokenizer: any Tokenizer, empty: Empty = .keep) {
    precondition(tokens > 0, "a page of \(tokens) tokens holds nothing")
    self.tokens = tokens
    self.tokenizer = tokenizer
    self.empty = empty
  }

  /// A memory state that holds nothing yet.
  public var blank: MemoryState { MemoryState(budget: Budget(tokens: tokens, slots: 1)) }

  /// The edit that makes a text the page, and whether the text had to be cut.
  ///
  /// - Parameter origins: the chunks the new text stems from. Text that it keeps of the previous
  ///   page stems from that page's chunks: the change that replaces the page links the two.
  public func edit(to text: String, from origins: [Int], because reason: String) -> (edit: Edit, isCut: Bool) {
    if empty == .placeholder, text.allSatisfy(\.isWhitespace) {
      return (.erase(0, because: "empty reply"), false)
    }
    let kept = tokenizer.truncate(text, to: tokens)
    let slot = Slot(id: 0, content: .text(kept), tokens: tokenizer.count(kept), origins: origins)
    return (.write(slot, because: reason), kept.utf8.count < text.utf8.count)
  }

  /// The page of a memory state, in the form a policy sees.
  public static func recollection(of state: MemoryState) -> Recollection {
    guard let slot = state[0], let text = slot.text else { return .nothing }
    return .text(text, used: [0])
  }

  /// The text behind the last `</think>`, trimmed; the whole reply where there is none (as upstream
  /// does).
  public static func withoutThinking(_ reply: String) -> String {
    let tag = Array("</think>".utf8)
    let bytes = Array(reply.utf8)
    var start = bytes.count - tag.count
    while start >= 0, !bytes[start...].starts(with: tag) { start -= 1 }
    return start < 0 ? reply : trimmed(bytes[(start + tag.count)...])
  }

  /// UTF-8 without the white space at its ends.
  package static func trimmed(_ bytes: ArraySlice<UInt8>) -> String {
    let text = String(decoding: bytes, as: UTF8.self)
    guard let first = text.firstIndex(where: { !$0.isWhitespace }),
      let last = text.lastIndex(where: { !$0.isWhitespace })
    else { return "" }
    return String(text[first...last])
  }
}
