import Checkpoints
import Foundation
import Models
import Tensors
import Testing
import Transformers

/// An adapter of the tiny model `qwen2` and what PEFT computes with it: Tests/Fixtures/Transformers/adapters.py.
struct AdapterReference {
  static let names = ["patterned", "stabilised", "one-layer"]

  let base: Reference
  let adapter: Adapter
  let tensors: Checkpoint

  init(_ name: String) throws {
    base = try Reference("qwen2")
    adapter = try Adapter(folder: Self.folder(name).path, for: base.decoder.configuration)
    tensors = try Checkpoint(Self.folder(name).appending(path: "reference.safetensors").path)
  }

  static func folder(_ name: String) -> URL { Reference.folder("qwen2-adapters").appending(path: name) }
}

/// Logits of passages, all in one pass.
private func logits(_ decoder: Decoder, _ passages: [Passage]) -> Tensor {
  decoder.logits(of: decoder.states(of: passages))
}

/// Against PyTorch and PEFT, in float32.
@Suite struct `An adapter beside its reference` {
  /// 1e-4: as for decoders, sums of a few dozen float32 products in another order.
  @Test(arguments: AdapterReference.names) func `has its logits`(_ name: String) throws {
    let reference = try AdapterReference(name)
    let passages = reference.base.numbers.tokens.map { Passage($0, adapter: reference.adapter) }
    let expected = try reference.tensors.tensor("logits")
    let found = logits(reference.base.decoder, passages).reshaped(expected.shape)
    #expect(distance(found, from: expected) < 1e-4)
    // It is seen at all.
    #expect(distance(try reference.base.tensor("logits"), from: expected) > 1e-2)
  }

  @Test(arguments: AdapterReference.names) func `has its loss and the gradient of every A and B`(_ name: String) throws
  {
    let reference = try AdapterReference(name)
    let stored = try Decoder(folder: Reference.folder("qwen2").path, storage: .stored)
    for decoder in [reference.base.decoder, stored] {
      let adapter = reference.adapter.tracked()
      let loss = decoder.loss(on: reference.base.numbers.tokens, with: adapter)
      #expect(abs(loss.scalar - (try reference.tensors.tensor("loss").scalar)) < 1e-4 * loss.scalar)
      let parameters = adapter.parameters
      let expected = reference.tensors.tensors.keys.filter { $0.hasPrefix("gradient.") }
      #expect(Set(parameters.map { "gradient.\($0.name)" }) == Set(expected))
      for (parameter, gradient) in zip(parameters, gradients(of: loss, for: parameters.map(\.tensor))) {
        let expected = try reference.tensors.tensor("gradient.\(parameter.name)")
        #expect(distance(gradient, from: expected) < 1e-4, "\(parameter.name)")
      }
    }
  }

  @Test(arguments: AdapterReference.names) func `has its merged weights`(_ name: String) throws {
    let reference = try AdapterReference(name)
    let merged = reference.base.decoder.merging(reference.adapter)
    var changed = 0
    for (parameter, before) in zip(merged.parameters, reference.base.decoder.parameters) {
      if let expected = reference.tensors.tensors["merged.\(parameter.name)"] {
        changed += 1
        // 1e-6: a sum of four float32 products.
        #expect(distance(parameter.tensor, from: try expected.tensor()) < 1e-6, "\(parameter.name)")
      } else {
        #expect(parameter.tensor == before.tensor)
      }
    }
    #expect(changed == reference.adapter.changes.count)
    let expected = try reference.tensors.tensor("logits")
    let found = logits(merged, reference.base.numbers.tokens.map { Passage($0) })
    #expect(distance(found.reshaped(expected.shape), from: expected) < 1e-4)
  }

  /// bf16 and bytes are just other weights. 1e-4: the same numbers, summed in another order, through two layers.
  @Test func `learns over stored weights what it learns over the same numbers in memory`() throws {
    let reference = try AdapterReference("stabilised")
    let folder = Reference.folder("qwen2").path
    let stored = try Decoder(folder: folder, storage: .int8(group: 64))
    let plain = try Decoder(stored.configuration, weights: Dequantised(checkpoint: try Checkpoint(folder)))
    let adapter = reference.adapter.tracked()
    let slopes = [stored, plain].map { decoder in
      gradients(
        of: decoder.loss(on: reference.base.numbers.tokens, with: adapter), for: adapter.parameters.map(\.tensor))
    }
    for (a, b) in zip(slopes[0], slopes[1]) { #expect(distance(a, from: b) < 1e-4) }
  }
}

@Suite struct `An adapter` {
  let decoder: Decoder
  let first: Adapter
  let second: Adapter

  init() throws {
    decoder = try smallDecoder()
    first = Self.taught(Adapter(for: decoder.configuration, rank: 3, matrices: Set(Adapter.Matrix.allCases), seed: 1))
    second = Self.taught(Adapter(for: decoder.configuration, rank: 2, alpha: 5, seed: 2))
  }

  /// B filled with something, since a new one is zero.
  private static func taught(_ adapter: Adapter) -> Adapter {
    var adapter = adapter
    adapter.forEachParameter { name, tensor in
      guard name.contains("lora_B") else { return }
      tensor = Tensor((0..<tensor.count).map { Float(($0 * 37) % 19) / 30 - 0.3 }, shape: tensor.shape)
    }
    return adapter
  }

