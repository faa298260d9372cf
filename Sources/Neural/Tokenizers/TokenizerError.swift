import JSON
import Palimpsest

/// Faults of a tokenizer's files. Each case has the file, the key, the expected and the found
/// value.
public enum TokenizerError: Failure, Equatable {
  /// The file is missing, not permitted, or larger than any tokenizer's.
  case unreadable(file: String, reason: String)
  /// The file is not JSON in UTF-8.
  case malformed(file: String, byte: Int, reason: String)
  /// A key does not have the value that the rest of the file, or this room, needs.
  case unexpected(file: String, key: String, expected: String, found: String)
  /// The split rule is unknown; the message prints it whole.
  case unknownPattern(file: String, key: String, pattern: String)
  /// The chat template is not one of the built-in ones.
  case unknownTemplate(file: String, reason: String)

  /// Always the user's fault: the files are wrong or not supported.
  public var exitClass: ExitClass { .usage }

  /// The file, the key, the expected and the found value.
  public var description: String {
    switch self {
    case .unreadable(let file, let reason):
      "\(file) cannot be read: \(reason)"
    case .malformed(let file, let byte, let reason):
      "\(file) is not JSON at byte \(byte): \(reason); the file may be cut short, fetch it again"
    case .unexpected(let file, let key, let expected, let found):
      "\(file): \(key) must be \(expected), but is \(found)"
    case .unknownPattern(let file, let key, let pattern):
      "\(file): \(key) splits text by a pattern that is not known here: \(pattern)\n"
        + "known are those of GPT-2, Llama 3 and Qwen2 to Qwen3, letter for letter"
    case .unknownTemplate(let file, let reason):
      "\(file): the chat template is none of those built in (\(ChatFormat.names)): \(reason); "
        + "write one in the format of docs/tokenizers.md and name it explicitly"
    }
  }
}

extension TokenizerError {
  init(_ fault: JSONFault) {
    switch fault {
    case .broken(let rule, let file, let byte, let expected, let found):
      self = .malformed(
        file: file, byte: byte, reason: "\(rule.rawValue), and \(expected) was expected, not \(found)")
    case .unexpected(let file, let key, let expected, let found):
      self = .unexpected(file: file, key: key, expected: expected, found: found)
    }
  }
}

/// Foreign text in a message: short, and on one line.
func shortened(_ text: String, to limit: Int = 120) -> String {
  let line = String(text.unicodeScalars.lazy.map { $0.value < 0x20 || $0.value == 0x7F ? "\u{FFFD}" : Character($0) })
  return line.unicodeScalars.count <= limit ? line : String(line.unicodeScalars.prefix(limit)) + "…"
}
