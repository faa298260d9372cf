import ArgumentParser
import Workbench

struct Validate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate",
    abstract: "Check a configuration and list the runs it stands for.",
    discussion: """
      Examples:
        palimpsest validate sweep.yaml
        palimpsest validate needle.yaml --set memory.tokens=64,128
      """)

  @Argument(help: "A YAML file of settings; experiment: NAME in it has that experiment check it.")
  var config: String

  @OptionGroup(title: "Common") var flags: Flags

  func run() throws {
    var flags = flags
    flags.config = config
    var wishes = try flags.wishes()
    if let experiment = try wishes.takeExperiment() {
      let code = try Sibling(experiment).check(config: wishes.file, flags: ["--dry-run", "--out", wishes.out])
      throw ArgumentParser.ExitCode(code)
    }
    let evaluation = try Evaluation(wishes: wishes, hasControls: false)
    evaluation.bench.listPlaces()
    wishes.console.note("\(config) is valid: \(evaluation.arms.count) run\(evaluation.arms.count == 1 ? "" : "s")")
  }
}