  @Test func `that has learned nothing changes nothing`() {
    let fresh = Adapter(for: decoder.configuration, rank: 4, seed: 3)
    let plain = logits(decoder, [Passage(someTokens(9))])
    #expect(logits(decoder, [Passage(someTokens(9), adapter: fresh)]) == plain)
    #expect(logits(decoder, [Passage(someTokens(9), adapter: first)]) != plain)
  }

  /// 1e-5: a product of other many rows may add up in another order.
  @Test func `enters with its own passage, whatever the others carry`() {
    let texts = [someTokens(7, 1), someTokens(12, 2), someTokens(5, 3), someTokens(9, 4), someTokens(7, 5)]
    let carried = [first, nil, second, first, nil]
    let mixed = decoder.states(of: zip(texts, carried).map { Passage($0, adapter: $1) })
    for (index, span) in mixed.spans.enumerated() {
      let alone = decoder.states(of: [Passage(texts[index], adapter: carried[index])]).hidden
      #expect(distance(mixed.hidden.rows(span), from: alone) < 1e-5, "passage \(index)")
    }
    let plain = decoder.states(of: texts.map { Passage($0) })
    #expect(plain.hidden.rows(plain.spans[1]) == mixed.hidden.rows(mixed.spans[1]))
    #expect(distance(plain.hidden.rows(plain.spans[0]), from: mixed.hidden.rows(mixed.spans[0])) > 1e-2)
  }

  @Test func `of a mixed pass has the gradients of passes of its own`() {
    let (a, b) = (first.tracked(), second.tracked())
    let texts = [someTokens(7, 1), someTokens(12, 2), someTokens(9, 4)]
    func loss(_ passages: [Passage]) -> Tensor { logits(decoder, passages).logSum() }
    let mixed = loss([Passage(texts[0], adapter: a), Passage(texts[1], adapter: b), Passage(texts[2], adapter: a)])
    let apart =
      loss([Passage(texts[0], adapter: a)]) + loss([Passage(texts[2], adapter: a)])
      + loss([Passage(texts[1], adapter: b)])
    let leaves = (a.parameters + b.parameters).map(\.tensor)
    for (x, y) in zip(gradients(of: mixed, for: leaves), gradients(of: apart, for: leaves)) {
      #expect(distance(x, from: y) < 1e-4)
    }
  }

  @Test func `writes in a batch of several what it writes alone`() {
    let requests = [first, nil, second, nil, first].enumerated().map { index, adapter in
      GenerationRequest(Passage(someTokens(20 + index, index), adapter: adapter), limit: 12)
    }
    let together = decoder.continuations(of: requests, width: 3)
    for (request, continuation) in zip(requests, together) {
      #expect(decoder.continuations(of: [request])[0].tokens == continuation.tokens)
    }
  }

  @Test func `shares what was read of a prompt with itself and nobody else`() {
    let prompt = someTokens(60)
    func shared(_ carried: [Adapter?]) -> [Int] {
      var batch = Batch(decoder, width: 1, kept: 8)
      return carried.map { adapter in
        _ = batch.add(GenerationRequest(Passage(prompt, adapter: adapter), limit: 2))
        while true { if let done = batch.step().first { return done.continuation.shared } }
      }
    }
    let found = shared([first, nil, second, first, nil, Self.taught(first)])
    #expect(found.map { $0 > 0 } == [false, false, false, true, true, false])
  }

  @Test func `waits for nobody who reads the same prompt with another`() {
    var batch = Batch(decoder, width: 3, piece: 16)
    for adapter in [first, second, nil] {
      _ = batch.add(GenerationRequest(Passage(someTokens(60), adapter: adapter), limit: 2))
    }
    var shared: [Int] = []
    while !batch.isEmpty { shared += batch.step().map(\.continuation.shared) }
    #expect(shared == [0, 0, 0])
  }

  @Test func `learns a text, and the decoder stays as it was`() {
    var adapter = Adapter(for: decoder.configuration, rank: 4, matrices: Set(Adapter.Matrix.allCases), seed: 9)
    let before = decoder.parameters.map(\.tensor)
    let texts = [someTokens(30)]
    var optimizer = AdamW()
    let untaught = decoder.loss(on: texts, with: adapter).scalar
    for _ in 0..<30 {
      let slopes: [Tensor]
      do {
        let model = adapter.tracked()
        slopes = gradients(of: decoder.loss(on: texts, with: model), for: model.parameters.map(\.tensor))
      }
      optimizer.step(&adapter, slopes, rate: 1e-2)
    }
    #expect(decoder.loss(on: texts, with: adapter).scalar < untaught / 2)
    #expect(decoder.parameters.map(\.tensor) == before)
  }

  @Test func `is known again as long as nothing changed it`() {
    var other = first
    #expect(other.isSame(as: first))
    other.forEachParameter { _, _ in }
    #expect(!other.isSame(as: first) && !first.isSame(as: second))
  }
}

extension Tensor {
  /// Something that depends on every number, and on none too much.
  fileprivate func logSum() -> Tensor { (self * self + 1).log().sum() }
}
