import ArgumentParser
import Evaluations
import Palimpsest
import Settings
import Tables
import Terminal

struct Planning: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Print the cost of a run: calls, tokens, depth, time.",
    discussion: """
      Examples:
        palimpsest plan --task qa --set task.file=hotpot.json --set task.documents=50 --limit 100
        palimpsest plan --config sweep.yaml --seconds-per-call 2 --concurrency 20

      The texts are cut and the prompts made as in the run, every page full and every reply at its longest, \
      so the numbers are upper bounds; a gate that stops early lowers them.
      """)

  @Option(help: ArgumentHelp("The task.", valueName: "name")) var task: String?
  @OptionGroup(title: "Reader") var reader: ReaderFlags
  @Option(
    parsing: .unconditional, help: ArgumentHelp("Seconds of a call, for the estimate of time.", valueName: "s"),
    transform: NumberFlag.seconds)
  var secondsPerCall: Double?
  @OptionGroup(title: "Common") var flags: Flags

  mutating func run() async throws {
    var options = try flags.options()
    let task = try self.task.map { [Override("task", try Override.value($0, named: "--task"))] } ?? []
    options.overrides = task + (try reader.overrides()) + options.overrides
    let evaluation = try Evaluation(options: options, controls: .none)
    let plans = try await evaluation.plans(secondsPerCall: secondsPerCall)
    options.console.result(options.isJSON ? Setting.list(plans.map(\.settings)).line : Plan.table(plans).markdown)
  }
}
