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
  public var chunker: Spec { Spec("tokens") }
  public var gate: Spec { Spec("replied") }
  public var tokenizer: Spec { Spec(Catalog.tokenizers.names[0]) }
  public var seed: UInt64 { 1 }
  public var prompts: String? { nil }

  /// The reader and the task that are named can be made: an experiment would otherwise learn in its middle that
  /// they cannot.
  public func check(_ full: Setting) throws {
    _ = try Reader(assembling: self)
    if let task = try full["task"].map({ try $0.decoded(as: Spec.self, at: "task") }) {
      _ = try Catalog.tasks.make(task, for: self)
    }
  }

  public func promptHashes() async throws -> [String: String] { try await Reader(assembling: self).promptHashes() }
}

/// The settings of a reader and nothing else.
public struct ReaderSettings: Parts {
  public var chunker = Spec("tokens")
  public var memory = Spec("overwrite")
  public var gate = Spec("replied")
  public var policy = Spec("extractive")
  public var tokenizer = Spec(Catalog.tokenizers.names[0])
  public var seed: UInt64 = 1
  public var prompts: String?

  public init() {}
}
