import Palimpsest

/// The controls for every score, by name.
public let controlMemories: [Catalog<any Memory>.Entry] = [
  .init("none", "holds nothing: what the question alone gives away") { _ in NoMemory() },
  .init(
    "oracle", "holds exactly the evidence, within its budget", defaults: ControlSettings()
  ) { settings, setup in OracleMemory(tokens: try settings.checked(in: setup), tokenizer: setup.tokenizer) },
  .init(
    "first", "holds the beginning of the text, until its budget is full", defaults: ControlSettings()
  ) { settings, setup in FirstMemory(tokens: try settings.checked(in: setup), tokenizer: setup.tokenizer) },
  .init(
    "bm25", "the whole text at once: its best sentences by BM25, within the budget; grows with the text",
    source: "BM25, Robertson and Zaragoza 2009", defaults: ControlSettings()
  ) { settings, setup in BM25Memory(tokens: try settings.checked(in: setup), tokenizer: setup.tokenizer) },
]

/// Settings of the controls that hold a page.
public struct ControlSettings: Codable, Sendable {
  /// Length of the page, in tokens.
  public var tokens = 1024

  /// A page of 1,024 tokens by default.
  public init(tokens: Int = 1024) { self.tokens = tokens }

  func checked(in setup: Setup) throws -> Int {
    let most = 1 << 30
    guard (1...most).contains(tokens) else {
      throw SettingError.outOfRange(
        setup.path + ".tokens", found: "\(tokens)", why: "a page holds between 1 and \(most) tokens")
    }
    return tokens
  }
}
