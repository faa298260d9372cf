import Basics
import Foundation
import Models
import Tensors
import Transformers

/// Questions read side by side as the policy `local` reads them by default, eight replies at a time, by a folder in bf16
/// that is made from the GGUF file that BENCH_GGUF names, or from that of `make model`: prompts of 100 to 200 tokens, and
/// of 1,000 to 1,500, no two of them alike, and replies of 96.
let questionSuite = Suite(
  name: "questions", summary: "tokens a second of replies to one question and to eight read side by side, and memory",
  figures: [("short", 100...200), ("long", 1000...1500)].map { label, lengths in
    Suite.Figure(name: "questions.\(label)", several: { _ in try questions(label, lengths) })
  })

private func questions(_ label: String, _ lengths: ClosedRange<Int>) throws -> [Measurement] {
  let model = ProcessInfo.processInfo.environment["BENCH_GGUF"] ?? "models/SmolLM2-135M-Instruct.Q4_1.gguf"
  guard FileManager.default.fileExists(atPath: model) else {
    print("# questions: skipped, there is no \(model); make model fetches it")
    return []
  }
  let folder = ".build-bench/\(URL(fileURLWithPath: model).deletingPathExtension().lastPathComponent)-bf16"
  if !FileManager.default.fileExists(atPath: "\(folder)/config.json") {
    try Decoder(folder: model).write(to: folder, as: .bfloat16)
  }
  var measurements: [Measurement] = []
  for width in [1, 8] {
    BufferPool.empty()
    Machine.forgetPeakMemory()
    let decoder = try Decoder(folder: folder, storage: .stored, activations: .rounded)
    var batch = Batch(decoder, width: width)
    var values: [Double] = []
    // Rounds as chunks are read: the next prompt is asked when the reply has come. The first is not counted.
    for round in 0..<4 {
      for place in 0..<width {
        let index = round * width + place
        let length = lengths.lowerBound + (index * 7919) % (lengths.count)
        let prompt = (0..<length).map { ($0 * 7919 + index * 104_729) % decoder.configuration.vocabulary }
        _ = batch.add(GenerationRequest(prompt, limit: 96))
      }
      let before = batch.counts
      while !batch.isEmpty { _ = batch.step() }
      let (written, seconds) = (
        batch.counts.passed - before.passed - (batch.counts.read - before.read),
        batch.counts.writeSeconds - before.writeSeconds
      )
      if round > 0 { values.append(Double(written) / seconds) }
    }
    let name = "questions.\(label)-\(width)"
    var speed = Measurement(name: name, unit: "tokens/s of replies", values: values)
    let bytes = 2 * Double(decoder.configuration.parameterCount)
    let memory = Machine.peakMemory.map { Double($0) / 1_048_576 } ?? .nan
    speed.shares = [speed.median / Double(width) * bytes / RandomModel.bandwidth]
    measurements += [
      speed, Measurement(name: "\(name)-memory", unit: "MiB resident at most", values: [memory]),
      Measurement(name: "\(name)-rows", unit: "MiB of rows", values: [Double(batch.bytes) / 1_048_576]),
      Measurement(
        name: "\(name)-idle", unit: "MiB of buffers kept for later",
        values: [Double(BufferPool.count.idleBytes) / 1_048_576]),
    ]
  }
  return measurements
}
