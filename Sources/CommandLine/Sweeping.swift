import ArgumentParser
import Settings

struct Sweeping: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep",
    abstract: "Run every point of a configuration in a pool of processes, and print one table.",
    discussion: """
      Examples:
        palimpsest sweep memories.yaml --jobs 2
        palimpsest sweep needle.yaml --set memory.tokens=64,128,256

      A list in the file, or a comma in --set, is swept value by value. experiment: NAME in the file runs that \
      experiment; otherwise task: names what is evaluated. Points on disk are not run again.
      """)

  @Argument(help: "A YAML file of settings.")
  var config: String

  @Option(
    parsing: .unconditional, help: "Processes at a time; by default the number of cores.",
    transform: NumberFlag.whole(from: 1, to: 1024))
  var jobs: Int?

  @OptionGroup(title: "Reader") var reader: ReaderFlags
  @OptionGroup(title: "Common") var flags: Flags

  mutating func run() async throws {
    flags.config = config
    var options = try flags.options()
    options.overrides = (try reader.overrides()) + options.overrides
    try await PooledSweep(named: config, options, passing: flags).run(jobs: jobs)
  }
}
