import ArgumentParser
import Evaluations
import Runs
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
      report(try Sibling(experiment).check(options), options)
    } else {
      report(try Evaluation(options: options, controls: .none).bench.places, options)
    }
  }

  private func report(_ places: [RunPlace], _ options: RunOptions) {
    for place in places { options.console.result(options.isJSON ? place.settings.line : place.run) }
    options.console.note("\(config) is valid: \(places.count) run\(places.count == 1 ? "" : "s")")
  }
}
