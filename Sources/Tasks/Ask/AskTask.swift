import Foundation
import Palimpsest

/// One text of one's own and one question about it.
///
/// Several files are read one after the other as one text; `-` is standard input. Only the part
/// being read is held in memory.
public struct AskTask: ReadingTask {
  /// The text, the question, and what is known about its answer.
  public struct Settings: Codable, Sendable {
    /// Paths, read in this order; `-` for standard input, which can only stand last.
    public var files: [String] = []
    /// The question.
    public var ask = ""
    /// Accepted answers, where they are known.
    public var answers: [String] = []
    /// The treatment of bytes that are not UTF-8.
    public var invalid = InvalidBytes.refuse

    /// Bytes that are not UTF-8 are refused by default.
    public init(
      files: [String] = [], ask: String = "", answers: [String] = [],
      invalid: InvalidBytes = .refuse
    ) {
      self.files = files
      self.ask = ask
      self.answers = answers
      self.invalid = invalid
    }
  }

  /// The text, the question, and what is known about its answer.
  public var settings: Settings

  /// Files are opened when questions are made.
  public init(_ settings: Settings) { self.settings = settings }

  /// - Throws: `TextError` where a file cannot be read, or where all of them are empty.
  public func questions(seed: UInt64) throws -> any Sequence<Question> {
    let files = try settings.files.filter { $0 != "-" }.map { try FileText($0) }
    let stream = settings.files.last == "-" ? StandardInputText() : nil
    guard stream != nil || files.contains(where: { $0.count > 0 }) else {
      throw TextError.empty(settings.files.joined(separator: ", "))
    }
    let text: any TextSource =
      switch (files.count, stream) {
      case (0, let stream?): stream
      case (1, nil): files[0]
      default: JoinedText(files, then: stream)
      }
    return [
      Question(
        id: id(of: files), ask: settings.ask, answers: settings.answers,
        source: .text(settings.invalid == .replace ? ReplacingText(text) : text))
    ]
  }

  /// Follows from the question and the lengths of the files: a reading is resumed only where both
  /// are as they were, and the folder a file lies in changes no random number.
  private func id(of files: [FileText]) -> String {
    let parts = [settings.ask] + files.map { "\($0.count)" } + (settings.files.last == "-" ? ["-"] : [])
    var hash = SeededGenerator(seed: 0, session: parts.joined(separator: "\n"), purpose: "ask.id")
    return "ask-" + String(format: "%08x", UInt32(truncatingIfNeeded: hash.next()))
  }
}

/// The treatment of bytes that are not UTF-8.
public enum InvalidBytes: String, Choice {
  /// The reading stops with the offset of the first one.
  case refuse
  /// Each becomes a question mark.
  case replace
}
