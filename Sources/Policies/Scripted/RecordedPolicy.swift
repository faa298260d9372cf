import Basics
import Foundation
import Palimpsest

/// One reply to replay.
///
/// As a line of JSON: `{"session": "q7", "step": 3, "reply": "…"}`. Without `session` or `purpose`
/// it stands for every question or purpose that has no reply of its own. `rollout` and `call` are 0 where
/// they are left out: a second call for one chunk needs a recording of its own.
public struct Recording: Sendable, Codable, Hashable {
  /// The question's id; nil stands for every question.
  public var session: String?
  public var rollout: Int?
  public var step: Int
  /// Which call of the step, from 0.
  public var call: Int?
  /// `draft` or `answer`.
  public var purpose: String?
  /// The text that is replayed.
  public var reply: String

  /// Without a session or purpose it stands for every one that has no recording of its own.
  public init(
    session: String? = nil, rollout: Int? = nil, step: Int, call: Int? = nil, purpose: String? = nil, reply: String
  ) {
    self.session = session
    self.rollout = rollout
    self.step = step
    self.call = call
    self.purpose = purpose
    self.reply = reply
  }
}

/// Replays replies by the identity of their call: a reading without a model, the same every time.
///
/// - Throws: `ScriptError.missing` where no reply was recorded.
public struct RecordedPolicy: Policy {
  private struct Key: Hashable, Sendable {
    var session: String?
    var rollout: Int
    var step: Int
    var call: Int
    var purpose: String?
  }

  /// Always `recorded`.
  public let name = "recorded"
  private let replies: [Key: String]
  private let tokenizer: any Tokenizer

  /// - Parameter tokenizer: counts the tokens of prompts and replies.
  public init(_ recordings: [Recording], tokenizer: any Tokenizer = WordTokenizer()) {
    replies = Dictionary(
      recordings.map {
        let key = Key(
          session: $0.session, rollout: $0.rollout ?? 0, step: $0.step, call: $0.call ?? 0, purpose: $0.purpose)
        return (key, $0.reply)
      },
      uniquingKeysWith: { $1 })
    self.tokenizer = tokenizer
  }

  /// Replies from a file of JSON Lines; blank lines are skipped.
  public init(file: URL, tokenizer: any Tokenizer = WordTokenizer()) throws {
    let text: String
    do {
      text = try String(contentsOf: file, encoding: .utf8)
    } catch {
      throw ScriptError.unreadable(file.path, reason: error.systemReason)
    }
    var recordings: [Recording] = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    where !line.allSatisfy(\.isWhitespace) {
      do {
        recordings.append(try JSONDecoder().decode(Recording.self, from: Data(line.utf8)))
      } catch let error as DecodingError {
        throw ScriptError.notARecording(file.path, line: index + 1, reason: error.reason)
      }
    }
    self.init(recordings, tokenizer: tokenizer)
  }

  /// The recording for session, step and purpose; the most specific one where several fit.
  public func reply(to prompt: Prompt, sampling: Sampling, call: CallID) throws -> Reply {
    let keys = [call.question, nil].flatMap { session in
      [call.purpose.rawValue, nil].map {
        Key(session: session, rollout: call.rollout, step: call.step, call: call.call, purpose: $0)
      }
    }
    guard let text = keys.lazy.compactMap({ replies[$0] }).first else { throw ScriptError.missing(call) }
    return .scripted(text, to: prompt, by: name, counting: tokenizer)
  }
}

extension DecodingError {
  fileprivate var reason: String {
    switch self {
    case .keyNotFound(let key, _): "\(key.stringValue) is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "\(context.codingPath.map(\.stringValue).joined(separator: ".")) must be \(Expected.words(for: self))"
    case .dataCorrupted(let context) where !context.codingPath.isEmpty:
      "\(context.codingPath.map(\.stringValue).joined(separator: ".")) must be \(Expected.words(for: self))"
    default: "it is no JSON"
    }
  }
}

extension Reply {
  static func scripted(
    _ text: String, to prompt: Prompt, by name: String, counting tokenizer: any Tokenizer
  ) -> Reply {
    let usage = Usage(read: tokenizer.count(prompt.text), generated: tokenizer.count(text))
    return Reply(text, usage: usage, model: name)
  }
}
