import Foundation
import Palimpsest

/// One sample of RULER: its prompt in parts, and what is known about the answer.
///
/// The words of the templates are RULER's (Hsieh et al., arXiv:2404.06654; NVIDIA, Apache-2.0), byte for byte: another
/// wording would be another benchmark.
public struct RulerSample: Sendable {
  /// The task.
  public var kind: RulerKind
  /// Counted from 0.
  public var index: Int
  /// What stands before the text: the instruction, and a worked example where the task has one.
  public var before: String
  /// The text that is to be read.
  public var context: String
  /// What stands behind the text: the question.
  public var after: String
  /// The question alone, for a reader that is shown the text in chunks.
  public var ask: String
  /// The beginning of the answer, behind the chat template.
  public var answerPrefix: String
  /// The golds.
  public var outputs: [String]
  /// UTF-8 ranges of the context that prove the answer; empty where the whole text does.
  public var evidence: [Range<Int>] = []
  /// Samples over one document share a cluster; nil for one of its own.
  public var cluster: String?
  /// Units of filler: lines, words, or documents.
  public var size: Int

  /// The prompt without the beginning of the answer: RULER's `input`.
  public var input: String { before + context + after }
  /// What the model is asked to continue.
  public var prompt: String { input + answerPrefix }
}

/// A sample as RULER's own files have it: a line of JSON.
public struct RulerRecord: Codable, Sendable, Equatable {
  /// The sample's number. (RULER writes the offset of the first gold here for needles.)
  public var index: Int
  /// The prompt without the beginning of the answer.
  public var input: String
  /// The golds.
  public var outputs: [String]
  /// Tokens of the prompt and of the reply.
  public var length: Int
  /// The same and the tokens of the chat template.
  public var lengthWithTemplate: Int
  /// The beginning of the answer.
  public var answerPrefix: String
  /// Tokens before the first gold in `input`; needles only.
  public var answerPosition: Int?

  private enum CodingKeys: String, CodingKey {
    case index, input, outputs, length
    case lengthWithTemplate = "length_w_model_temp"
    case answerPrefix = "answer_prefix"
    case answerPosition = "token_position_answer"
  }

  /// - Parameters:
  ///   - tokenizer: the one that the length was fitted with.
  ///   - templateTokens: tokens that were kept free for a chat template.
  public init(_ sample: RulerSample, tokenizer: any Tokenizer, templateTokens: Int = 0) {
    index = sample.index
    input = sample.input
    outputs = sample.outputs
    length = tokenizer.count(sample.prompt) + sample.kind.tokensToGenerate
    lengthWithTemplate = length + templateTokens
    answerPrefix = sample.answerPrefix
    if sample.kind.needle != nil, let gold = sample.outputs.first, let place = input.range(of: gold, options: .literal)
    {
      answerPosition = tokenizer.count(String(input[..<place.lowerBound]))
    }
  }

  /// The record on one line, without a line break.
  public var line: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
  }
}
