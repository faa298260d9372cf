import Palimpsest

/// Counts the tokens of a text that comes in pieces, exactly: by taking whole tokens off its front.
struct TokenCounter {
  private let tokenizer: any Tokenizer
  private var window: [UInt8] = []
  private var count = 0

  private static let batch = 4096
  private static let windowSize = 65_536

  init(_ tokenizer: any Tokenizer) { self.tokenizer = tokenizer }

  mutating func append(_ bytes: [UInt8]) {
    window += bytes
    guard window.count >= Self.windowSize else { return }
    var head = 0
    while let cut = tokenizer.prefix(
      of: window.span.extracting(head..<window.count), tokens: Self.batch, isEnd: false),
      cut.bytes > 0
    {
      head += cut.bytes
      count += cut.tokens
    }
    window.removeSubrange(..<head)
  }

  func total() -> Int {
    count + (tokenizer.prefix(of: window.span, tokens: .max, isEnd: true)?.tokens ?? 0)
  }
}
