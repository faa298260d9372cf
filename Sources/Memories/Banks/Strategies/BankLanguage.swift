import Basics
import Palimpsest
import Synchronization

/// A reply read by its grammar: the value, or why it has none. Never retried.
public enum Parsed<Value: Sendable>: Sendable {
  case ok(Value)
  case malformed(String)
}

/// All language ability of a bank: typed questions to the policy, and strict readings of its replies.
///
/// A reply that does not follow its grammar is counted and changes nothing. Prompts are values and can be replaced by
/// name (docs/banks.md has the grammars).
public struct BankLanguage: Sendable {
  private let caller: Caller
  private let templates: PromptTemplates
  private let tokenizer: any Tokenizer
  private let faults = Faults()

  /// Counts malformed replies of one draft.
  private final class Faults: Sendable {
    let reasons = Mutex<[String]>([])
  }

  init(_ caller: Caller, templates: PromptTemplates, tokenizer: any Tokenizer) {
    self.caller = caller
    self.templates = templates
    self.tokenizer = tokenizer
  }

  /// Why replies had no value, in the order of the calls.
  public var malformed: [String] { faults.reasons.withLock { $0 } }

  /// Tokens of a text.
  public func count(_ text: String) -> Int { tokenizer.count(text) }

  /// The longest prefix of a text that takes at most so many tokens.
  public func cut(_ text: String, to tokens: Int) -> String { tokenizer.truncate(text, to: tokens) }

  /// A filled prompt's reply, without reasoning and white space at its ends.
  func reply(
    to template: PromptTemplate, problem: String = "", memory: Recollection = .nothing, section: Chunk? = nil,
    tokens: Int
  ) async throws -> String {
    let prompt = templates.replacing(template).filled(problem: problem, memory: memory, section: section)
    let text = try await caller.reply(to: prompt, sampling: Sampling(maxTokens: max(tokens, 1))).text
    return Self.trimmed(text)
  }

  /// A text without reasoning before `</think>` and white space at its ends.
  static func trimmed(_ text: String) -> String {
    var rest = text[...]
    if let end = text.range(of: "</think>") { rest = text[end.upperBound...] }
    while let first = rest.first, first.isWhitespace { rest.removeFirst() }
    while let last = rest.last, last.isWhitespace { rest.removeLast() }
    return String(rest)
  }

  /// The value of a parsed reply; nil where it is malformed, which is counted.
  func value<Value>(_ parsed: Parsed<Value>) -> Value? {
    switch parsed {
    case .ok(let value): return value
    case .malformed(let reason):
      faults.reasons.withLock { $0.append(reason) }
      return nil
    }
  }
}

extension MemoryEntry {
  /// The entry on one line: `[3] Anna lives in Ulm`. No line break or invisible character of an entry can forge the
  /// line of another one.
  var line: String { "[\(known)] \(content.body.onOneLine)" }
}

extension String {
  /// The text on one line, without control and format characters.
  var onOneLine: String {
    var line = ""
    var hasGap = false
    for scalar in unicodeScalars {
      switch scalar.properties.generalCategory {
      case .spaceSeparator, .lineSeparator, .paragraphSeparator: hasGap = true
      case .control: if scalar.properties.isWhitespace { hasGap = true }
      case .format: break
      default:
        if hasGap, !line.isEmpty { line.append(" ") }
        hasGap = false
        line.unicodeScalars.append(scalar)
      }
    }
    return line
  }

  /// The lines of a reply, trimmed, without empty ones.
  var trimmedLines: [String] {
    split(whereSeparator: \.isNewline).map { BankLanguage.trimmed(String($0)) }.filter { !$0.isEmpty }
  }
}
