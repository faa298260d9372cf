/// The measures of text, by name; those of a model's own vocabulary are added by their rooms.
public let tokenizers: [Catalog<any Tokenizer>.Entry] = [
  .init("words", "words in pieces: close to a language model's count of English, without a model") { _ in
    WordTokenizer()
  },
  .init("characters", "one token per Unicode scalar") { _ in ScalarTokenizer() },
  .init("bytes", "one token per byte of UTF-8") { _ in ByteTokenizer() },
]
