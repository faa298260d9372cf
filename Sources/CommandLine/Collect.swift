import ArgumentParser
import Foundation
import Palimpsest
import Runs
import Tables
import Terminal

struct Collect: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "collect",
    abstract: "Gather any number of runs into one table.",
    discussion: """
      Examples:
        palimpsest collect runs
        palimpsest collect runs/eval-qa runs/eval-ledger --columns memory.kind,memory.tokens,em
        palimpsest collect runs --format tex > table.tex
        palimpsest collect runs/needle -o tables

      A row is a complete run: the settings in which runs differ, n, failed, scores with 95 % intervals, cost. A folder \
      that is no run, is damaged or is not complete is named on standard error and skipped.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable { case md, csv, tex, json }

  /// So many skipped folders are named; the others are counted.
  private static let mostNamed = 20

  @Argument(help: "Folders of runs, or folders that hold such.")
  var folders: [String]

  @Option(
    help: ArgumentHelp(
      "Settings, metrics and counts, with commas; n, failed and run are always there. By default the settings in which "
        + "runs differ, all metrics, and the cost.", valueName: "names"))
  var columns: String?

  @Option(help: "How the table is printed.")
  var format = Format.md

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Also keep the table here: collection.md, .csv, .tex, .json.", valueName: "folder"))
  var output: String?

  @Flag(help: "Print JSON; the same as --format json.") var json = false
  @Flag(name: .shortAndLong, help: "Print results, warnings and errors only.") var quiet = false
  @Flag(help: "Print without colours; NO_COLOR does the same.") var noColor = false

  func run() throws {
    let console = Console(isQuiet: quiet, noColor: noColor)
    let collection = try RunCollection(folders)
    for skipped in collection.skipped.prefix(Self.mostNamed) {
      console.warn("\(skipped.folder) is skipped: \(skipped.reason)")
    }
    if let words = collection.skippedWords {
      let unnamed = collection.skipped.count - Self.mostNamed
      console.warn(words + (unnamed > 0 ? "; \(unnamed) of them are not named here" : ""))
    }
    guard !collection.rows.isEmpty else {
      throw RunError.notARun(folders.joined(separator: ", "), reason: "no complete run was found there")
    }
    let table = try collection.table(columns?.split(separator: ",").map(String.init))
    if let output { try table.write(to: URL(filePath: output), named: "collection") }
    switch json ? .json : format {
    case .md: console.result(table.markdown)
    case .csv: console.result(String(table.csv.dropLast()))
    case .tex: console.result(String(table.latex.dropLast()))
    case .json: console.result(table.settings.line)
    }
    console.note("\(collection.rows.count) run\(collection.rows.count == 1 ? "" : "s")")
  }
}
