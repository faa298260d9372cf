import ArgumentParser
import Foundation
import Learning
import Palimpsest
import Runs
import Settings
import Terminal
import Trainer

struct Train: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Teach a model to remember, in the stages of a configuration.",
    discussion: """
      Examples:
        palimpsest train hopchain.yaml
        palimpsest train hopchain.yaml --seed 2 --set stages=[recall,{kind: imitation, rounds: 300}]
        palimpsest train adapter.yaml --dry-run
        palimpsest resume runs/train-hopchain/defaults-3f9a01bc

      Everything is in the run's folder: training.safetensors (weights, optimiser, where it stands), training.jsonl and \
      training.h5 (the log), training.html (curves), model/ (the trained weights). A signal saves and ends with code 3; \
      a second one ends at once. palimpsest list learner, rule, miniature-stage and adapter-stage name the parts.
      """)

  @Argument(help: "A YAML file of settings.")
  var config: String

  @Option(help: .hidden) var runName: String?

  @OptionGroup(title: "Common") var flags: Flags

  mutating func run() async throws {
    flags.config = config
    let name = runName ?? "train-" + URL(filePath: config).deletingPathExtension().lastPathComponent
    let options = try flags.options()
    let bench: Bench<TrainSettings>
    do {
      bench = try Bench(name, defaults: TrainSettings(), options: options)
    } catch let error as SettingError {
      throw RunError.usage("\(config): \(error)")
    }
    if options.isDry { return bench.listPlaces() }
    Surroundings.warnings.forEach { options.console.warn($0) }
    for run in try bench.runs() {
      let records = try await run.train()
      options.console.result(options.isJSON ? records.table.settings.line : records.table.markdown)
      options.console.note("run  \(run.place.relativePath)")
    }
  }
}
