import ArgumentParser
import Figures
import Foundation
import Runs
import Terminal

struct View: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "view",
    abstract: "Show every step of a run: a page in one file, or text for the terminal.",
    discussion: """
      Examples:
        palimpsest view runs/eval-qa/RUN                         RUN/trace.html, the first \(TracePage.mostQuestions) questions
        palimpsest view runs/eval-qa/RUN --wrong --limit 40      of the questions that went wrong, up to 40
        palimpsest view traces.jsonl --question q7 -o q7.html    one question of a file
        palimpsest view runs/eval-qa/RUN --text | less           in the terminal
        palimpsest view RUN --question q7 --chunk 12 --text      one step, with its prompt and replies

      The page loads nothing and can be sent by mail. Its keys are listed under `?`. It says what it leaves out.
      """)

  @Argument(help: ArgumentHelp("The folder of a run, or a file of traces.", valueName: "run"))
  var path: String

  @Option(name: .shortAndLong, help: "The page to write; by default trace.html beside the traces.")
  var output: String?

  @Option(help: "The id of a question; may be given several times.")
  var question: [String] = []

  @Flag(help: "Only questions that failed or that a verdict is below 1 for.")
  var wrong = false

  @Option(help: "The most questions.")
  var limit = TracePage.mostQuestions

  @Flag(help: "Print text instead of writing a page.")
  var text = false

  @Option(help: "With --text, one step of each question in full: the index of its chunk.")
  var chunk: Int?

  func validate() throws {
    if limit < 1 { throw ValidationError("--limit \(limit): at least one question is needed") }
    if text, output != nil { throw ValidationError("--text prints, so -o has nothing to write") }
    if chunk != nil, !text { throw ValidationError("--chunk belongs to --text; the page has every step") }
    if let output, URL(filePath: output).pathExtension.lowercased() != "html" {
      throw ValidationError("-o \(output): a page ends in .html; pictures are drawn by palimpsest graph")
    }
  }

  mutating func run() async throws {
    let shelf = try TraceShelfmark(path)
    var questions = try shelf.questions(question)
    if wrong {
      guard FileManager.default.fileExists(atPath: shelf.verdicts.path) else {
        throw RunError.notARun(path, reason: "it has no verdicts.jsonl, so nothing is known to be wrong")
      }
      let ids = Set(try TracePage.wrong(in: shelf.verdicts))
      questions.removeAll { !ids.contains($0) }
      guard !questions.isEmpty else {
        Console().note("nothing went wrong in \(path)")
        return
      }
    }
    let page = try await shelf.page(about: Array(questions.prefix(limit)))
    if text { return Console().result(page.text(of: chunk)) }
    let target = output.map { URL(filePath: $0) } ?? shelf.folder.appending(path: "trace.html")
    try page.write(to: target)
    Console().result(target.relativePath)
  }
}
