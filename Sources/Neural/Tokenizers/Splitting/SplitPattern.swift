/// The rules by which published vocabularies split text into words before any merge, each a scanner
/// that finds what its regular expression would.
///
/// A pattern is known by its letters, exactly: one that differs in a single mark may split
/// differently and so is refused (`TokenizerError.unknownPattern`).
public enum SplitPattern: String, Sendable, Hashable, CaseIterable {
  /// Words with the space before them, numbers whole, English contractions in lower case.
  case gpt2
  /// Contractions in any case, any mark as the front of a word, digits one by one, line breaks with
  /// the marks before them. Used by Qwen2, Qwen2.5 and Qwen3.
  case qwen2
  /// As `qwen2`, with digits in threes. Used by Llama 3.
  case llama3

  /// The regular expression, as tokenizer files write it.
  public var expression: String {
    switch self {
    case .gpt2: #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
    case .qwen2: Self.anyCase(digits: #"\p{N}"#)
    case .llama3: Self.anyCase(digits: #"\p{N}{1,3}"#)
    }
  }

  private static func anyCase(digits: String) -> String {
    #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"# + digits
      + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
  }

  init?(expression: String) {
    guard let pattern = Self.allCases.first(where: { $0.expression.utf8.elementsEqual(expression.utf8) }) else {
      return nil
    }
    self = pattern
  }
}
