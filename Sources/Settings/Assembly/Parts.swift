import Palimpsest

/// What a reader is assembled from. The settings of an experiment are a struct of this kind: its
/// properties are the keys of its YAML file and of `--set`, their values the defaults.
///
///     struct Needle: Parts {
///       var length = 16_384
///       var memory = Spec("overwrite", ["tokens": 128])
///       var policy = Spec("extractive")
///     }
///
/// A part that the struct does not name has the value given here and cannot be set.
public protocol Parts: ExperimentSettings {
  var chunker: Spec { get }
  var memory: Spec { get }
  var gate: Spec { get }
  var policy: Spec { get }
  /// What chunks and budgets are counted with.
  var tokenizer: Spec { get }
  var seed: UInt64 { get }
  /// A YAML file whose keys `update` and `answer` replace the built-in prompts, byte for byte.
  var prompts: String? { get }
}

extension Parts {
  /// `tokens`, unless the settings have a chunker.
  public var chunker: Spec { Spec("tokens") }
  /// `replied`, unless the settings have a gate.
  public var gate: Spec { Spec("replied") }
  /// `words`, unless the settings have a tokenizer.
  public var tokenizer: Spec { Spec(Catalog.tokenizers.names[0]) }
  /// 1, unless the settings have a seed.
  public var seed: UInt64 { 1 }
  /// No file, so the built-in prompts are used.
  public var prompts: String? { nil }

  /// The reader and the task that are named can be made: an experiment would otherwise learn in its middle that
  /// they cannot.
  public func check(_ full: Setting) throws {
    _ = try Reader(assembling: self)
    if let task = try full["task"].map({ try $0.decoded(as: Spec.self, at: "task") }) {
      _ = try Catalog.tasks.make(task, for: self)
    }
  }

  /// SHA-256 by prompt, of the prompts for one short chunk and question.
  public func promptHashes() throws -> [String: String] { try Reader(assembling: self).promptHashes() }
}

/// The settings of a reader and nothing else.
public struct ReaderSettings: Parts {
  /// Chunks of 1,024 tokens.
  public var chunker = Spec("tokens")
  /// One page that is rewritten at every chunk.
  public var memory = Spec("overwrite")
  /// Does what the draft's signals say.
  public var gate = Spec("replied")
  /// Rules that need no model.
  public var policy = Spec("extractive")
  /// Counts chunks and budgets.
  public var tokenizer = Spec(Catalog.tokenizers.names[0])
  /// Every random number derives from it.
  public var seed: UInt64 = 1
  /// A YAML file of templates that replace the built-in prompts.
  public var prompts: String?

  /// The defaults of every reader.
  public init() {}
}
