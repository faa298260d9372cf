/// The vocabulary and chat template in a GGUF file's metadata, as it stands there. `tokenizer.ggml.` is left out of
/// the keys below.
public struct GGUFVocabulary: Sendable, Hashable {
  /// The file, for errors.
  public var file: String
  /// `model`: `gpt2` for byte-level BPE, `llama` for SentencePiece's BPE with scores, and others.
  public var model: String
  /// `pre`: the name of the rule that splits a text before BPE, for example `smollm` or `qwen2`.
  public var preTokenizer: String?
  /// `tokens`, in the order of their ids.
  public var tokens: [String]
  /// `token_type`, one for each token: 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte. Empty where
  /// the file has none.
  public var types: [Int]
  /// `scores`, one for each token; empty where the file has none.
  public var scores: [Float]
  /// `merges`: two pieces with a blank between, the first merged first.
  public var merges: [String]
  /// `bos_token_id`
  public var begin: Int?
  /// `eos_token_id`
  public var end: Int?
  /// `eot_token_id`: ends a turn, where that is another token than `end`.
  public var endOfTurn: Int?
  /// `eom_token_id`: ends a message.
  public var endOfMessage: Int?
  /// `unknown_token_id`
  public var unknown: Int?
  /// `seperator_token_id`, as it is spelt there.
  public var separator: Int?
  /// `padding_token_id`
  public var padding: Int?
  /// `add_bos_token`: whether a text begins with `begin`; nil where the file does not say.
  public var addsBegin: Bool?
  /// `add_eos_token`: whether a text ends with `end`.
  public var addsEnd: Bool?
  /// `add_space_prefix`: whether a blank is put before a text.
  public var addsBlank: Bool?
  /// `remove_extra_whitespaces`
  public var removesBlanks: Bool?
  /// `tokenizer.chat_template`
  public var chatTemplate: String?
  /// `tokenizer.chat_template.NAME`, by name: further templates, for example for tools.
  public var chatTemplates: [String: String]

  /// A vocabulary that says nothing but its tokens; the rest is set afterwards.
  ///
  /// - Parameter file: the name in errors.
  public init(file: String, model: String, tokens: [String]) {
    self.file = file
    self.model = model
    self.tokens = tokens
    types = []
    scores = []
    merges = []
    chatTemplates = [:]
  }

  /// Reads it from a file's metadata.
  ///
  /// - Throws: `CheckpointError.broken` with `.valueKind`: a missing key, a value of another kind, a list that is not as
  ///   long as the vocabulary, an id outside of it.
  public init(_ file: GGUF) throws {
    let keys = GGUFKeys(file)
    self.file = file.file
    let prefix = "tokenizer.ggml."
    model = try keys.neededText("\(prefix)model")
    preTokenizer = try keys.text("\(prefix)pre")
    tokens = try keys.neededTexts("\(prefix)tokens")
    types = try keys.wholes("\(prefix)token_type") ?? []
    scores = try keys.reals("\(prefix)scores")?.map { Float($0) } ?? []
    merges = try keys.texts("\(prefix)merges") ?? []
    for (key, count) in [("token_type", types.count), ("scores", scores.count)] where count > 0 {
      guard count == tokens.count else {
        throw keys.fault("\(prefix)\(key)", expected: "\(tokens.count) numbers, one for each token", found: "\(count)")
      }
    }
    let last = tokens.count - 1
    func id(_ name: String) throws -> Int? { try keys.whole("\(prefix)\(name)_token_id", in: 0...max(last, 0)) }
    begin = try id("bos")
    end = try id("eos")
    endOfTurn = try id("eot")
    endOfMessage = try id("eom")
    unknown = try id("unknown")
    separator = try id("seperator")
    padding = try id("padding")
    addsBegin = try keys.bool("\(prefix)add_bos_token")
    addsEnd = try keys.bool("\(prefix)add_eos_token")
    addsBlank = try keys.bool("\(prefix)add_space_prefix")
    removesBlanks = try keys.bool("\(prefix)remove_extra_whitespaces")
    chatTemplate = try keys.text("tokenizer.chat_template")
    chatTemplates = [:]
    for key in file.metadata.keys where key.hasPrefix("tokenizer.chat_template.") {
      chatTemplates[String(key.dropFirst("tokenizer.chat_template.".count))] = try keys.text(key)
    }
  }
}

/// Keys of a file's metadata, each asked for by name; nil where it is missing.
struct GGUFKeys {
  let file: GGUF

  init(_ file: GGUF) { self.file = file }

  func fault(_ key: String, expected: String, found: String) -> CheckpointError {
    .broken(.valueKind, file: file.file, tensor: key, expected: expected, found: found)
  }

  private func read<Value>(_ key: String, _ expected: String, _ read: (GGUFValue) -> Value?) throws -> Value? {
    guard let value = file.metadata[key] else { return nil }
    guard let result = read(value) else { throw fault(key, expected: expected, found: value.name) }
    return result
  }

  private func needed<Value>(_ key: String, _ expected: String, _ value: Value?) throws -> Value {
    guard let value else { throw fault(key, expected: expected, found: "no such key") }
    return value
  }

  func text(_ key: String) throws -> String? {
    try read(key, "a text") { if case .text(let text) = $0 { text } else { nil } }
  }

  func bool(_ key: String) throws -> Bool? {
    try read(key, "true or false") { if case .bool(let bool) = $0 { bool } else { nil } }
  }

  func whole(_ key: String, in range: ClosedRange<Int>) throws -> Int? {
    try read(key, "a whole number in \(range)") { value in value.whole.flatMap { range.contains($0) ? $0 : nil } }
  }

  /// A number for all layers; files may have a list with one for each, which are then equal.
  func uniform(_ key: String, in range: ClosedRange<Int>) throws -> Int? {
    try read(key, "a whole number in \(range), the same for all layers") { value in
      if case .list(let list) = value {
        guard let numbers = list.wholes, let first = numbers.first, range.contains(first) else { return nil }
        return numbers.allSatisfy { $0 == first } ? first : nil
      }
      return value.whole.flatMap { range.contains($0) ? $0 : nil }
    }
  }

  func real(_ key: String, in range: ClosedRange<Double>) throws -> Double? {
    try read(key, "a number in \(range)") { value in
      let number: Double? = if case .real(let real) = value { real } else { value.whole.map { Double($0) } }
      return number.flatMap { range.contains($0) ? $0 : nil }
    }
  }

  func texts(_ key: String) throws -> [String]? {
    try read(key, "a list of texts") { if case .list(let list) = $0 { list.texts } else { nil } }
  }

  func wholes(_ key: String) throws -> [Int]? {
    try read(key, "a list of whole numbers") { if case .list(let list) = $0 { list.wholes } else { nil } }
  }

  func reals(_ key: String) throws -> [Double]? {
    try read(key, "a list of numbers") { if case .list(let list) = $0 { list.reals } else { nil } }
  }

  func needed(_ key: String, in range: ClosedRange<Int>) throws -> Int {
    try needed(key, "a whole number in \(range)", uniform(key, in: range))
  }

  func neededText(_ key: String) throws -> String { try needed(key, "a text", text(key)) }

  func neededTexts(_ key: String) throws -> [String] { try needed(key, "a list of texts", texts(key)) }
}
