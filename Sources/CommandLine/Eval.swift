import ArgumentParser
import Evaluations
import Palimpsest
import Runs
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
        palimpsest eval --task ledger --memory overwrite,gated,append --why
        palimpsest eval --task ledger --memory overwrite --three-settings

      The controls none (the question alone), oracle (the evidence within the same budget) and shuffled (the memory \
      of another question) stand beside each reader. With --three-settings these stand there instead: closed book (the \
      question alone), oracle (the evidence), retrieval (the best sentences of the whole text by BM25).
      """)

  @Option(help: ArgumentHelp("The task.", valueName: "name"))
  var task: String?

  @OptionGroup(title: "Reader") var reader: ReaderFlags

  @Flag(inversion: .prefixedNo, help: "Whether controls stand beside each reader.")
  var controls = true

  @Flag(help: "Say why answers were wrong: one cause for each, by the first metric.")
  var why = false

  @Flag(
    help: "Read under three settings in place of controls: closed book, oracle, retrieval, each with the same budget.")
  var threeSettings = false

  @OptionGroup(title: "Common") var flags: Flags

  mutating func run() async throws {
    if flags.withParent { Interruption.watchParent() }
    var options = try flags.options()
    let task = try self.task.map { [Override("task", try Override.value($0, named: "--task"))] } ?? []
    options.overrides = task + (try reader.overrides()) + options.overrides
    guard task.count + options.overrides.count(where: { $0.path == "task.kind" }) > 0 || options.file["task"] != nil
    else {
      throw RunError.usage("name a task with --task; palimpsest list task lists them")
    }
    let evaluation = try Evaluation(
      options: options, controls: threeSettings ? .threeSettings : controls ? .usual : .none)
    if options.isDry { return evaluation.bench.listPlaces() }
    let results = try await evaluation.results { result in
      if options.isJSON { options.console.result(result.settings.line) }
    }
    if !options.isJSON { options.console.result(Evaluation.table(results).markdown) }
    if why, let (arms, cases) = Evaluation.causes(results) {
      let shelf = evaluation.bench.shelf
      try arms.write(to: shelf, named: "causes")
      try cases.write(to: shelf, named: "cases")
      if options.isJSON {
        options.console.result(Setting.table(["causes": arms.settings, "cases": cases.settings]).line)
      } else {
        options.console.result(
          "\n" + arms.markdown + "\n\n" + cases.fitted(width: options.console.width ?? 160, rows: 24).text)
      }
      options.console.note("why answers were wrong: \(shelf.relativePath)/{causes,cases}.{md,csv,tex,json}")
    }
    evaluation.listPlaces(results)
    try evaluation.checkFailures(results)
  }
}
