import Palimpsest
import SentenceRules

/// Sentences of books, without end: from a random place of a random text on, and from another one where it ends.
struct Background: Sendable {
  /// The sentences of each text that are long enough.
  private let texts: [[String]]
  /// Tokens of a sentence on average, at least 1.
  let meanTokens: Int

  /// The fewest tokens of a sentence, as in BABILong.
  static let leastTokens = 10

  /// - Parameters:
  ///   - path: a text, or a folder of texts.
  ///   - setting: the setting that names it, for errors.
  /// - Throws: `TextError` where nothing can be read; `SettingError` without a path, or where no sentence is long enough.
  init(_ path: String, setting: String = "task.background", tokenizer: any Tokenizer) throws {
    guard !path.isEmpty else {
      throw SettingError.outOfRange(
        setting, found: "empty",
        why: "facts need sentences to stand among; name a text or a folder of texts, or set task.tokens to 0")
    }
    var sentences = 0
    var tokens = 0
    texts = try Documents(path).texts().map { text in
      Sentences.of(text).compactMap { sentence in
        let sentence = sentence.trimmed
        let count = tokenizer.count(sentence)
        guard count >= Self.leastTokens else { return nil }
        sentences += 1
        tokens += count
        return sentence
      }
    }.filter { !$0.isEmpty }
    guard sentences > 0 else {
      throw SettingError.outOfRange(
        setting, found: path, why: "it has no sentence of at least \(Self.leastTokens) tokens")
    }
    meanTokens = max(1, tokens / sentences)
  }

  /// The sentences that a generator draws.
  func stream(_ generator: SeededGenerator) -> Stream { Stream(background: self, generator: generator) }

  /// Sentences in the order in which they stand in the texts.
  struct Stream {
    fileprivate let background: Background
    fileprivate var generator: SeededGenerator
    private var drawn: [String] = []

    fileprivate init(background: Background, generator: SeededGenerator) {
      self.background = background
      self.generator = generator
    }

    /// The first sentences; the same ones whenever they are asked for.
    mutating func prefix(_ count: Int) -> ArraySlice<String> {
      while drawn.count < count {
        let text = background.texts[Int.random(in: background.texts.indices, using: &generator)]
        drawn += text[Int.random(in: text.indices, using: &generator)...]
      }
      return drawn[..<count]
    }
  }
}
