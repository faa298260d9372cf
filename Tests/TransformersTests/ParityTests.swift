import Tensors
import Testing
import Transformers

/// Against PyTorch and transformers, in float32.
@Suite struct `A decoder beside its reference` {
  /// 1e-4: sums of a few dozen float32 products in another order, through two or three layers.
  @Test(arguments: Reference.names) func `has its logits`(_ name: String) throws {
    let reference = try Reference(name)
    let states = reference.decoder.states(of: reference.numbers.tokens.map { Passage($0) })
    let expected = try reference.tensor("logits")
    #expect(distance(reference.decoder.logits(of: states).reshaped(expected.shape), from: expected) < 1e-4)
  }

  @Test(arguments: Reference.names) func `writes its sixty-four likeliest tokens`(_ name: String) throws {
    let reference = try Reference(name)
    let written = reference.decoder.continuations(of: [GenerationRequest(reference.numbers.prompt, limit: 64)])
    #expect(written.map(\.tokens) == [reference.numbers.greedy])
  }

  @Test(arguments: Reference.names) func `has its loss and the gradient of every parameter`(_ name: String) throws {
    let reference = try Reference(name)
    let decoder = reference.decoder.tracked()
    let loss = decoder.loss(on: reference.numbers.tokens)
    #expect(abs(loss.scalar - reference.numbers.loss) < 1e-4 * reference.numbers.loss)
    let parameters = decoder.parameters
    for (parameter, gradient) in zip(parameters, gradients(of: loss, for: parameters.map(\.tensor))) {
      let expected = try reference.tensor("gradient.\(parameter.name)")
      #expect(distance(gradient, from: expected) < 1e-4, "\(parameter.name)")
    }
  }

  /// Adam divides by the root of squares, so where a gradient is all but zero its sign decides: hence the
  /// wider bound, on what ten steps of 1e-3 have moved.
  @Test(arguments: Reference.names) func `learns as it does for ten steps`(_ name: String) throws {
    let reference = try Reference(name)
    var decoder = reference.decoder
    var optimizer = AdamW()
    for expected in reference.numbers.losses {
      let (loss, slopes) = step(decoder, on: reference.numbers.tokens)
      #expect(abs(loss - expected) < 1e-3 * expected)
      optimizer.step(&decoder, slopes, rate: 1e-3)
    }
    for (name, tensor) in decoder.parameters {
      #expect(distance(tensor, from: try reference.tensor("trained.\(name)")) < 1e-3, "\(name)")
    }
  }

  private func step(_ decoder: Decoder, on tokens: [[Int]]) -> (loss: Float, gradients: [Tensor]) {
    let decoder = decoder.tracked()
    let loss = decoder.loss(on: tokens)
    return (loss.scalar, gradients(of: loss, for: decoder.parameters.map(\.tensor)))
  }
}
