import ArgumentParser
import Evaluations
import Settings
import Terminal

struct Validate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate",
    abstract: "Check a configuration and list its runs.",
    discussion: """
      Examples:
        palimpsest validate sweep.yaml
        palimpsest validate needle.yaml --set memory.tokens=64,128
      """)

  @Argument(help: "A YAML file of settings; with experiment: NAME in it, that experiment checks it.")
  var config: String

  @OptionGroup(title: "Common") var flags: Flags

  func run() throws {
    var flags = flags
    flags.config = config
    var options = try flags.options()
    if let experiment = try options.takeExperiment() {
      let code = try Sibling(experiment).check(config: options.file, flags: ["--dry-run", "--out", options.out])
      throw ArgumentParser.ExitCode(code)
    }
    let evaluation = try Evaluation(options: options, hasControls: false)
    evaluation.bench.listPlaces()
    options.console.note("\(config) is valid: \(evaluation.arms.count) run\(evaluation.arms.count == 1 ? "" : "s")")
  }
}
