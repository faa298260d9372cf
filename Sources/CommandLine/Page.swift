import ArgumentParser
import Foundation
import Notebooks
import Terminal

struct Page: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "page",
    abstract: "Run an experiment and weave its script, values and figures into a page.",
    discussion: """
      Examples:
        palimpsest page needle                       docs/notebooks/needle.md, with its pictures beside it
        palimpsest page needle -o needle.html        one file with everything in it
        palimpsest page needle --runs runs -- --limit 8

      Runs on disk are not read again, so the page of a finished experiment takes seconds.
      """)

  @Argument(help: "The experiment.")
  var experiment: String

  @Option(name: .shortAndLong, help: "A folder for the page, or a file that ends in .html.")
  var output = "docs/notebooks"

  @Option(help: "The folder for runs.")
  var runs = "runs"

  @Argument(parsing: .postTerminator, help: "Arguments of the experiment.")
  var arguments: [String] = []

  func run() throws {
    let sibling = try Sibling(experiment)
    // A run may take hours, and without its script there is no page.
    let weaver = try Weaver(
      experiment, script: URL(filePath: "experiments/\(experiment)/main.swift"),
      shelf: URL(filePath: runs).appending(path: experiment))
    try sibling.run(["--out", runs, "--quiet"] + arguments)
    if output.hasSuffix(".html") {
      try weaver.weave(toHTML: URL(filePath: output))
      Console().result(output)
    } else {
      Console().result(try weaver.weave(into: URL(filePath: output)).relativePath)
    }
  }
}
