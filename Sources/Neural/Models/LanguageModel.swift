import Basics
import Checkpoints
import Foundation
import Palimpsest
import Tensors
import Tokenizers
import Transformers

/// A complete published model: weights, vocabulary, chat format, and the tokens that end a reply.
///
///     let model = try LanguageModel(folder: "models/Qwen2.5-0.5B-Instruct", storage: .int8())
///     let other = try LanguageModel(folder: "models/SmolLM2-135M-Instruct.Q4_1.gguf")
///
/// A value: copies share the weights.
public struct LanguageModel: Sendable {
  /// The last part of the folder's name; of a GGUF file's, without the ending.
  public let name: String
  /// The path it was loaded from.
  public let folder: String
  /// Weights and sizes.
  public private(set) var backbone: any Backbone
  /// The backbone where it is a decoder: adapters change its matrices. nil for another kind of model.
  public private(set) var decoder: Decoder?
  /// The model's own vocabulary.
  public let tokenizer: BytePairTokenizer
  /// How a prompt becomes a user's turn; nil for a base model, which continues the prompt.
  public var chat: ChatFormat?
  /// The sampling settings of its authors.
  public let generation: GenerationConfiguration
  /// Tokens that end a reply.
  public var ends: Set<Int>
  /// What the model's files say against each other, a sentence each, and what was done about it.
  public let warnings: [String]

  /// How a conversation is written.
  public enum Template: Sendable, Hashable {
    /// The format of the folder; an unknown template is refused.
    case published
    /// No turns: the text alone, behind the vocabulary's own opening.
    case plain
    /// A format built in, or the path of a file that describes one.
    case named(String)
  }

  /// Reads a folder with `config.json`, safetensors and `tokenizer.json`, or a `.gguf` file, which has all of it.
  ///
  /// - Parameters:
  ///   - folder: the folder, or the file.
  ///   - storage: how matrices are held.
  ///   - activations: the arithmetic of the left side of products with stored matrices.
  ///   - available: bytes of memory the model may take; nil where that is not known.
  /// - Throws: `CheckpointError`, `TokenizerError`; `LocalError.noRoom` before any weight is read;
  ///   `LocalError.strangers` where weights and vocabulary are not of one model.
  public init(
    folder: String, storage: WeightStorage = .stored, activations: StoredMatrix.Activations = .rounded,
    template: Template = .published, available: Int? = Machine.availableMemory
  ) throws {
    let place = URL(filePath: folder).standardizedFileURL
    name = (GGUF.isNamed(folder) ? place.deletingPathExtension() : place).lastPathComponent
    self.folder = folder
    let files = try ModelFiles(folder, name: name)
    var model = files.configuration
    (tokenizer, generation) = (files.tokenizer, files.generation)
    guard tokenizer.idEnd <= model.vocabulary else {
      throw LocalError.strangers(
        folder: folder, tokens: tokenizer.idEnd, rows: model.vocabulary)
    }
    chat =
      switch template {
      case .published: try files.chat()
      case .plain: nil
      case .named(let name): try ChatFormat.all.first { $0.name == name } ?? files.chat(file: name)
      }
    let checkpoint = files.checkpoint
    var warnings = try model.settle(with: checkpoint)
    ends = Set(chat?.stopIDs(in: tokenizer) ?? [])
    for (place, ids) in files.ends {
      for id in ids {
        if id >= model.vocabulary {
          warnings.append(
            "\(place) \(id) lies outside the vocabulary of \(model.vocabulary) tokens, so it ends no reply; take the "
              + "file that belongs to the weights")
        } else {
          ends.insert(id)
          if tokenizer.bytes(of: id) == nil { warnings.append("\(place) \(id) is no token of \(files.vocabularyName)") }
        }
      }
    }
    if ends.isEmpty {
      warnings.append("\(folder): nothing ends a reply, so every reply takes all the tokens it may; \(files.endRemedy)")
    }
    try MemoryNeed(of: DecoderConfiguration(model), in: checkpoint, storage: storage).check(folder, available)
    let decoder = try Decoder(model, in: checkpoint, storage: storage, activations: activations) { warnings.append($0) }
    self.warnings = warnings
    (backbone, self.decoder) = (decoder, decoder)
  }

  /// A model of any kind, with a vocabulary.
  ///
  /// - Parameters:
  ///   - chat: how a prompt becomes a user's turn; nil continues the prompt.
  ///   - ends: tokens that end a reply.
  /// - Throws: `LocalError.strangers` where the vocabulary has tokens that the model has no rows for.
  public init(
    name: String, backbone: some Backbone, tokenizer: BytePairTokenizer, chat: ChatFormat? = nil,
    generation: GenerationConfiguration = GenerationConfiguration(), ends: Set<Int> = []
  ) throws {
    guard tokenizer.idEnd <= backbone.vocabulary else {
      throw LocalError.strangers(folder: name, tokens: tokenizer.idEnd, rows: backbone.vocabulary)
    }
    self.name = name
    folder = ""
    self.backbone = backbone
    decoder = nil
    self.tokenizer = tokenizer
    self.chat = chat
    self.generation = generation
    self.ends = ends
    warnings = []
  }

  /// The same model with rows of attention kept in a format.
  ///
  /// - Returns: nil where the model is no decoder and the format is not float32.
  public func caching(in format: RowFormat) -> LanguageModel? {
    guard var decoder else { return format == .float32 ? self : nil }
    var model = self
    decoder.cacheFormat = format
    (model.decoder, model.backbone) = (decoder, decoder)
    return model
  }

  /// The text of tokens that were written. Ids that no token has, which some models have rows for, give
  /// nothing.
  package func text(of tokens: [Int]) -> String {
    tokenizer.decode(tokens.filter { tokenizer.bytes(of: $0) != nil }, showingSpecial: false)
  }
}
