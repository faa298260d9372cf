import Palimpsest
import Settings

/// What an evaluation is made of: any task with any reader.
public struct EvaluationSettings: Parts {
  public var task = Spec("ask")
  public var chunker = Spec("tokens")
  public var memory = Spec("overwrite")
  public var gate = Spec("replied")
  public var policy = Spec("extractive")
  public var tokenizer = Spec(Catalog.tokenizers.names[0])
  public var seed: UInt64 = 1
  public var prompts: String?
  /// What is measured; empty takes what is customary for the task.
  public var metrics: [Spec] = []
  /// `shuffled` answers each question from the memory of another one.
  public var control = Control.none

  public enum Control: String, Choice { case none = "", shuffled }

  public init() {}
}
