import ArgumentParser
import Palimpsest
import Terminal
import Verifiers

struct Score: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score",
    abstract: "Compare our metrics with reference cases and list the cases that disagree.",
    discussion: """
      Examples:
        palimpsest score --vectors verifier-vectors.json
        palimpsest score --vectors verifier-vectors.json --json
      """)

  @Option(help: ArgumentHelp("Reference cases: inputs of metrics, and the originals' results.", valueName: "file"))
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
