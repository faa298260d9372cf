import Foundation
import Palimpsest
import PolicyLocal
import Tensors
import Transformers

/// How fast decoders are trained, sampled and read with; peers in Tests/Benchmarks/decoders.py.
///
///     TransformersBench train                    # tokens/s of a step of the tiny model
///     TransformersBench sample                   # tokens/s of 64 sequences of 64 tokens
///     TransformersBench read FOLDER [bf16|int8] [PROMPT] [BATCH]
///     TransformersBench adapters FOLDER          # writing with adapters, beside the same without
///     TransformersBench write FOLDER             # the tiny model, for others to read
///
/// Training and sampling are counted per second of CPU time, since machines are shared: give both sides one
/// thread (PALIMPSEST_THREADS=1).
@main struct TransformersBench {
  static func main() throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    print("blas=\(BLAS.coreType) kernels=\(ProductKernels.active.name) threads=\(Threads.count)")
    switch arguments.first {
    case "train": try train()
    case "sample": try sample()
    case "read": try read(arguments)
    case "adapters": try adapters(arguments[1])
    case "write": try Decoder(tiny, weights: RandomWeights(seed: 1)).write(to: arguments[1])
    default: print("train | sample | read FOLDER [bf16|int8] [PROMPT] [BATCH] | adapters FOLDER | write FOLDER")
    }
  }

  /// 4 layers, width 128, 4 heads, a vocabulary of 1,024.
  private static let tiny = DecoderConfiguration(vocabulary: 1024, width: 128, innerWidth: 384, layers: 4, heads: 4)

  static func seconds(_ body: () throws -> Void) rethrows -> Double {
    let time = try ContinuousClock().measure(body)
    return Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18
  }

  /// Of all threads of this process.
  private static func processorSeconds(_ body: () throws -> Void) rethrows -> Double {
    func now() -> Double {
      var time = timespec()
      clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
      return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
    let begin = now()
    try body()
    return now() - begin
  }

  private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

  /// Batches of 32 sequences of 256 tokens.
  private static func train() throws {
    var decoder = try Decoder(tiny, weights: RandomWeights(seed: 1))
    var optimizer = AdamW()
    var random = SeededGenerator(seed: 1, purpose: "tokens")
    let tokens = (0..<32).map { _ in (0..<257).map { _ in Int.random(in: 0..<1024, using: &random) } }
    var times: [Double] = []
    for _ in 0..<9 {
      times.append(
        processorSeconds {
          let slopes = gradients(of: decoder, on: tokens)
          optimizer.step(&decoder, slopes, rate: 1e-3, scale: clippingScale(slopes, to: 1))
        })
    }
    print("train parameters=\(decoder.parameterCount) tok/CPU-s=\(Int(32 * 256 / median(Array(times.dropFirst(2)))))")
  }

  private static func gradients(of decoder: Decoder, on tokens: [[Int]]) -> [Tensor] {
    let decoder = decoder.tracked()
    return Tensors.gradients(of: decoder.loss(on: tokens), for: decoder.parameters.map(\.tensor))
  }

  private static func sample() throws {
    let decoder = try Decoder(tiny, weights: RandomWeights(seed: 1))
    for width in [1, 32, 64] {
      let orders = (0..<width).map { (index: Int) -> Order in
        let prompt: [Int] = (0..<16).map { ($0 * 31 + index * 7) % 1024 }
        let random = SeededGenerator(seed: UInt64(index), purpose: "bench")
        return Order(Passage(prompt), limit: 64, choice: TokenChoice(), random: random)
      }
      let times = (0..<5).map { _ in processorSeconds { _ = decoder.continuations(of: orders, width: width) } }
      print("sample sequences=\(width) tok/CPU-s=\(Int(Double(64 * width) / median(times)))")
    }
  }

  private static func read(_ arguments: [String]) throws {
    let folder = arguments[1]
    let storage: WeightStorage = arguments.dropFirst(2).first == "int8" ? .int8() : .stored
    let length = arguments.dropFirst(3).first.flatMap { Int($0) } ?? 512
    let width = arguments.dropFirst(4).first.flatMap { Int($0) } ?? 1
    var decoder: Decoder?
    let loading = try seconds { decoder = try Decoder(folder: folder, storage: storage, activations: .rounded) }
    guard let decoder else { return }
    let vocabulary = decoder.configuration.vocabulary
    var batch = Batch(decoder, width: width, kept: 0)
    for index in 0..<width {
      let prompt: [Int] = (0..<length).map { ($0 * 7919 + index * 104_729) % vocabulary }
      _ = batch.add(Order(prompt, limit: 33))
    }
    var prompt = 0.0
    while batch.written == 0 { prompt += seconds { _ = batch.step() } }
    // Prompts of a larger batch are read piece by piece while the first ones write; only whole steps are counted.
    while batch.read < width * length { prompt += seconds { _ = batch.step() } }
    var times: [Double] = []
    var counts: [Int] = []
    while !batch.isEmpty {
      let before = batch.written
      times.append(seconds { _ = batch.step() })
      counts.append(batch.written - before)
    }
    let full = zip(times, counts).filter { $0.1 == counts.max() }.map { $0.0 / Double($0.1) }
    print(
      "read \(storage) prompt=\(length) batch=\(width) load=\(String(format: "%.2f", loading))s "
        + "prompt tok/s=\(Int(Double(width * length) / prompt)) "
        + "decode tok/s=\(String(format: "%.1f", 1 / median(full))) rows=\(batch.bytes >> 20)MiB")
  }
}
