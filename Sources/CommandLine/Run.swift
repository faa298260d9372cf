import ArgumentParser
import Foundation

struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run an experiment; the same as its own executable.",
    discussion: """
      Examples:
        palimpsest run needle
        palimpsest run needle --set memory.tokens=64,128 --limit 8
        palimpsest run needle -h
      """)

  @Argument(help: "The experiment.")
  var experiment: String

  @Argument(parsing: .captureForPassthrough, help: "Arguments of the experiment.")
  var arguments: [String] = []

  func run() throws {
    try Sibling(experiment).become(arguments)
  }
}
