import ArgumentParser
import Foundation
import Palimpsest
import Runs
import Settings
import Terminal

/// The command `palimpsest`: verbs over settings, runs and evaluations.
@main
struct Command: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "palimpsest",
    abstract: "Read a text of any length with a memory of fixed size, and see what the memory kept.",
    discussion: """
      Examples:
        palimpsest read book.txt --ask "Who wrote the letter?"
        palimpsest eval --task qa --set task.file=hotpot.json --set task.documents=50 --limit 100
        palimpsest eval --task needle --memory overwrite,gated,append --json
        palimpsest read book.txt --ask "Who wrote the letter?" --policy local --weights Qwen3-0.6B
        palimpsest sweep lengths.yaml --jobs 2
        palimpsest train hopchain.yaml
        palimpsest compare runs/eval-qa/ONE runs/eval-qa/OTHER
        palimpsest view runs/eval-qa/ONE
        palimpsest collect runs
        palimpsest list memory

      Results go to standard output, everything else to standard error. Exit codes: 0 fine, 1 more failures than \
      --fail-on-error allows, 2 wrong flags or settings, 3 interrupted and resumable, 4 a fault of the machine. \
      The same command again continues where it stopped.
      """,
    version: Surroundings.version,
    subcommands: [
      Read.self, Eval.self, Train.self, Sweeping.self, Run.self, Resume.self, Page.self, List.self, Describe.self,
      Validate.self, Planning.self, Score.self, Compare.self, Collect.self, Generate.self, DataSet.self, Export.self,
      View.self, Graph.self, Doctor.self, Tokens.self, Tapping.self,
    ])

  static func main() async {
    Interruption.watch()
    do {
      try refuseUnknownVerb()
      var command = try parseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch {
      end(with: error)
    }
  }

  /// - Throws: `SettingError.unknownKind` with the nearest verb.
  private static func refuseUnknownVerb() throws {
    guard let verb = CommandLine.arguments.dropFirst().first, !verb.hasPrefix("-"), verb != "help" else { return }
    let verbs = configuration.subcommands.map { $0.configuration.commandName ?? "" }
    guard verbs.contains(verb) else {
      throw SettingError.unknownKind(of: "verb", verb, nearest: nearest(to: verb, among: verbs), known: verbs)
    }
  }

  /// The parser's own errors have its message; all others are ours.
  private static func end(with error: any Error) -> Never {
    let console = Console(noColor: CommandLine.arguments.contains("--no-color"))
    switch exitCode(for: error) {
    case .success:
      console.result(fullMessage(for: error))
      Foundation.exit(EXIT_SUCCESS)
    case .validationFailure:
      console.error(message(for: error))
      let verbs = configuration.subcommands.map { $0.configuration.commandName ?? "" }
      let verb = CommandLine.arguments.dropFirst().first { verbs.contains($0) }
      console.note("see palimpsest \(verb.map { $0 + " " } ?? "")-h")
      Foundation.exit(ExitClass.usage.rawValue)
    case ExitCode.failure where error is ExitCode:
      // What is wrong was a result and has been printed.
      Foundation.exit(ExitClass.failures.rawValue)
    default: console.fail(error)
    }
  }
}
