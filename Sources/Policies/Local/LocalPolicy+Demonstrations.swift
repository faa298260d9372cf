import Models
import Palimpsest
import Tokenizers
import Transformers

extension LocalPolicy {
  /// A reply of another policy as this one would have read the prompt and written the reply: what it imitates.
  ///
  /// - Returns: token ids of the prompt, and of the reply with the token that ends it, where the model has one.
  /// - Throws: `TokenizerError` where the vocabulary lacks a marker of the chat format; `LocalError.promptTooLong` where
  ///   both together do not fit; `ReaderError` for a prompt with other parts than text, which has no token ids.
  public func demonstration(of exchange: Exchange) throws -> (prompt: [Int], reply: [Int]) {
    let chat = settings.thinking ? model.chat : model.chat?.withoutThinking()
    let passage = try model.reading(
      of: exchange.prompt, chat: chat, system: settings.system, rowPosition: settings.rowPosition?.position
    ).passage
    guard case .tokens(let prompt)? = passage.parts.first, passage.parts.count == 1 else {
      throw ReaderError.unserved([Capability.tokenIDs.rawValue], by: name)
    }
    let end = model.chat?.stopIDs(in: model.tokenizer).first ?? model.ends.min()
    let reply = model.tokenizer.encode(exchange.reply.text) + (end.map { [$0] } ?? [])
    let length = contextLength ?? .max
    guard prompt.count + reply.count <= length else {
      throw LocalError.promptTooLong(
        model: model.name, positions: prompt.count + reply.count, contextLength: length)
    }
    return (prompt, reply)
  }
}
