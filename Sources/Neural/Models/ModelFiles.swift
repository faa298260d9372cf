import Checkpoints
import Foundation
import Tokenizers

/// What stands beside the weights of a published model: sizes, vocabulary, sampling settings, and the tokens that end
/// a reply. A folder has a file for each; a GGUF file has all in its metadata.
struct ModelFiles {
  var configuration: ModelConfiguration
  var tokenizer: BytePairTokenizer
  var generation: GenerationConfiguration
  var checkpoint: Checkpoint
  /// Where tokens that end a reply are named, for messages.
  var ends: [(place: String, ids: [Int])]
  /// Where the vocabulary is, and what to change where nothing ends a reply.
  var vocabularyName: String
  var endRemedy: String
  private var vocabulary: GGUFVocabulary?
  private let path: String

  /// - Parameter name: the model's name in records.
  /// - Throws: `CheckpointError`, `TokenizerError`.
  init(_ path: String, name: String) throws {
    self.path = path
    guard GGUF.isNamed(path) else {
      configuration = try ModelConfiguration(path)
      tokenizer = try BytePairTokenizer(folder: path)
      generation = try GenerationConfiguration(path)
      checkpoint = try Checkpoint(path)
      ends = [
        ("\(path)/config.json: eos_token_id", configuration.end),
        ("\(path)/generation_config.json: eos_token_id", generation.end),
      ]
      (vocabularyName, endRemedy) = ("tokenizer.json", "name eos_token_id in config.json")
      return
    }
    checkpoint = try Checkpoint(path)
    guard let file = checkpoint.gguf else { preconditionFailure("\(path) was opened as a GGUF file") }
    let vocabulary = try GGUFVocabulary(file)
    self.vocabulary = vocabulary
    configuration = try ModelConfiguration(file)
    tokenizer = try BytePairTokenizer(json: vocabulary.tokenizerJSON(), file: path, name: name)
    generation = try GenerationConfiguration(file)
    ends = [("\(path): tokenizer.ggml", generation.end)]
    (vocabularyName, endRemedy) = (
      "tokenizer.ggml.tokens", "convert the model again with its tokenizer.ggml.eos_token_id"
    )
  }

  /// The format of the conversation that the files state.
  ///
  /// - Throws: what `ChatFormat(model:)` throws.
  func chat() throws -> ChatFormat {
    guard let vocabulary else { return try ChatFormat(folder: path) }
    return try ChatFormat(vocabulary)
  }

  /// The format that a file describes; its template is told the tokens that this model names.
  ///
  /// - Throws: what `ChatFormat(file:tokens:)` throws.
  func chat(file: String) throws -> ChatFormat {
    guard let vocabulary else { return try ChatFormat(file: file, folder: path) }
    return try ChatFormat(file: file, tokens: vocabulary.namedTokens)
  }
}

extension GGUFVocabulary {
  /// The tokens that a template knows by name.
  fileprivate var namedTokens: [String: String] {
    let named = [("bos_token", begin), ("eos_token", end), ("unk_token", unknown), ("pad_token", padding)]
    return named.reduce(into: [:]) { names, token in names[token.0] = token.1.map { tokens[$0] } }
  }
}

extension ChatFormat {
  /// The format of a published model: a folder's, or that of a `.gguf` file's template.
  ///
  /// - Throws: `TokenizerError`; `CheckpointError`, also for a GGUF file without a template.
  public init(model path: String) throws {
    guard GGUF.isNamed(path) else {
      try self.init(folder: path)
      return
    }
    try self.init(GGUFVocabulary(GGUF(path)))
  }

  fileprivate init(_ vocabulary: GGUFVocabulary) throws {
    guard let template = vocabulary.chatTemplate ?? vocabulary.chatTemplates["default"] else {
      throw CheckpointError.unsupported(
        file: vocabulary.file, key: "tokenizer.chat_template",
        expected: "a chat template (policy.template: plain is for models without turns)", found: "missing")
    }
    try self.init(
      template: template, name: "\(vocabulary.file), tokenizer.chat_template", tokens: vocabulary.namedTokens)
  }
}

extension BytePairTokenizer {
  /// The vocabulary of a published model: a folder's `tokenizer.json`, or that in a `.gguf` file's metadata.
  ///
  /// - Throws: `TokenizerError`, `CheckpointError`.
  public init(model path: String) throws {
    guard GGUF.isNamed(path) else {
      try self.init(folder: path)
      return
    }
    let vocabulary = try GGUFVocabulary(GGUF(path))
    let name = URL(filePath: path).standardizedFileURL.deletingPathExtension().lastPathComponent
    try self.init(json: vocabulary.tokenizerJSON(), file: path, name: name)
  }
}
