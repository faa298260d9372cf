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
  /// There is no chat template.
  case noTemplate(file: String, reason: String)
  /// The chat template cannot be evaluated; the line is one of the template.
  case template(name: String, line: Int, reason: String)
  /// The chat template refuses the conversation.
  case refusedChat(name: String, line: Int, message: String)

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
    case .noTemplate(let file, let reason):
      "\(file): there is no chat template: \(reason); name one: plain, a file .jinja, or one of \(ChatFormat.names)"
    case .template(let name, let line, let reason):
      "\(name): line \(line) of the chat template: \(shortened(reason, to: 400)); "
        + "name another template: a file .jinja, or one of those built in"
    case .refusedChat(let name, let line, let message):
      "\(name): line \(line) of the chat template refuses the conversation: \(shortened(message, to: 400))"
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
