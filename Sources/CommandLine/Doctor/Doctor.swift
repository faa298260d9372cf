import ArgumentParser
import Foundation
import PolicyLocal
import Settings
import Terminal

struct Doctor: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Check what this machine, an endpoint and a model offer.",
    discussion: """
      Examples:
        palimpsest doctor
        palimpsest doctor --endpoint http://localhost:8000/v1 --model qwen
        palimpsest doctor --weights Qwen2.5-0.5B-Instruct --quantise int8
        palimpsest doctor --weights models/SmolLM2-135M-Instruct.Q4_1.gguf
      """)

  @Option(help: ArgumentHelp("An endpoint to check.", valueName: "url")) var endpoint: String?
  @Option(help: ArgumentHelp("The model it should have.", valueName: "name")) var model: String?
  @Option(help: ArgumentHelp("A model's folder or .gguf file to check.", valueName: "path")) var weights: String?
  @Option(help: ArgumentHelp("int8: check as if the matrices were stored as bytes.", valueName: "kind")) var quantise:
    LocalPolicy.Quantisation = .none
  @Option(help: ArgumentHelp("The folder for runs.", valueName: "folder")) var out = "runs"
  @Flag(help: "Print JSON.") var json = false

  mutating func run() async throws {
    var checks = await Examination.machine(out: out)
    if let endpoint { checks += try await Examination.endpoint(endpoint, model: model ?? "") }
    if let weights { checks += Examination.model(weights, quantise) }
    let console = Console()
    console.result(json ? Examination.settings(of: checks).line : Examination.text(of: checks))
    if checks.contains(where: { $0.state == .missing }) {
      throw RunError.environment("something that Palimpsest needs is missing; the lines above say what to do")
    }
  }
}
