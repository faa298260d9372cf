import ArgumentParser
import Evaluations
import Palimpsest
import Settings
import Tables
import Terminal

struct Eval: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval",
    abstract: "Score any reader on any task, with controls beside every score.",
    discussion: """
      Examples:
        palimpsest eval --task qa --set task.file=hotpot.json --set task.documents=50 --limit 100
        palimpsest eval --task needle --memory overwrite,gated --set memory.tokens=128 --json
        palimpsest eval --config needle.yaml --seed 2 --no-controls

      The controls none (the question alone), oracle (the evidence within the same budget) and shuffled (the memory \
      of another question) stand beside each reader.
      """)

  @Option(help: ArgumentHelp("The task.", valueName: "name"))
  var task: String?

  @OptionGroup(title: "Reader") var reader: ReaderFlags

  @Flag(inversion: .prefixedNo, help: "Whether controls stand beside each reader.")
  var controls = true

  @Flag(help: .hidden) var withParent = false

  @OptionGroup(title: "Common") var flags: Flags

  mutating func run() async throws {
    if withParent { Parent.watch() }
    var options = try flags.options()
    let task = try self.task.map { [Override("task", try Override.value($0, named: "--task"))] } ?? []
    options.overrides = task + (try reader.overrides()) + options.overrides
    guard task.count + options.overrides.count(where: { $0.path == "task.kind" }) > 0 || options.file["task"] != nil
    else {
      throw RunError.usage("name a task with --task; palimpsest list task lists them")
    }
    let evaluation = try Evaluation(options: options, hasControls: controls)
    if options.isDry { return evaluation.bench.listPlaces() }
    let results = try await evaluation.results { result in
      if options.isJSON { options.console.result(result.settings.line) }
    }
    if !options.isJSON { options.console.result(Evaluation.table(results).markdown) }
    evaluation.listPlaces(results)
    try evaluation.checkFailures(results)
  }
}
