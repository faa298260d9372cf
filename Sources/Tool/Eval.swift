import ArgumentParser
import Palimpsest
import Workbench

struct Eval: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval",
    abstract: "Score any reader on any task, controls beside every score.",
    discussion: """
      Examples:
        palimpsest eval --task qa --set task.file=hotpot.json --set task.documents=50 --limit 100
        palimpsest eval --task needle --memory overwrite,gated --set memory.tokens=128 --json
        palimpsest eval --config needle.yaml --seed 2 --no-controls

      Beside each reader stand the controls none (the question alone), oracle (the evidence within the same budget) \
      and shuffled (the memory of another question).
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
    var wishes = try flags.wishes()
    let task = try self.task.map { [Override("task", try Override.value($0, named: "--task"))] } ?? []
    wishes.overrides = task + (try reader.overrides()) + wishes.overrides
    guard task.count + wishes.overrides.count(where: { $0.path == "task.kind" }) > 0 || wishes.file["task"] != nil
    else {
      throw WorkbenchError.usage("name a task with --task; palimpsest list task says which there are")
    }
    let evaluation = try Evaluation(wishes: wishes, hasControls: controls)
    if wishes.isDry { return evaluation.bench.listPlaces() }
    let results = try await evaluation.results { result in
      if wishes.isJSON { wishes.console.result(result.settings.line) }
    }
    if !wishes.isJSON { wishes.console.result(Evaluation.table(results).markdown) }
    evaluation.listPlaces(results)
    try evaluation.checkFailures(results)
  }
}
