import Palimpsest

/// The reason why a local model gives no reply, or is not loaded.
public enum LocalError: Refusal, Equatable {
  /// The prompt has no token: its text is empty, or all of its bytes lack one.
  case emptyPrompt(model: String)
  /// The prompt leaves no room for a reply.
  case promptTooLong(model: String, positions: Int, contextLength: Int)
  /// Memory would run out.
  case noRoom(model: String, what: String, needed: Int, available: Int)
  /// Scores that are not numbers.
  case notFinite(model: String, reason: String)
  /// The vocabulary has tokens that the weights have no rows for.
  case strangers(folder: String, tokens: Int, rows: Int)
  /// The model has no such inside.
  case noTap(model: String, tap: String, kinds: [String], layers: Int)

  /// 0: nothing was generated.
  public var attempts: Int { 0 }

  /// False only for a prompt that is empty or too long, since another question may have a better one.
  public var stopsRun: Bool {
    switch self {
    case .emptyPrompt, .promptTooLong: false
    case .noRoom, .notFinite, .strangers, .noTap: true
    }
  }

  /// Too little memory is the machine's fault, everything else the user's.
  public var exitClass: ExitClass {
    if case .noRoom = self { .machine } else { .usage }
  }

  /// The model, the reason, and what to do.
  public var description: String {
    switch self {
    case .emptyPrompt(let model):
      "the prompt has no token for \(model): its text is empty, or the vocabulary has no token for any of its bytes; "
        + "give a prompt with text, or a chat format (policy.template)"
    case .promptTooLong(let model, let positions, let contextLength):
      "the prompt takes \(positions) tokens, and \(model) has a context length of \(contextLength) for prompt and reply together; "
        + "lower chunker.size or memory.tokens"
    case .noRoom(let model, let what, let needed, let available):
      "\(model): \(what) would take \(megabytes(needed)) MiB of memory, and \(megabytes(available)) MiB are free; "
        + "load it with --quantise int8, lower policy.batch or chunker.size, or take a smaller model"
    case .noTap(let model, let tap, let kinds, let layers):
      "\(model) cannot be tapped at \(tap): it has \(kinds.joined(separator: ", ")) of \(layers) layers, counted from 0; "
        + "correct the taps of the memory or of sampling.captures"
    case .notFinite(let model, let reason): "\(model) gives scores that are not numbers: \(reason)"
    case .strangers(let folder, let tokens, let rows):
      "\(folder): the vocabulary has ids up to \(tokens - 1), and the weights a vocab_size of \(rows); "
        + "take both from the same checkpoint"
    }
  }
}

func megabytes(_ bytes: Int) -> Int { (bytes + (1 << 20) - 1) >> 20 }
