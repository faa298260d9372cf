import Foundation
import Palimpsest

/// Several questions of one's own about the same text, with their answers.
///
///     task:
///       kind: quiz
///       text: /usr/share/common-licenses
///       questions:
///         - {ask: Who wrote the program Gnomovision?, answers: [James Hacker], proof: written by James Hacker}
public struct QuizTask: ReadingTask {
  /// The text and its questions.
  public struct Settings: Codable, Sendable {
    /// A file, or a folder whose regular files are read one after the other, by name. Symbolic links
    /// in it are left out, so that no file is read twice.
    public var text = ""
    /// In the order in which they are asked.
    public var questions: [Item] = []

    /// Both must be given before questions can be made.
    public init(text: String = "", questions: [Item] = []) {
      self.text = text
      self.questions = questions
    }
  }

  /// One question with what is known about its answer.
  public struct Item: Codable, Sendable, Hashable {
    /// The question's text.
    public var ask: String
    /// Accepted answers; none where they are not known.
    public var answers: [String]?
    /// Words of the text that prove the answer, literally except for white space. Their first place
    /// in the text becomes the evidence.
    public var proof: String?

    /// Without answers and proof the question is only asked.
    public init(ask: String, answers: [String]? = nil, proof: String? = nil) {
      self.ask = ask
      self.answers = answers
      self.proof = proof
    }
  }

  /// The text and its questions.
  public var settings: Settings

  /// The text is opened when questions are made.
  public init(_ settings: Settings) { self.settings = settings }

  /// The files of a folder.
  ///
  /// - Throws: `TextError.empty` for a folder without files.
  public func filesInFolders() throws -> [FilesInFolder] {
    PublishedFile.files("text", settings.text, try Documents(settings.text).files)
  }

  /// - Throws: `TextError` where the text cannot be read or is empty; `SettingError` where the text
  ///   does not contain a proof.
  public func questions(seed: UInt64) throws -> any Sequence<Question> {
    let files = try Documents(settings.text).files.map { try FileText($0) }.filter { $0.count > 0 }
    guard !files.isEmpty else { throw TextError.empty(settings.text) }
    let text = JoinedText(files)
    let proofs = try ProofSearch(settings.questions.compactMap(\.proof)).ranges(in: files)
    let cluster = URL(filePath: settings.text).lastPathComponent
    return try settings.questions.enumerated().map { number, item in
      let proof = try item.proof.map { proof in
        guard let range = proofs[proof] else {
          throw SettingError.outOfRange(
            "task.questions.\(number + 1).proof", found: "\"\(proof)\"",
            why: "this text does not occur in \(settings.text); copy the words exactly, or leave the proof out")
        }
        return range
      }
      // All questions are about one text, and they measure how well this text was kept: each
      // question is a cluster of its own.
      return Question(
        id: "quiz-\(number + 1)", ask: item.ask, answers: item.answers ?? [], evidence: proof.map { [$0] } ?? [],
        causalEvidence: proof.map { [$0] } ?? [], cluster: "\(cluster)-\(number + 1)", source: .text(text))
    }
  }
}
