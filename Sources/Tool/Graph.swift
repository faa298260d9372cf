import ArgumentParser
import Workbench

struct Graph: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "graph",
    abstract: "Draw how a memory changed while a text was read.",
    discussion: """
      Examples:
        palimpsest graph runs/read/task.ask=who-3f9a01bc -o evolution.svg
        palimpsest graph traces.jsonl --question needle-7 -o evolution.pdf
        palimpsest graph traces.jsonl -o evolution.dot
      """)

  @Argument(help: "The folder of a run, or a file of traces.")
  var trace: String

  @Option(name: .shortAndLong, help: "The picture: .svg, .png, .pdf or .dot.")
  var output: String

  @Option(help: "The id of a question; the first one without it.")
  var question: String?

  mutating func run() async throws {
    try await Drawing(of: trace, question: question).write(to: output)
    Console().result(output)
  }
}
