import ArgumentParser
import Foundation
import Learning
import OpenMPI
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
        mpirun -np 2 palimpsest train hopchain.yaml

      Everything is in the run's folder: training.safetensors (weights, optimiser, where it stands), training.jsonl and \
      training.h5 (the log), training.html (curves), model/ (the trained weights). A signal saves and ends with code 3; \
      a second one ends at once. Under mpirun, with a program built with --traits MPI, the processes divide microbatches and \
      rollouts, and the files are those of one process. palimpsest list learner, rule, miniature-stage and adapter-stage name the parts.
      """)

  @Argument(help: "A YAML file of settings.")
  var config: String

  @Option(help: .hidden) var runName: String?

  @OptionGroup(title: "Common") var flags: Flags

  mutating func run() async throws {
    flags.config = config
    let command = self
    do {
      try await StartedProcesses.run { try await command.train(in: $0) }
    } catch  where !StartedProcesses.isFirst && ExitClass(of: error) == .interrupted {
      // The first process says it.
      Foundation.exit(ExitClass.interrupted.rawValue)
    }
  }

  /// Trains every point of the configuration; the first process of the group alone writes and speaks.
  private func train(in group: any ProcessGroup) async throws {
    let name = runName ?? "train-" + URL(filePath: config).deletingPathExtension().lastPathComponent
    var options = try flags.options()
    if !group.isFirst { options.console = Console(isQuiet: true) }
    let bench: Bench<TrainSettings>
    do {
      bench = try Bench(name, defaults: TrainSettings(), options: options, families: Family.training)
    } catch let error as SettingError {
      throw RunError.usage("\(config): \(error)")
    }
    if options.isDry {
      if group.isFirst { bench.listPlaces() }
      return
    }
    if group.isFirst { Surroundings.warnings.forEach { options.console.warn($0) } }
    for run in try bench.runs() {
      let records = try await run.train(in: group)
      guard group.isFirst else { continue }
      options.console.result(options.isJSON ? records.table.settings.line : records.table.markdown)
      options.console.note("run  \(run.place.relativePath)")
    }
  }
}
