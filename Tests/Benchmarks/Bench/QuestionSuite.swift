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
  figures: RowFormat.allCases.flatMap { cache in
    let suffix = cache == .float32 ? "" : "-\(cache)"
    return [("short", 100...200), ("long", 1000...1500)].map { label, lengths in
      Suite.Figure(
        name: "questions.\(label)\(suffix)", several: { _ in try questions(label + suffix, lengths, cache) })
    }
  } + [Suite.Figure(name: "questions.deviation", several: { _ in try deviations() })])

/// How far rows of sixteen bits move the logits of the model for the first 1,500 tokens of a page of the documentation,
/// read in pieces of 512 and then one by one from the 1,400th on.
private func deviations() throws -> [Measurement] {
  let file = ProcessInfo.processInfo.environment["BENCH_GGUF"] ?? "models/SmolLM2-135M-Instruct.Q4_1.gguf"
  guard FileManager.default.fileExists(atPath: file) else { return [] }
  let model = try LanguageModel(folder: file, activations: .exact)
  guard var decoder = model.decoder else { return [] }
  let tokens = Array(model.tokenizer.encode(try String(contentsOfFile: "docs/design.md", encoding: .utf8)).prefix(1500))
  func logits(_ cache: RowFormat) -> Tensor {
    decoder.cacheFormat = cache
    var rows = decoder.makeCache()
    let sequence = rows.begin()
    let borders = [0, 512, 1024] + Array(1400...1500)
    return .concatenated(
      zip(borders, borders.dropFirst()).map { start, end in
        decoder.logits(
          of: decoder.states(of: [Passage(Array(tokens[start..<end]))], continuing: [sequence], in: &rows))
      })
  }
  let exact = logits(.float32)
  func likeliest(_ x: Tensor) -> [Int] {
    (0..<x.shape[0]).map { x.row($0).scalars.enumerated().max { $0.1 < $1.1 }!.0 }
  }
  let expected = likeliest(exact)
  return [RowFormat.float16, .bfloat16].flatMap { cache in
    let found = logits(cache)
    let off = zip(found.scalars, exact.scalars).map { abs($0 - $1) }
    let square = off.reduce(0) { $0 + Double($1) * Double($1) }
    let whole = exact.scalars.reduce(0) { $0 + Double($1) * Double($1) }
    let same = zip(likeliest(found), expected).count { $0 == $1 }
    return [
      Measurement(
        name: "questions.deviation-\(cache)", unit: "of the logits' root mean square",
        values: [(square / whole).squareRoot()]),
      Measurement(name: "questions.deviation-\(cache)-most", unit: "at most", values: [Double(off.max() ?? 0)]),
      Measurement(
        name: "questions.deviation-\(cache)-same", unit: "of places with the same likeliest token",
        values: [Double(same) / Double(expected.count)]),
    ]
  }
}

private func questions(_ label: String, _ lengths: ClosedRange<Int>, _ cache: RowFormat) throws -> [Measurement] {
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
    var decoder = try Decoder(folder: folder, storage: .stored, activations: .rounded)
    decoder.cacheFormat = cache
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
