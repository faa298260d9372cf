import ArgumentParser
import Evaluations
import Foundation
import Palimpsest
import Settings
import Terminal

struct Resume: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume",
    abstract: "Continue a run or a training that was interrupted.",
    discussion: """
      Examples:
        palimpsest resume runs/eval-qa/memory.tokens=128-3f9a01bc
        palimpsest resume runs/needle/defaults-0ab4c21e --retry-failed
        palimpsest resume runs/train-hopchain/defaults-5c2e77d0

      The settings are those of the run. Changed data or settings are refused, with the difference.
      """)

  @Argument(help: "The folder of the run.")
  var run: String

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp("Refused when it differs from the run's own setting.", valueName: "key=value"))
  var overrides: [String] = []

  @Option(
    parsing: .unconditional, help: "Read this many questions side by side.",
    transform: NumberFlag.whole(from: 1, to: 4096))
  var concurrency: Int?
  @Flag(help: "Read the failed questions again.") var retryFailed = false
  @Flag(help: "Print results as JSON.") var json = false
  @Flag(name: .shortAndLong, help: "Print results and errors only.") var quiet = false
  @Flag(help: "Print without colours.") var noColor = false

  mutating func run() async throws {
    let shelved = try Shelved(run)
    try shelved.refuseChanges(overrides.map { try Override($0) })
    var flags = ["--config", shelved.settings.path, "--out", shelved.out.path]
    if let limit = shelved.limit { flags += ["--limit", "\(limit)"] }
    if let concurrency { flags += ["--concurrency", "\(concurrency)"] }
    for (isSet, flag) in [
      (retryFailed, "--retry-failed"), (json, "--json"), (quiet, "--quiet"), (noColor, "--no-color"),
    ]
    where isSet {
      flags.append(flag)
    }
    switch shelved.kind {
    case .evaluation: try await run(try Eval.parse(flags + ["--no-controls"]))
    case .reading: try await run(try Reread.parse(flags))
    case .training(let name):
      try await run(try Train.parse([shelved.settings.path, "--run-name", name] + flags.dropFirst(2)))
    case .experiment(let name): try Sibling(name).become(flags)
    }
  }

  private func run(_ verb: some AsyncParsableCommand) async throws {
    var verb = verb
    try await verb.run()
  }
}

/// Continues a reading: the question and the files are in its settings.
struct Reread: AsyncParsableCommand {
  @OptionGroup var flags: Flags

  mutating func run() async throws {
    let options = try flags.options()
    let evaluation = try Evaluation(options: options, controls: .none, name: "read", keeping: .lastStep)
    let results = try await evaluation.results()
    for result in results {
      if let reading = result.reading { options.console.result(options.isJSON ? reading.line : result.words) }
    }
    evaluation.listPlaces(results)
  }
}
