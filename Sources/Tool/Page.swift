import ArgumentParser
import Foundation
import Workbench

struct Page: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "page",
    abstract: "Run an experiment and weave its page: prose, code, and what the code showed.",
    discussion: """
      Examples:
        palimpsest page needle
        palimpsest page needle --into docs/notebooks --set questions=8

      Run it in the house, where experiments/NAME/main.swift is. A run that stands on disk is not run again.
      """)

  @Argument(help: "The experiment.")
  var experiment: String

  @Option(help: ArgumentHelp("Where the page goes.", valueName: "folder"))
  var into = "docs/notebooks"

  @Option(help: ArgumentHelp("The folder for runs.", valueName: "folder"))
  var out = "runs"

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp("Passed on to the experiment.", valueName: "key=value"))
  var overrides: [String] = []

  func run() throws {
    let sibling = try Sibling(experiment)
    let script = URL(filePath: "experiments/\(experiment)/main.swift")
    try sibling.run(["--out", out] + overrides.flatMap { ["--set", $0] })
    let page = try Weaver(experiment, script: script, shelf: URL(filePath: out).appending(path: experiment))
      .weave(into: URL(filePath: into))
    Console().result(page.relativePath)
  }
}
