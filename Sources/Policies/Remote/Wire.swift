import Foundation
import Palimpsest

/// The JSON of the protocol. Fields that do not matter may have any type; those that do are checked.
enum Wire {
  struct Completion: Decodable {
    var choices: [Choice]?
    var usage: Lenient<Tokens>?
    var model: Lenient<String>?
    var error: Complaint?
    /// Ids of the prompt, as vLLM gives them.
    var promptTokens: Lenient<[Int]>?

    enum CodingKeys: String, CodingKey {
      case choices, usage, model, error
      case promptTokens = "prompt_token_ids"
    }
  }

  struct Choice: Decodable {
    var index: Lenient<Int>?
    var message: Message?
    var delta: Message?
    var finish: String?
    var error: Complaint?
    var scores: Lenient<Scores>?
    /// Ids of the reply, as vLLM gives them.
    var tokens: Lenient<[Int]>?

    enum CodingKeys: String, CodingKey {
      case index, message, delta, error
      case finish = "finish_reason"
      case scores = "logprobs"
      case tokens = "token_ids"
    }
  }

  /// What the model gave each token of a reply.
  struct Scores: Decodable {
    struct Token: Decodable { var logprob: Float }
    var content: [Token]?
  }

  struct Message: Decodable {
    var content: Content?
    var refusal: String?
  }

  /// A string, or a list of parts of which those of text count.
  struct Content: Decodable {
    var text: String

    private struct Part: Decodable { var text: String? }

    init(from decoder: any Decoder) throws {
      let value = try decoder.singleValueContainer()
      if let text = try? value.decode(String.self) {
        self.text = text
      } else {
        text = try value.decode([Part].self).compactMap(\.text).joined()
      }
    }
  }

  struct Tokens: Decodable {
    var read: Int
    var generated: Int

    enum CodingKeys: String, CodingKey {
      case read = "prompt_tokens"
      case generated = "completion_tokens"
    }
  }

  struct Cost: Decodable { var usage: Lenient<Tokens>? }

  /// The error that an endpoint reports: an object, or just a sentence.
  struct Complaint: Decodable {
    var message: String
    var code: String

    private enum Key: CodingKey { case message, code, type }

    init(from decoder: any Decoder) throws {
      if let text = try? decoder.singleValueContainer().decode(String.self) {
        message = text
        code = ""
        return
      }
      let values = try decoder.container(keyedBy: Key.self)
      message = (try? values.decode(String.self, forKey: .message)) ?? ""
      let words = [Key.code, .type].compactMap { key in
        (try? values.decode(String.self, forKey: key)) ?? (try? values.decode(Int.self, forKey: key)).map(String.init)
      }
      // Either may name the lack of credit; otherwise the code says more than the type.
      code = words.first(where: Self.isQuota) ?? words.first { !$0.isEmpty } ?? ""
    }

    static func isQuota(_ code: String) -> Bool {
      code.hasPrefix("billing")
        || [
          "insufficient_quota", "insufficient_balance", "insufficient_credits", "account_deactivated",
          "access_terminated", "402",
        ].contains(code)
    }

    var fault: Fault {
      if Self.isQuota(code) { return .quota(message) }
      guard let status = Int(code), (400...599).contains(status) else { return .reported(code: code, message) }
      return .of(status, message)
    }
  }

  /// A value where there is one of the right type, otherwise nothing.
  struct Lenient<Value: Decodable>: Decodable {
    var given: Value?
    init(from decoder: any Decoder) throws {
      given = try? Value(from: decoder)
    }
  }

  /// A body without a byte order mark and white space in front.
  static func json(_ body: [UInt8]) -> ArraySlice<UInt8> {
    (body.starts(with: [0xef, 0xbb, 0xbf]) ? body.dropFirst(3) : body[...])
      .drop { [0x20, 0x09, 0x0a, 0x0d].contains($0) }
  }

  /// - Throws: `Fault.truncated` for JSON that ends early, `.malformed` for anything else.
  static func decode<Value: Decodable>(_ type: Value.Type, from body: ArraySlice<UInt8>) throws(Fault) -> Value {
    guard body.first == UInt8(ascii: "{") else {
      throw .malformed("it is not a JSON object (\(excerpt(body)))")
    }
    do {
      return try JSONDecoder().decode(type, from: Data(body))
    } catch {
      if endsEarly(body) { throw .truncated("its JSON ends after \(body.count) bytes") }
      throw .malformed("\(reason(error)) (\(excerpt(body)))")
    }
  }

  private static func reason(_ error: any Error) -> String {
    func place(_ context: DecodingError.Context) -> String {
      context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
    }
    return switch error {
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
      "\(place(context)) has a wrong type"
    case DecodingError.keyNotFound(let key, let context): "\(place(context)).\(key.stringValue) is missing"
    default: "it is not valid JSON"
    }
  }

  /// Whether JSON stops within a string, an array or an object.
  private static func endsEarly(_ body: ArraySlice<UInt8>) -> Bool {
    var depth = 0
    var isString = false
    var isEscaped = false
    for byte in body {
      if isEscaped {
        isEscaped = false
      } else if isString {
        if byte == UInt8(ascii: "\\") { isEscaped = true }
        if byte == UInt8(ascii: "\"") { isString = false }
      } else {
        switch byte {
        case UInt8(ascii: "\""): isString = true
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
        default: break
        }
      }
    }
    return isString || depth > 0
  }

  /// The beginning of a body for a message, on one line.
  static func excerpt(_ body: ArraySlice<UInt8>) -> String {
    line(String(decoding: body.prefix(600), as: UTF8.self))
  }

  /// Foreign text for a message: one line, no control characters, not long.
  static func line(_ text: String) -> String {
    let words = text.prefix(600).split {
      $0.isWhitespace || $0.unicodeScalars.contains { $0.properties.generalCategory == .control }
    }
    let line = words.joined(separator: " ")
    return line.count > 200 ? line.prefix(200) + "…" : line
  }
}

extension Wire.Lenient where Value == Wire.Tokens {
  /// Token counts, if they are counts.
  var value: Usage? {
    guard let given, (0...1 << 40).contains(given.read), (0...1 << 40).contains(given.generated) else { return nil }
    return Usage(read: given.read, generated: given.generated)
  }
}

extension Wire.Lenient where Value == String {
  var text: String? { given.map { String($0.prefix(200)) } }
}

extension Wire.Complaint {
  init(saying message: String) {
    self.message = message
    code = ""
  }
}
