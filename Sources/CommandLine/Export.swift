import ArgumentParser
import Foundation
import Palimpsest
import Runs
import Terminal

struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a run's conversations for trainers and tables: token ids, masks, log-probabilities, rewards.",
    discussion: """
      Examples:
        palimpsest export runs/eval-qa/RUN -o conversations.jsonl
        palimpsest export runs/eval-qa/RUN --to csv -o conversations.csv --reward f1
        palimpsest export runs/eval-qa/RUN --needs-tokens -o rollouts.jsonl

      One row a conversation: a reading is a trajectory of several, one for each chunk and one for the answer. The columns \
      and the lines that load them in pandas, R, TRL and verl are in docs/records.md. Token ids are there where the policy gives \
      them (local, miniature; remote where the endpoint does).
      """)

  @Argument(help: ArgumentHelp("The folder of a run.", valueName: "run")) var folder: String

  @Option(
    name: .customLong("to"), help: ArgumentHelp("jsonl or csv; by default as the file's name ends.", valueName: "form"))
  var form: String?

  @Option(help: ArgumentHelp("The metric that becomes the reward.", valueName: "name")) var reward: String?

  @Flag(help: "Refuse conversations without token ids or log-probabilities.") var needsTokens = false

  @Option(name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "file")) var output: String

  @Flag(help: "Print what was written as JSON.") var json = false

  func run() throws {
    let forms = ConversationExport.Form.allCases.map(\.rawValue)
    let named =
      form ?? (forms.contains(URL(filePath: output).pathExtension) ? URL(filePath: output).pathExtension : "jsonl")
    guard let form = ConversationExport.Form(rawValue: named) else {
      throw SettingError.unknownKind(of: "form", named, nearest: nearest(to: named, among: forms), known: forms)
    }
    let export = try ConversationExport(of: URL(filePath: folder), reward: reward)
    let report = try export.write(to: output, as: form, needsTokens: needsTokens)
    let console = Console()
    if json {
      console.result(
        Setting.table([
          "trajectories": .int(report.trajectories), "conversations": .int(report.conversations),
          "withoutTokens": .int(report.withoutTokens), "withoutLogProbabilities": .int(report.withoutLogProbabilities),
          "withoutReward": .int(report.withoutReward), "reward": report.reward.map { .string($0) } ?? .null,
          "file": .string(output),
        ]).line)
    } else {
      console.result(
        "\(report.conversations) conversations of \(report.trajectories) trajectories, reward "
          + "\(report.reward ?? "none"): \(output)")
    }
    if report.withoutTokens > 0 {
      console.note(
        "\(report.withoutTokens) conversations have no token ids, so nothing can be learned from them; the policies local and "
          + "miniature give them")
    }
  }
}
