import ArgumentParser
import Terminal

struct Graph: AsyncParsableCommand {
  private static let mostQuestions = Drawing.mostQuestions
  static let configuration = CommandConfiguration(
    commandName: "graph",
    abstract: "Draw how a memory changed while a text was read, or make a page of every step.",
    discussion: """
      Examples:
        palimpsest graph runs/read/task.ask=who-3f9a01bc -o evolution.svg
        palimpsest graph traces.jsonl --question needle-7 -o evolution.pdf
        palimpsest graph traces.jsonl -o evolution.dot
        palimpsest graph runs/eval-qa/defaults-0ab4c21e -o page.html

      A picture shows one question. A page is one file that loads nothing. It shows verdicts, evidence, and each step \
      with the words that the memory lost and gained, for the question or for the first \(mostQuestions) of the file.
      """)

  @Argument(help: "The folder of a run, or a file of traces.")
  var trace: String

  @Option(name: .shortAndLong, help: "The picture: .svg, .png, .pdf or .dot; or the page: .html.")
  var output: String

  @Option(help: "The id of a question; by default the first one, or the first ones on a page.")
  var question: String?

  mutating func run() async throws {
    try await Drawing(of: trace, question: question).write(to: output)
    Console().result(output)
  }
}
