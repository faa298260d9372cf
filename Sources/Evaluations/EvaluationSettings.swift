import Palimpsest
import Settings

/// The settings of an evaluation: any task with any reader.
public struct EvaluationSettings: Parts {
  /// Where questions come from.
  public var task = Spec("ask")
  /// Chunks of 1,024 tokens by default.
  public var chunker = Spec("tokens")
  /// One page that is rewritten at every chunk, by default.
  public var memory = Spec("overwrite")
  /// Does what the draft's signals say, by default.
  public var gate = Spec("replied")
  /// Rules that need no model, by default.
  public var policy = Spec("extractive")
  /// Counts chunks and budgets.
  public var tokenizer = Spec(Catalog.tokenizers.names[0])
  /// Every random number derives from it.
  public var seed: UInt64 = 1
  /// A YAML file of templates that replace the built-in prompts.
  public var prompts: String?
  /// The metrics; empty takes the usual metrics of the task.
  public var metrics: [Spec] = []
  /// `shuffled` answers each question from the memory of another one.
  public var control = Control.none

  /// A control that is an answer from another memory, not a memory of its own.
  public enum Control: String, Choice { case none = "", shuffled }

  /// The defaults of `palimpsest eval`.
  public init() {}
}
