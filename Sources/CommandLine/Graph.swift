import ArgumentParser
import Terminal

struct Graph: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "graph",
    abstract: "Draw how a memory changed while a text was read.",
    discussion: """
      Examples:
        palimpsest graph runs/read/task.ask=who-3f9a01bc -o evolution.svg
        palimpsest graph traces.jsonl --question needle-7 -o evolution.pdf
        palimpsest graph traces.jsonl -o evolution.dot

      A picture shows one question. A page of every step is written by palimpsest view.
      """)

  @Argument(help: "The folder of a run, or a file of traces.")
  var trace: String

  @Option(name: .shortAndLong, help: "The picture: .svg, .png, .pdf or .dot.")
  var output: String

  @Option(help: "The id of a question; by default the first one.")
  var question: String?

  mutating func run() async throws {
    try await Drawing(of: trace, question: question).write(to: output)
    Console().result(output)
  }
}
