import ArgumentParser
import Foundation
import Runs
import Settings
import Terminal

struct Sweeping: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep",
    abstract: "Run every point of a configuration in a pool of processes or on Slurm, and print one table.",
    discussion: """
      Examples:
        palimpsest sweep memories.yaml --jobs 2
        palimpsest sweep needle.yaml --set memory.tokens=64,128,256
        palimpsest sweep memories.yaml --dry-run
        palimpsest sweep memories.yaml --executor slurm --pack 4 --jobs 8 --sbatch=--time=2:00:00

      A list in the file, or a comma in --set, is swept value by value; ablations: adds named points. experiment: NAME \
      in the file runs that experiment; otherwise task: names what is evaluated. The same command continues a sweep: \
      points on disk are not run again. A sweep may grow under its name; a point that is not in it any more is refused.
      """)

  enum Executor: String, ExpressibleByArgument, CaseIterable { case pool, slurm }

  @Argument(help: "A YAML file of settings.")
  var config: String

  @Option(help: "The sweep's name, and that of its folder; by default the file's.")
  var name: String?

  @Option(help: "pool: processes of this machine. slurm: an array job, which this process submits and waits for.")
  var executor = Executor.pool

  @Option(
    parsing: .unconditional,
    help: "Processes at a time, by default the number of cores; with slurm tasks at a time, by default as many as run.",
    transform: NumberFlag.whole(from: 1, to: 1024))
  var jobs: Int?

  @Option(
    help: ArgumentHelp("Run only this share of the points, for schedulers of your own: 2/8.", valueName: "i/n"))
  var part: String?

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Slurm: points of a task.", valueName: "m"),
    transform: NumberFlag.whole(from: 1, to: 10_000))
  var pack: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Slurm: seconds before the time limit at which points save and the task is queued again; 120 by default.",
      valueName: "s"), transform: NumberFlag.whole(from: 1, to: 65_535))
  var notice: Int?

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Slurm: an option of sbatch, such as --time=2:00:00; may be repeated.", valueName: "option"))
  var sbatch: [String] = []

  @Flag(inversion: .prefixedNo, help: "Slurm: whether this process waits for the array and prints the table.")
  var wait = true

  @OptionGroup(title: "Reader") var reader: ReaderFlags
  @OptionGroup(title: "Common") var flags: Flags

  func validate() throws {
    if let part, SweepPart(part) == nil { throw ValidationError("--part is \(part); write it as 2/8") }
    if name?.isEmpty == true { throw ValidationError("--name is empty") }
    if let line = sbatch.first(where: { !$0.hasPrefix("-") || $0.contains(where: \.isNewline) }) {
      throw ValidationError("--sbatch is \(line); it must be one option of sbatch, such as --time=2:00:00")
    }
    if executor == .pool, pack != nil || notice != nil || !sbatch.isEmpty || !wait {
      throw ValidationError("--pack, --notice, --sbatch and --no-wait need --executor slurm")
    }
    if executor == .slurm, part != nil {
      throw ValidationError("--part is what the tasks of --executor slurm are given")
    }
  }

  mutating func run() async throws {
    flags.config = config
    var options = try flags.options()
    options.overrides = (try reader.overrides()) + options.overrides
    let name = name ?? URL(filePath: config).deletingPathExtension().lastPathComponent
    let sweep = try SweepRun(named: name, options, passing: flags)
    if options.isDry { return sweep.list() }
    switch executor {
    case .pool:
      if flags.withParent { Interruption.watchParent() }
      try await sweep.run(jobs: jobs, part: part.flatMap { SweepPart($0) })
    case .slurm:
      let slurm = SlurmOptions(
        pack: pack ?? 1, jobs: jobs, notice: notice ?? 120, sbatch: sbatch, waits: wait)
      try await sweep.runOnSlurm(slurm, config: config)
    }
  }
}
