import ArgumentParser
import Basics
import Evaluations
import Foundation
import Palimpsest
import Runs
import Settings
import Tables
import Tasks
import Terminal

struct DataSet: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Check a task's data: every record is read, and files, their SHA-256 and counts are printed.",
    discussion: """
      Examples:
        palimpsest data babilong --set task.data=babilong --set task.variety=qa1 --set task.length=1k
        palimpsest data longbench2 --set task.data=LongBench-v2 --json
        palimpsest data qa --set task.file=hotpot.json --set task.documents=50

      Nothing is fetched. What a record lacks is said with file, line and key. A run keeps the same hashes in env.json and \
      is not continued with other data.
      """)

  @Argument(help: "The task, as list task names it.") var task: String

  @Option(
    help: ArgumentHelp(
      "The tokenizer that counts: a name, a checkpoint's folder, or a .gguf file; by default words.", valueName: "name")
  )
  var tokenizer: String?

  @OptionGroup(title: "Common") var flags: Flags

  func run() throws {
    var options = try flags.options()
    let named = try tokenizer.map { [Override("tokenizer", try ReaderFlags.tokenizer($0))] } ?? []
    options.overrides = [Override("task", try Override.value(task, named: "the task"))] + named + options.overrides
    let sweep = try Sweep(of: EvaluationSettings(), file: options.file, overrides: options.overrides)
    var table = Table(["what", "name", "value"])
    for given in sweep.points {
      let point = try Point(given.settings, defaults: EvaluationSettings())
      let task = try Catalog.tasks.make(point.settings.task, for: point.settings)
      let inFolders = try task.filesInFolders().flatMap(\.byKey).map { ("task.\($0.key)", $0.path) }
      let paths = Dictionary(inFolders, uniquingKeysWith: { first, _ in first })
      for (key, hash) in try Surroundings.hashes(of: point.full).sorted(by: { $0.key < $1.key })
      where key.hasPrefix("task.") {
        guard hash.hasPrefix("sampled:") else {
          table.add([.text("sha256"), .text(key), .text(hash)])
          continue
        }
        // A run keeps a sample of a file this large; a published checksum is of all of it.
        table.add([.text("sha256 of a sample"), .text(key), .text(String(hash.dropFirst("sampled:".count)))])
        if case .string(let named)? = point.full[key] {
          table.add([.text("sha256"), .text(key), .text(try Self.hash(of: named))])
        } else if let path = paths[key] {
          table.add([.text("sha256"), .text(key), .text(try Self.hash(of: path))])
        }
      }
      let questions = try task.questions(seed: point.settings.seed, limit: options.limit)
      var counts = Counts()
      for question in questions { counts.add(question) }
      counts.rows.forEach { table.add($0) }
    }
    options.console.result(options.isJSON ? table.settings.line : table.markdown)
  }

  /// - Throws: `RunError.unreadable`.
  private static func hash(of path: String) throws -> String {
    do {
      let file = try FileHandle(forReadingFrom: URL(filePath: path))
      defer { try? file.close() }  // nothing was written
      var hash = SHA256()
      while let piece = try file.read(upToCount: 1 << 20), !piece.isEmpty { hash.update([UInt8](piece)) }
      return hash.finish()
    } catch {
      throw RunError.unreadable(path, reason: error.systemReason)
    }
  }
}

/// How many questions there are, and of which kinds.
private struct Counts {
  private var questions = 0
  private var clusters: Set<String> = []
  private var answered = 0
  private var proved = 0
  private var traits: [String: [String: Int]] = [:]

  /// A trait with more values is a measure, and its values are not listed.
  private static let mostValues = 24

  mutating func add(_ question: Question) {
    questions += 1
    clusters.insert(question.cluster)
    if !question.answers.isEmpty { answered += 1 }
    if !question.evidence.isEmpty { proved += 1 }
    for (name, value) in question.traits { traits[name, default: [:]][value, default: 0] += 1 }
  }

  var rows: [[Table.Cell]] {
    func row(_ what: String, _ name: String, _ count: Int) -> [Table.Cell] {
      [.text(what), .text(name), .number(Double(count))]
    }
    let all = [
      row("count", "questions", questions), row("count", "texts", clusters.count),
      row("count", "with answers", answered), row("count", "with evidence", proved),
    ]
    return all
      + traits.sorted { $0.key < $1.key }.flatMap { name, values in
        values.count > Self.mostValues
          ? [row("trait", "\(name), values", values.count)]
          : values.sorted { (Double($0.key) ?? 0, $0.key) < (Double($1.key) ?? 0, $1.key) }.map {
            row("trait", "\(name) \($0.key)", $0.value)
          }
      }
  }
}
