import ArgumentParser
import Palimpsest
import Terminal
import Verifiers

struct Score: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score",
    abstract: "Score metric vectors and say which disagree with the original.",
    discussion: """
      Examples:
        palimpsest score --vectors verifier-vectors.json
        palimpsest score --vectors verifier-vectors.json --json
      """)

  @Option(help: ArgumentHelp("A file of vectors: inputs of metrics, and what the originals gave.", valueName: "file"))
  var vectors: String

  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    let report = try VectorSuite(contentsOf: vectors).run()
    let console = Console()
    if json {
      console.result(
        Setting.table([
          "passed": .int(report.passed), "failed": .int(report.failures.count),
          "failures": .list(report.failures.map { .string($0.id) }),
        ]).line)
    } else {
      report.failures.forEach { console.result("\($0)") }
      console.result(report.summary)
    }
    if !report.failures.isEmpty { throw ExitCode.failure }
  }
}
