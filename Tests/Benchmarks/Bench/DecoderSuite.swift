import Basics
import Foundation
import Palimpsest
import Tensors
import Transformers

/// How fast decoders of the room Transformers read, write and learn, with all threads by the clock.
///
/// `tiny` has 4 layers, width 128, 4 heads and a vocabulary of 1,024. The rest is of the shape of Qwen2.5-0.5B with
/// random weights, as bf16 where they lie in the file or as bytes made when it is loaded, prompts of 512 and of
/// 5,000 tokens, one sequence and eight. The eight with 5,000 tokens have their prompt in common.
let decoderSuite = Suite(
  name: "decoders", summary: "tokens a second read, written and learned by decoders",
  figures: [
    Suite.Figure(name: "decoders.training") { _ in try training() },
    Suite.Figure(name: "decoders.sampling") { _ in try await sampling(.float32) },
    Suite.Figure(name: "decoders.sampling-float16") { _ in try await sampling(.float16) },
    Suite.Figure(name: "decoders.sampling-bfloat16") { _ in try await sampling(.bfloat16) },
    Suite.Figure(name: "decoders.load") { _ in try loading() },
    Suite.Figure(name: "decoders.adapters", several: { _ in try adapterMeasurements() }),
  ]
    + RandomModel.Format.allCases.flatMap { format in
      [512, 5000].map { length in
        Suite.Figure(name: "decoders.\(format)-\(length)", several: { _ in try reading(format, length) })
      }
    })

private let tiny = DecoderConfiguration(vocabulary: 1024, width: 128, innerWidth: 384, layers: 4, heads: 4)

/// Steps of 32 sequences of 256 tokens.
private func training() throws -> Measurement {
  var decoder = try Decoder(tiny, weights: RandomWeights(seed: 1))
  var optimizer = AdamW()
  var random = Noise(state: 7)
  let tokens = (0..<32).map { _ in (0..<257).map { _ in Int(random.next() % 1024) } }
  var values: [Double] = []
  // Two steps fill the pool and are not counted.
  for step in 0..<9 {
    let begin = Measurement.Clock.wall.seconds
    let slopes = {
      let live = decoder.tracked()
      return gradients(of: live.loss(on: tokens), for: live.parameters.map(\.tensor))
    }()
    optimizer.step(&decoder, slopes, rate: 1e-3, scale: clippingScale(slopes, to: 1))
    if step >= 2 { values.append(32 * 256 / (Measurement.Clock.wall.seconds - begin)) }
  }
  return Measurement(name: "decoders.training", unit: "tokens/s", values: values)
}

/// 64 sequences of 64 tokens behind prompts of 16, at temperature 1.
private func sampling(_ cache: RowFormat) async throws -> Measurement {
  var decoder = try Decoder(tiny, weights: RandomWeights(seed: 1))
  decoder.cacheFormat = cache
  let requests = (0..<64).map { (index: Int) -> GenerationRequest in
    let prompt: [Int] = (0..<16).map { ($0 * 31 + index * 7) % 1024 }
    let random = SeededGenerator(seed: UInt64(index), purpose: "bench")
    return GenerationRequest(Passage(prompt), limit: 64, choice: TokenChoice(), random: random)
  }
  let name = cache == .float32 ? "decoders.sampling" : "decoders.sampling-\(cache)"
  return await .speed(name, of: 64 * 64, "tokens/s", seconds: 1.5, by: .wall) {
    decoder.continuations(of: requests, width: requests.count).reduce(0) { $0 + $1.tokens.count }
  }
}

/// From a folder to the first token of a short prompt, the file in the system's cache.
private func loading() throws -> Measurement {
  let folder = try RandomModel.folder()
  var values: [Double] = []
  for repetition in 0..<6 {
    let begin = Measurement.Clock.wall.seconds
    let decoder = try RandomModel.decoder(folder, .bf16)
    _ = decoder.continuations(of: [GenerationRequest(Array(1...16), limit: 1)])
    // The first reads what the disk has.
    if repetition > 0 { values.append(Measurement.Clock.wall.seconds - begin) }
  }
  return Measurement(name: "decoders.load", unit: "s to the first token", values: values)
}

