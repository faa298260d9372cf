import ArgumentParser
import Evaluations
import Palimpsest
import Settings
import Terminal

struct Read: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "read",
    abstract: "Read files with a bounded memory and answer a question.",
    discussion: """
      Examples:
        palimpsest read book.txt --ask "Who wrote the letter?"
        palimpsest read part1.txt part2.txt --ask "Where is Oslo?" --answer Norway --memory gated --json
        zcat dump.gz | palimpsest read - --ask "When was it founded?" --memory '{kind: overwrite, tokens: 512}'
        palimpsest read book.txt --ask "Why?" --policy local --weights Qwen2.5-0.5B-Instruct --quantise int8
        palimpsest read book.txt --ask "Why?" --endpoint http://localhost:8000/v1 --model qwen
      """)

  @Argument(help: "Files, read one after the other as one text; - is standard input and stands last.")
  var files: [String]

  @Option(help: "The question.")
  var ask: String

  @Option(name: .customLong("answer"), help: "An accepted answer; may be given several times.")
  var answers: [String] = []

  @OptionGroup(title: "Reader") var reader: ReaderFlags
  @OptionGroup(title: "Common") var flags: Flags

  mutating func run() async throws {
    var options = try flags.options()
    // Of many questions some may fail; a single failed question means no answer.
    if flags.failOnError == nil { options.failures = .none }
    let task: [String: Setting] = [
      "kind": .string("ask"), "files": .list(files.map { .string($0) }), "ask": .string(ask),
      "answers": .list(answers.map { .string($0) }),
    ]
    options.overrides = [Override("task", .table(task))] + (try reader.overrides()) + options.overrides
    options.isFresh = files.contains("-")
    let evaluation = try Evaluation(options: options, controls: .none, name: "read", keeping: .lastStep)
    if options.isDry { return evaluation.bench.listPlaces() }
    let results = try await evaluation.results()
    for result in results {
      guard let reading = result.reading else { continue }
      options.console.result(options.isJSON ? reading.line : result.words)
    }
    evaluation.listPlaces(results)
    try evaluation.checkFailures(results)
  }
}
