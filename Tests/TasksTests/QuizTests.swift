import Foundation
import Palimpsest
import Tasks
import Testing

@Suite struct `A quiz` {
  private func folder(_ files: [String: String]) throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appending(path: "palimpsest-quiz-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (name, text) in files { try Data(text.utf8).write(to: folder.appending(path: name)) }
    return folder
  }

  private func list(_ task: QuizTask) throws -> [Question] {
    func all(_ questions: some Sequence<Question>) -> [Question] { Array(questions) }
    return all(try task.questions(seed: 1))
  }

  private func text(of question: Question) async throws -> [UInt8] {
    guard case .text(let source) = question.source else { return [] }
    var bytes: [UInt8] = []
    while let piece = try await source.piece(from: bytes.count) { bytes += piece }
    return bytes
  }

  @Test func `reads the files of a folder by name, and marks its proofs`() async throws {
    let folder = try folder(["b": "The end.", "a": "Written by\n   James Hacker.\n", "empty": ""])
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createSymbolicLink(
      at: folder.appending(path: "link"), withDestinationURL: folder.appending(path: "a"))

    let task = QuizTask(
      .init(
        text: folder.path,
        questions: [
          .init(ask: "Who?", answers: ["James Hacker"], proof: "by James Hacker"),
          .init(ask: "What?", proof: "The end"),
        ]))
    let questions = try list(task)
    let bytes = try await text(of: questions[0])
    #expect(String(decoding: bytes, as: UTF8.self) == "Written by\n   James Hacker.\n\n\nThe end.")
    #expect(String(decoding: bytes[questions[0].evidence[0]], as: UTF8.self) == "by\n   James Hacker")
    #expect(String(decoding: bytes[questions[1].evidence[0]], as: UTF8.self) == "The end")
  }

  @Test func `finds a proof that the pieces of a file cut`() throws {
    let filler = String(repeating: "x", count: FileText.pieceSize - 4)
    let folder = try folder(["a": filler + "one   two three"])
    defer { try? FileManager.default.removeItem(at: folder) }
    let task = QuizTask(.init(text: folder.path, questions: [.init(ask: "?", proof: "one two")]))
    let question = try #require(try list(task).first)
    #expect(question.evidence == [filler.utf8.count..<(filler.utf8.count + 9)])
  }

  @Test func `refuses a proof that stands nowhere, and an empty text`() throws {
    let folder = try folder(["a": "one two"])
    defer { try? FileManager.default.removeItem(at: folder) }
    let error = #expect(throws: SettingError.self) {
      try QuizTask(.init(text: folder.path, questions: [.init(ask: "?", proof: "two one")])).questions(seed: 1)
    }
    #expect(error?.description.hasPrefix("task.questions.1.proof is \"two one\": this text does not occur") == true)
    #expect(error?.exitClass == .usage)
    let empty = try self.folder(["a": ""])
    defer { try? FileManager.default.removeItem(at: empty) }
    #expect(throws: TextError.empty(empty.path)) {
      try QuizTask(.init(text: empty.path, questions: [.init(ask: "?")])).questions(seed: 1)
    }
  }

  @Test(
    arguments: [
      (["ask": "?", "answers": [1843]], "task.questions.1.answers.1 is 1843, but must be a text; write it in quotes"),
      (["ask": "?", "answers": "1843"], "task.questions.1.answers is \"1843\", but must be a list"),
      (["ask": "?", "anwsers": ["x"]], "unknown key task.questions.1.anwsers; did you mean answers?"),
      (["asks": "?"], "unknown key task.questions.1.asks; did you mean ask?"),
      (["ask": "?", "proof": ["x"]], "task.questions.1.proof is [\"x\"], but must be a text"),
      ("who?", "task.questions.1 is \"who?\", but must be a table"),
    ] as [(Setting, String)])
  func `whose question is written wrongly says where and what was expected`(_ item: Setting, _ message: String) {
    let error = #expect(throws: SettingError.self) {
      try Catalog("task", tasks).make(Spec("quiz", ["text": "x", "questions": .list([item])]))
    }
    #expect(error?.description.hasPrefix(message) == true, "\(String(describing: error))")
  }
}