private func reading(_ format: RandomModel.Format, _ length: Int) throws -> [Measurement] {
  let folder = try RandomModel.folder()
  let decoder = { try RandomModel.decoder(folder, format) }
  let bytes = Double(RandomModel.configuration.parameterCount) * format.bytes
  return try readingAndWriting("decoders.\(format)", length, bytes: bytes, format.arithmetic, decoder)
}

/// How fast a decoder reads prompts and writes behind them, one sequence and eight, and its memory.
///
/// - Parameters:
///   - bytes: of all weights.
///   - arithmetic: that prompts are read with.
func readingAndWriting(
  _ label: String, _ length: Int, bytes: Double, _ arithmetic: Capacity.Arithmetic, _ make: () throws -> Decoder
) throws -> [Measurement] {
  BufferPool.empty()
  Machine.forgetPeakMemory()
  let decoder = try make()
  // Touches every page of the weights, as the peer's warm-up does; `load` says what that takes.
  _ = decoder.continuations(of: [GenerationRequest(Array(1...16), limit: 2)])
  let count = length < 1000 ? 32 : 16
  func prompt(_ index: Int) -> [Int] {
    (0..<length).map { ($0 * 7919 + index * 104_729) % decoder.configuration.vocabulary }
  }
  var values: [(name: String, values: [Double])] = []

  // One sequence, then eight: with a prompt each, or with the one that was read.
  let areShared = length >= 1000
  var batch = Batch(decoder, width: 8, kept: 1)
  for width in [1, 8] {
    if width > 1, !areShared { batch = Batch(decoder, width: width, kept: 0) }
    let before = batch.counts
    for index in 0..<width { _ = batch.add(GenerationRequest(prompt(areShared ? 0 : index), limit: count + 1)) }
    while batch.waitingPositions > 0 { _ = batch.step() }
    let (read, seconds) = (batch.counts.read - before.read, batch.counts.readSeconds - before.readSeconds)
    let suffix = width == 1 ? "" : "-batch-\(width)"
    if width == 1 || !areShared {
      // Passes with prompts in them; in between the first sequences write.
      values.append(("prompt-\(length)\(suffix)", [Double(read) / seconds]))
    }
    var speeds: [Double] = []
    while !batch.isEmpty {
      let (begin, before) = (Measurement.Clock.wall.seconds, batch.counts)
      _ = batch.step()
      // Everyone writes, and no prompt is read or taken over beside.
      let after = batch.counts
      guard after.passed - before.passed == width, after.written - before.written == width else { continue }
      speeds.append(Double(width) / (Measurement.Clock.wall.seconds - begin))
    }
    values.append(("decode-\(length)\(suffix)", speeds))
  }
  let peak = Measurement(
    name: "\(label)-\(length)-memory", unit: "MiB resident at most",
    values: [Machine.peakMemory.map { Double($0) / 1_048_576 } ?? .nan])
  return values.map { name, values in
    var measurement = Measurement(name: "\(label)-\(name)", unit: "tokens/s", values: values)
    measurement.shares = [share(of: measurement.median, name, bytes, arithmetic, decoder)]
    return measurement
  } + [peak]
}

/// Of the most there can be: for prompts of the arithmetic, else of the memory that weights are read from.
private func share(
  of speed: Double, _ name: String, _ bytes: Double, _ arithmetic: Capacity.Arithmetic, _ decoder: Decoder
) -> Double {
  if name.hasPrefix("prompt") {
    // The head is multiplied with the last position alone.
    let layers =
      decoder.configuration.parameterCount - decoder.configuration.vocabulary * decoder.configuration.width
    return speed * Double(2 * layers) / RandomModel.operations(arithmetic)
  }
  let width = name.hasSuffix("8") ? 8.0 : 1
  return speed / width * bytes / RandomModel.bandwidth
}
