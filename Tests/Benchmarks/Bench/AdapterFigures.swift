import Models
import Tensors
import Transformers

/// Tokens a second written with adapters of rank 16 for all matrices, beside the same without: one sequence and
/// eight, of which some carry none.
func adapterMeasurements() throws -> [Measurement] {
  let decoder = try Decoder(folder: RandomModel.folder(), storage: .stored)
  let adapters = (0..<3).map { taught($0, for: decoder.configuration) }
  let arms: [(name: String, carried: [Adapter?])] = [
    ("1-plain", [nil]), ("1-adapter", [adapters[0]]), ("8-plain", Array(repeating: nil, count: 8)),
    ("8-one-adapter", Array(repeating: adapters[0], count: 8)),
    ("8-three-and-none", (0..<8).map { $0 % 4 == 3 ? nil : adapters[$0 % 4] }),
  ]
  // One after the other in each round, so that a busy minute falls on all.
  var rates = [[Double]](repeating: [], count: arms.count)
  for _ in 0..<5 {
    for (index, arm) in arms.enumerated() { rates[index].append(rate(of: decoder, arm.carried)) }
  }
  return zip(arms, rates).map { Measurement(name: "decoders.adapters-\($0.name)", unit: "tokens/s", values: $1) }
}

private func taught(_ seed: UInt64, for configuration: DecoderConfiguration) -> Adapter {
  var adapter = Adapter(for: configuration, rank: 16, matrices: Set(Adapter.Matrix.allCases), seed: seed)
  adapter.forEachParameter { name, tensor in
    guard name.hasSuffix("lora_B.weight") else { return }
    tensor = Tensor((0..<tensor.count).map { Float($0 % 7) * 1e-3 }, shape: tensor.shape)
  }
  return adapter
}

private func rate(of decoder: Decoder, _ carried: [Adapter?]) -> Double {
  var cache = RowCache(for: decoder.configuration)
  let sequences = carried.map { _ in cache.begin() }
  func read(_ tokens: [Int]) {
    let passages = carried.map { Passage(tokens, adapter: $0) }
    let states = decoder.states(of: passages, continuing: sequences, in: &cache)
    _ = decoder.logits(of: states, rows: states.lastRows)
  }
  read([1, 2, 3, 4])
  let steps = carried.count > 1 ? 8 : 16
  let begin = Measurement.Clock.wall.seconds
  for _ in 0..<steps { read([11]) }
  return Double(steps * carried.count) / (Measurement.Clock.wall.seconds - begin)
}
