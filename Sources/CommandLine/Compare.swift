import ArgumentParser
import Foundation
import Palimpsest
import Runs
import Terminal

struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare runs with the first one, on the questions that both have.",
    discussion: """
      Examples:
        palimpsest compare runs/eval-qa/memory.kind=overwrite-3f9a01bc runs/eval-qa/memory.kind=gated-0ab4c21e
        palimpsest compare runs/eval-qa/* --metric em --json

      A row says how much higher a run scores, with a 95 % interval from resampling documents, on how many questions \
      it is better and worse, and how likely such a split is between equal runs: by McNemar's exact test where scores \
      are 0 and 1 and each question has a document of its own, else by flipping the signs of the documents' differences. \
      p (Holm) is corrected for all rows.
      """)

  @Argument(help: "Folders of complete runs; the first one is what the others are compared with.")
  var runs: [String]

  @Option(parsing: .singleValue, help: ArgumentHelp("A metric; by default all of the first run.", valueName: "name"))
  var metric: [String] = []

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Also keep the table here: .md, .csv, .tex, .json.", valueName: "folder"))
  var output: String?

  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    guard runs.count >= 2 else { throw RunError.usage("name at least two runs; one has nothing to be compared with") }
    let comparison = try RunComparison(
      of: try zip(runs, Self.names(of: runs)).map { try RunScores(of: URL(filePath: $0), named: $1) },
      metrics: metric.isEmpty ? nil : metric)
    let console = Console()
    let table = comparison.table
    if let output { try table.write(to: URL(filePath: output), named: "comparison") }
    console.result(json ? table.settings.line : table.markdown)
    console.note("compared with \(comparison.first)")
    if let note = comparison.note { console.note(note) }
  }

  /// The folders' own names; where two are the same, the paths.
  private static func names(of runs: [String]) -> [String] {
    let names = runs.map { URL(filePath: $0).standardizedFileURL.lastPathComponent }
    return Set(names).count == names.count ? names : runs
  }
}
