import Foundation
import Models
import Palimpsest
import Tokenizers
import Transformers

/// A model's folder as it is published, with random weights and a vocabulary of bytes: for what must run
/// through everything a real one does, in milliseconds.
public enum TinyModel {
  /// The vocabulary: 256 bytes, a few merges, and the markers of ChatML.
  public static let tokenizer = BytePairTrainer(
    size: 280 + 3, specialTokens: ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
  )
  .train(
    on: ["user\nassistant\nsystem\nYou are a helpful assistant. The problem, the memory, the section."], name: "tiny")

  /// - Parameters:
  ///   - vocabulary: rows of the embedding, where they are to be others than there are tokens.
  ///   - contextLength: positions it says it was made for.
  ///   - isTied: whether the embedding is the output projection too.
  ///   - template: what stands in `tokenizer_config.json`; nil for ChatML.
  public static func write(
    to folder: URL, vocabulary: Int? = nil, contextLength: Int = 2048, template: String? = nil, layers: Int = 2,
    isTied: Bool = true
  ) throws {
    var configuration = DecoderConfiguration(
      vocabulary: vocabulary ?? tokenizer.idEnd + 5, width: 32, innerWidth: 48, layers: layers, heads: 4, keyHeads: 2,
      headWidth: 8, contextLength: contextLength, isTied: isTied)
    configuration.hasInputBias = true
    let decoder = try Decoder(configuration, weights: RandomWeights(seed: 7, deviation: 0.4))
    try decoder.write(to: folder.path)
    try tokenizer.write(to: folder.path)
    let chatML =
      "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' "
      + "+ '\\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
    let settings = try JSONEncoder().encode([
      "chat_template": template ?? chatML, "eos_token": "<|endoftext|>",
    ])
    try settings.write(to: folder.appending(path: "tokenizer_config.json"))
  }
}
