import ArgumentParser
import Foundation
import Palimpsest
import Runs
import Tables
import Terminal

struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare runs with the first one on the questions that both have, or with what a paper prints.",
    discussion: """
      Examples:
        palimpsest compare runs/eval-qa/memory.kind=overwrite-3f9a01bc runs/eval-qa/memory.kind=gated-0ab4c21e
        palimpsest compare runs/eval-qa/* --metric em --json
        palimpsest compare runs/eval-qa/task.documents=50-9c1f22ab --published RL-MemAgent-7B

      A row says how much higher a run scores, with a 95 % interval from resampling documents, on how many questions \
      it is better and worse, and how likely such a split is between equal runs: by McNemar's exact test where scores \
      are 0 and 1 and each question has a document of its own, else by flipping the signs of the documents' differences. \
      p (Holm) is corrected for all rows.

      With --published a row stands beside the paper's share of RULER-HQA at the same number of documents, and says which \
      settings are not the paper's. The memories: \(PublishedScores.all.map(\.name).joined(separator: ", ")).
      """)

  @Argument(help: "Folders of complete runs; without --published the first one is what the others are compared with.")
  var runs: [String]

  @Option(parsing: .singleValue, help: ArgumentHelp("A metric; by default all of the first run.", valueName: "name"))
  var metric: [String] = []

  @Option(help: ArgumentHelp("A memory whose scores on RULER-HQA are published.", valueName: "name"))
  var published: String?

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Also keep the table here: .md, .csv, .tex, .json.", valueName: "folder"))
  var output: String?

  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    let runs = zip(runs, Self.names(of: runs)).map { (folder: URL(filePath: $0), name: $1) }
    if let published {
      guard metric.isEmpty else {
        throw RunError.usage(
          "--metric and --published exclude each other: the papers print \(PublishedComparison.metric)")
      }
      let comparison = try PublishedComparison(of: runs, beside: try .named(published))
      return try show(
        comparison.table,
        [
          "published: \(comparison.published.source); \(comparison.published.questions) questions, of which it leaves out failed ones",
          "difference: Newcombe's interval for shares of other questions; the paper's items are not known one by one",
        ])
    }
    guard runs.count >= 2 else { throw RunError.usage("name at least two runs; one has nothing to be compared with") }
    let comparison = try RunComparison(
      of: try runs.map { try RunScores(of: $0.folder, named: $0.name) }, metrics: metric.isEmpty ? nil : metric)
    try show(comparison.table, ["compared with \(comparison.first)"] + (comparison.note.map { [$0] } ?? []))
  }

  private func show(_ table: Table, _ notes: [String]) throws {
    let console = Console()
    if let output { try table.write(to: URL(filePath: output), named: "comparison") }
    console.result(json ? table.settings.line : table.markdown)
    notes.forEach { console.note($0) }
  }

  /// The folders' own names; where two are the same, the paths.
  private static func names(of runs: [String]) -> [String] {
    let names = runs.map { URL(filePath: $0).standardizedFileURL.lastPathComponent }
    return Set(names).count == names.count ? names : runs
  }
}
