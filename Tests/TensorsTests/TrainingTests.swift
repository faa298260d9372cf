import Foundation
import Tensors
import Testing

private struct Pair: Parameterized, Hashable {
  var weight: Tensor
  var bias: Tensor

  mutating func forEachParameter(_ visit: (String, inout Tensor) -> Void) {
    visit("weight", &weight)
    visit("bias", &bias)
  }
}

@Suite struct `Training` {
  /// By hand, first step: m̂ = g, v̂ = g², so x moves by rate·sign(g) after losing rate·decay of itself.
  @Test func `moves the first step by the rate, whatever the gradient`() {
    var model = Pair(weight: Tensor([1, -2]), bias: Tensor([4]))
    var optimiser = AdamW()
    optimiser.step(&model, [Tensor([10, -0.001]), Tensor([3])], rate: 0.1) { name, _ in name == "weight" }
    #expect(model.weight.distance(to: Tensor([1 * 0.999 - 0.1, -2 * 0.999 + 0.1])) < 1e-5)
    #expect(model.bias.distance(to: Tensor([3.9])) < 1e-6)
  }

  /// Tests/Fixtures/Tensors/optimiser.py: a quartic whose gradients are the cubes of its parameters.
  @Test func `follows PyTorch for ten steps, clipped and scheduled`() throws {
    struct Golden: Decodable {
      struct Step: Decodable {
        var rate: Float
        var norm: Float
        var parameters: [[Float]]
      }
      var start: [[Float]]
      var steps: [Step]
    }
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Fixtures/Tensors/optimiser.json")
    let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: file))
    var model = Pair(weight: Tensor(golden.start[0], shape: [4, 3]), bias: Tensor(golden.start[1]))
    var settings = AdamW.Settings()
    settings.beta2 = 0.95
    settings.decay = 0.1
    var optimiser = AdamW(settings)
    let schedule = Schedule(.cosine, peak: 0.05, warmUp: 2, steps: 10, floor: 0.005)
    for (index, step) in golden.steps.enumerated() {
      let slopes = model.parameters.map { $0.tensor * $0.tensor * $0.tensor }
      #expect(abs(schedule.rate(at: index) - step.rate) < 1e-7)
      #expect(abs(globalNorm(slopes) - step.norm) < 1e-5 * step.norm)
      // PyTorch divides by the norm plus 1e-6.
      optimiser.step(&model, slopes, rate: step.rate, scale: min(1, 1 / (step.norm + 1e-6))) { name, _ in
        name == "weight"
      }
      for (parameter, golden) in zip(model.parameters, step.parameters) {
        #expect(parameter.tensor.reshaped(-1).distance(to: Tensor(golden)) < 1e-5, "\(parameter.name), step \(index)")
      }
    }
  }

  @Test func `goes on from saved moments as if it had not stopped`() throws {
    var (straight, stopped) = (
      Pair(weight: noise([300]), bias: noise([7])), Pair(weight: noise([300]), bias: noise([7]))
    )
    var (one, two) = (AdamW(), AdamW())
    for step in 0..<6 {
      let slopes = [noise([300], seed: UInt64(step + 9)), noise([7], seed: UInt64(step + 50))]
      one.step(&straight, slopes, rate: 0.01)
      if step == 3 { two = try JSONDecoder().decode(AdamW.self, from: JSONEncoder().encode(two)) }
      two.step(&stopped, slopes, rate: 0.01)
    }
    #expect(straight == stopped)
  }

  @Test func `changes parameters in place`() {
    var model = Pair(weight: noise([1000]), bias: noise([8]))
    let address = model.weight.withScalars { UInt(bitPattern: $0.baseAddress) }
    var optimiser = AdamW()
    optimiser.step(&model, [noise([1000]), noise([8])], rate: 0.1)
    #expect(model.weight.withScalars { UInt(bitPattern: $0.baseAddress) } == address)
  }

  @Test func `clips by the norm of all gradients together`() {
    let slopes = [Tensor([3, 0]), Tensor([4])]
    #expect(abs(globalNorm(slopes) - 5) < 1e-6)
    #expect(abs(clippingScale(slopes, to: 1) - 0.2) < 1e-6)
    #expect(clippingScale(slopes, to: 6) == 1)
  }

  /// By hand: four steps of warm-up in fifths, then half a cosine over ten steps.
  @Test func `warms up and comes down as the schedule says`() {
    let cosine = Schedule(.cosine, peak: 1, warmUp: 4, steps: 14, floor: 0.1)
    #expect((0..<5).map(cosine.rate) == [0.2, 0.4, 0.6, 0.8, 1])
    #expect(abs(cosine.rate(at: 9) - 0.55) < 1e-6)
    #expect(cosine.rate(at: 14) == 0.1 && cosine.rate(at: 100) == 0.1)
    #expect(Schedule(.constant, peak: 2, warmUp: 1).rate(at: 1000) == 2)
  }

  @Test func `recomputes what it did not keep, with the same gradients`() {
    let (x, w) = (noise([5, 6]), noise([6, 6], seed: 2))
    func slopes(_ block: (Tensor, Tensor) -> Tensor) -> [[UInt32]] {
      let leaves = [x.tracked(), w.tracked()]
      return gradients(of: block(leaves[0], leaves[1]).sum(), for: leaves).map(\.bits)
    }
    let plain = slopes { ($0.product(transposed: $1)).silu() }
    #expect(slopes { recomputed([$0, $1]) { ($0[0].product(transposed: $0[1])).silu() } } == plain)
  }
}
