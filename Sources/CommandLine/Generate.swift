import ArgumentParser
import Basics
import Foundation
import Palimpsest
import Settings
import Tasks
import Terminal

struct Generate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Write the samples of a RULER task as JSON Lines, in RULER's own form.",
    discussion: """
      Examples:
        palimpsest generate niah_multikey_1 --length 32768 --tokenizer Qwen3-0.6B --essay essays.json -o F.jsonl
        palimpsest generate vt --length 4096 --count 100 -o vt.jsonl
        palimpsest generate qa_2 --length 16384 --file hotpot_dev_distractor_v1.json -o qa.jsonl
        palimpsest generate hqa --documents 200 --file hotpot_dev_distractor_v1.json -o hqa.jsonl

      Tasks: \(names.joined(separator: ", ")). A length is prompt and reply together, in tokens of the tokenizer. \
      hqa is MemAgent's RULER-HQA: lengths are numbers of documents, and --order perItem corrects its order, in which the \
      evidence of every question stands in the same places. Without --essay and --words the hay is generated prose and the \
      words are ours; such samples are not comparable with published scores.
      """)

  private static let names = RulerKind.allCases.map(\.rawValue) + ["hqa"]

  @Argument(help: "The task.") var task: String

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Tokens of prompt and reply.", valueName: "n"),
    transform: NumberFlag.whole(from: 1, to: 100_000_000))
  var length: Int?
  @Option(
    parsing: .unconditional, help: ArgumentHelp("Documents of a text; hqa only.", valueName: "n"),
    transform: NumberFlag.whole(from: 1, to: 10_000_000))
  var documents: Int?
  @Option(
    parsing: .unconditional, help: ArgumentHelp("Samples.", valueName: "n"),
    transform: NumberFlag.whole(from: 1, to: 100_000)
  )
  var count: Int?
  @Option(parsing: .unconditional, help: "The seed of every random number.", transform: NumberFlag.seed)
  var seed: UInt64 = 42
  @Option(
    help: ArgumentHelp(
      "The tokenizer that counts: a name, a checkpoint's folder, or a .gguf file; by default words.", valueName: "name")
  )
  var tokenizer: String?
  @Option(
    parsing: .unconditional, help: ArgumentHelp("Tokens kept free for a chat template.", valueName: "n"),
    transform: NumberFlag.whole(from: 0, to: 1_000_000))
  var templateTokens = 0
  @Option(help: ArgumentHelp("The text in which needles are hidden: a text file, or RULER's JSON.", valueName: "file"))
  var essay = ""
  @Option(help: ArgumentHelp("RULER's nounlist.txt, adjectivelist.txt and verblist.txt.", valueName: "folder"))
  var words = ""
  @Option(help: ArgumentHelp("SQuAD's or HotpotQA's JSON, for qa_1, qa_2 and hqa.", valueName: "file"))
  var file = ""
  @Option(help: ArgumentHelp("memagent or perItem; hqa only.", valueName: "order")) var order = "memagent"
  @Option(name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "file")) var output: String
  @Flag(help: "Print what was written as JSON.") var json = false

  func run() async throws {
    guard Self.names.contains(task) else {
      throw SettingError.unknownKind(
        of: "task", task, nearest: nearest(to: task, among: Self.names), known: Self.names)
    }
    guard let kind = RulerKind(rawValue: task) else { return try await writeHQA() }
    guard let length else { throw RunError.usage("give the length of a sample in tokens, --length 4096") }
    let named = try tokenizer.map { try ReaderFlags.tokenizer($0) } ?? .string(Catalog.tokenizers.names[0])
    let counter = try Catalog.tokenizers.make(named.decoded(as: Spec.self, at: "tokenizer"))
    let samples = try RulerTask(
      .init(
        variety: kind, tokens: length, count: count ?? 500, templateTokens: templateTokens, essay: essay, words: words,
        file: file), tokenizer: counter
    ).samples(seed: seed)
    var lengths: [Int] = []
    try write { file in
      for sample in samples {
        let record = RulerRecord(sample, tokenizer: counter, templateTokens: templateTokens)
        lengths.append(record.length)
        try file.write(Data((try record.line + "\n").utf8))
      }
    }
    report([
      "task": .string(task), "samples": .int(lengths.count), "shortest": .int(lengths.min() ?? 0),
      "longest": .int(lengths.max() ?? 0), "size": .int(samples.size), "hay": .string(samples.hay),
      "tokenizer": .string(counter.name), "file": .string(output),
    ])
  }

  /// MemAgent's RULER-HQA, in the form of its files; the text always in full.
  private func writeHQA() async throws {
    guard let documents else { throw RunError.usage("give the number of documents of a text, --documents 200") }
    guard let order = DocumentOrder(rawValue: order) else {
      let known = DocumentOrder.allCases.map(\.rawValue)
      throw SettingError.unknownKind(of: "order", order, nearest: nearest(to: order, among: known), known: known)
    }
    let task = QATask(.init(file: file, documents: documents, order: order))
    let questions = try task.questions(seed: seed, limit: count ?? 128)
    var written = 0
    let output = URL(filePath: output)
    var lines = try WholeFile(output.path)
    for question in questions {
      let record = HQARecord(
        context: try await question.text(), input: question.ask, answers: question.answers,
        documents: question.traits["documents"].flatMap(Int.init) ?? documents, index: written)
      try lines.write(Data((try record.line + "\n").utf8))
      written += 1
    }
    try lines.finish()
    report([
      "task": .string("hqa"), "samples": .int(written), "documents": .int(documents), "order": .string(order.rawValue),
      "file": .string(self.output),
    ])
  }

  private func write(_ body: (inout WholeFile) throws -> Void) throws {
    try WholeFile.write(to: URL(filePath: output).path, body)
  }

  private func report(_ values: [String: Setting]) {
    let console = Console()
    if json { return console.result(Setting.table(values).line) }
    console.result(values.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.plain)" }.joined(separator: ", "))
  }
}

extension Setting {
  fileprivate var plain: String { if case .string(let text) = self { text } else { line } }
}

extension Question {
  /// The whole text.
  fileprivate func text() async throws -> String {
    guard case .text(let source) = source else { return "" }
    var bytes: [UInt8] = []
    while let piece = try await source.piece(from: bytes.count) { bytes += piece }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// A line of MemAgent's evaluation files.
private struct HQARecord: Codable {
  var context: String
  var input: String
  var answers: [String]
  var documents: Int
  var index: Int

  private enum CodingKeys: String, CodingKey {
    case context, input, answers, index
    case documents = "num_docs"
  }

  var line: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
  }
}
