import Foundation
import Palimpsest
import TensorLogs
import Tensors

/// Writes steps to a tensor log until it is killed: the victim of the kill tests and of
/// Tests/Fixtures/kill-campaign.py.
///
///     TensorWriter FILE [BATCH [GZIP [STEPS]]]
///
/// It takes up what the file has, prints `N` when the first N steps of question `q` are in the file, and
/// what each step holds follows from its index alone.
@main struct TensorWriter {
  static func main() async throws {
    let arguments = CommandLine.arguments
    let url = URL(filePath: arguments[1])
    let batch = arguments.count > 2 ? Int(arguments[2]) ?? 1 : 1
    let gzip = arguments.count > 3 ? Int(arguments[3]) ?? 0 : 0
    let last = arguments.count > 4 ? Int(arguments[4]) ?? .max : .max

    let question = Question(id: "q", ask: "", evidence: [0..<100], source: .text(""))
    let log = try HDF5Log(url, settings: .init(batch: batch, gzip: gzip))
    var index = try HDF5File(url).steps(of: "q").count
    print(index)
    while index < last {
      try await log.record(step(index), of: question)
      index += 1
      if index % batch == 0 { print(index) }
      fflush(nil)
    }
    try await log.close()
    print(index)
  }

  /// Scores of 1 to 97 sentences, a hidden state of [2, 3], one signal.
  static func step(_ index: Int) -> Step {
    let scores = Tensor((0..<(1 + index % 97)).map { Float(index) + Float($0) / 128 })
    let hidden = Tensor((0..<6).map { Float(index * 6 + $0) }, shape: [2, 3])
    let reply = Reply("", captures: ["scores": scores, "hidden/3": hidden])
    let draft = Draft(
      exchanges: [Exchange(prompt: Prompt(), reply: reply)], signals: Signals(update: Float(index % 2)))
    return Step(
      chunk: Chunk(index: index, content: .text(""), range: (index * 10)..<(index * 10 + 10)), draft: draft,
      decision: Decision(write: 0.5), changes: [], after: MemoryState(budget: Budget(tokens: 5)), seconds: 0.25)
  }
}
