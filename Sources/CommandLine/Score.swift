import ArgumentParser
import Palimpsest
import Settings
import Tables
import Tasks
import Terminal
import Verifiers

struct Score: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score",
    abstract:
      "Score the replies of another program by the rules of two benchmarks, or compare our metrics with reference cases.",
    discussion: """
      Examples:
        palimpsest score pred/niah_single_1.jsonl pred/qa_2.jsonl
        palimpsest score results/ruler_hqa/model.jsonl --total 128 --json
        palimpsest score --vectors verifier-vectors.json

      A file is RULER's predictions (index, pred, input, outputs; the name is the task, vt.jsonl) or the output of MemAgent's \
      evaluation (response, answers or answer). Each is scored by the rule of RULER (ruler), of MemAgent's evaluation \
      (memagent: the first gold, scores rounded, empty replies left out) and by ours (every gold, the full denominator, \
      95 % intervals). --total says how many questions were asked where replies are missing.
      """)

  @Argument(help: "Files of predictions.") var predictions: [String] = []

  @Option(help: ArgumentHelp("Reference cases: inputs of metrics, and the originals' results.", valueName: "file"))
  var vectors: String?

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Questions that were asked for each file.", valueName: "n"),
    transform: NumberFlag.whole(from: 1, to: 100_000_000))
  var total: Int?

  @Option(
    help: ArgumentHelp(
      "Where MemAgent's rule looks for the answer: boxed, sentence or whole; by default what the file's own answers agree with.",
      valueName: "form"))
  var extract: String?

  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    if predictions.isEmpty == (vectors == nil) {
      throw ValidationError("name files of predictions, or reference cases with --vectors")
    }
    if let extract, MemAgent.Extraction(rawValue: extract) == nil {
      let known = MemAgent.Extraction.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("--extract is \(extract); it must be one of \(known)")
    }
  }

  func run() throws {
    if let vectors { try compare(vectors) } else { try scorePredictions() }
  }

  private func compare(_ vectors: String) throws {
    let report = try VectorSuite(contentsOf: vectors).run()
    let console = Console()
    if json {
      console.result(
        Setting.table([
          "passed": .int(report.passed), "failed": .int(report.failures.count),
          "failures": .list(report.failures.map { .string($0.id) }),
        ]).line)
    } else {
      report.failures.forEach { console.result("\($0)") }
      console.result(report.summary)
    }
    if !report.failures.isEmpty { throw ExitCode.failure }
  }

  private func scorePredictions() throws {
    let console = Console()
    var table = Table(["file", "form", "rule", "metric", "n", "dropped", "score", "unit"])
    for path in predictions {
      let file = try PredictionFile(path)
      if let total, total < file.rows.count {
        throw RunError.usage("--total is \(total), but \(path) has \(file.rows.count) replies")
      }
      let extraction = extract.flatMap { MemAgent.Extraction(rawValue: $0) } ?? Self.extraction(of: file)
      let scores = PredictionScores(
        file.rows.map { .init(question: $0.question, text: $0.reply, golds: $0.golds) }, wantsAll: file.wantsAll,
        extraction: extraction, dropsEmpty: file.form == .ruler, total: total)
      for row in try scores.rows() {
        table.add([
          .text(path), .text(file.form.rawValue), .text(row.rule), .text(row.metric), .number(Double(row.n)),
          .number(Double(row.dropped)), row.isPercent ? .number(row.value.value) : .interval(row.value),
          .text(row.isPercent ? "per cent" : "share"),
        ])
      }
      if file.form == .memagent {
        let other = file.rows.count { row in
          row.prediction != PredictionScores.prediction(of: row.reply, extraction)
        }
        console.note(
          "\(path): MemAgent's rule looks for \(extraction.rawValue) answers; \(other) of \(file.rows.count) differ from "
            + "the file's own")
      }
    }
    console.result(json ? table.settings.line : table.markdown)
  }

  /// The form under which the file's own answers are found most often. RULER asks for none.
  private static func extraction(of file: PredictionFile) -> MemAgent.Extraction {
    guard file.form == .memagent else { return .whole }
    func agreement(_ extraction: MemAgent.Extraction) -> Int {
      file.rows.count { $0.prediction == PredictionScores.prediction(of: $0.reply, extraction) }
    }
    return agreement(.sentence) > agreement(.boxed) ? .sentence : .boxed
  }
}
