import Checkpoints
import Foundation
import Learning
import Palimpsest
import Support
import Tensors
import Testing
import Transformers

@Suite struct `A training` {
  static let configuration = DecoderConfiguration(
    vocabulary: 16, width: 16, innerWidth: 24, layers: 2, heads: 2, contextLength: 8)
  static let settings = TrainingSettings(Schedule(.cosine, peak: 1e-2, warmUp: 3, steps: 40))
  static let spans = TokenSpans((0..<200).map { ($0 * $0) % 16 }, length: 8, batch: 4, seed: 1)

  static func newborn() throws -> Training<Decoder> {
    Training(
      try Decoder(configuration, weights: RandomWeights(seed: 1)), settings, on: spans.fingerprint)
  }

  static func advance(_ training: inout Training<Decoder>, to steps: Int) throws {
    while training.step < steps {
      try training.learn { $0.loss(on: spans.batch(at: $1)) }
      if training.step % 5 == 0 {
        training.mark(choosing: training.history.last?.loss ?? 0, heldOut: Float(training.step))
      }
    }
  }

  @Test func `lowers the loss`() throws {
    var training = try Self.newborn()
    try Self.advance(&training, to: 40)
    let losses = training.history.map(\.loss)
    #expect(losses.count == 40)
    let (first, last) = (losses.prefix(5).reduce(0, +), losses.suffix(5).reduce(0, +))
    #expect(last < 0.7 * first)
  }

  /// Cut after 0, 1, 17 and 40 steps, it is the same file bit for bit.
  @Test(arguments: [0, 1, 17, 40])
  func `that is written, read and gone on with takes the same course`(_ cut: Int) throws {
    let scratch = try Scratch()
    let (whole, parts) = (scratch.file("whole").path, scratch.file("parts").path)
    var undisturbed = try Self.newborn()
    try Self.advance(&undisturbed, to: 40)
    try undisturbed.write(to: whole)

    var training = try Self.newborn()
    try Self.advance(&training, to: cut)
    try training.write(to: parts)
    // Weights of the model that is handed over are not looked at.
    let other = try Decoder(Self.configuration, weights: RandomWeights(seed: 99))
    training = try Training(parts, of: other, Self.settings, on: Self.spans.fingerprint)
    #expect(training.step == cut)
    try Self.advance(&training, to: 40)
    try training.write(to: parts)
    #expect(try Data(contentsOf: URL(filePath: whole)) == Data(contentsOf: URL(filePath: parts)))
    #expect(training.best?.step == undisturbed.best?.step && training.marks == undisturbed.marks)
  }

  @Test func `is a value`() throws {
    var training = try Self.newborn()
    try Self.advance(&training, to: 3)
    let snapshot = training
    let weights = snapshot.model.parameters.map(\.tensor)
    try Self.advance(&training, to: 6)
    #expect(snapshot.step == 3 && snapshot.model.parameters.map(\.tensor) == weights)
    #expect(training.model.parameters.map(\.tensor) != weights)
  }

  @Test func `keeps the weights that were best where models are chosen`() throws {
    var training = try Self.newborn()
    for (step, loss) in [(1, 3), (2, 1), (3, 2)] as [(Int, Float)] {
      try Self.advance(&training, to: step)
      training.mark(choosing: loss, heldOut: 0)
    }
    #expect(training.best?.step == 2 && training.best?.loss == 1)
    #expect(training.best?.model.parameters.map(\.tensor) != training.model.parameters.map(\.tensor))
    #expect(training.marks.map(\.step) == [1, 2, 3])
  }

  /// A step by hand: clipped to norm 1, no decay for the vector, 0.1 · 0.5 of the matrix.
  @Test func `clips, and lets only matrices decay`() throws {
    var settings = TrainingSettings(Schedule(.constant, peak: 0.1), clipping: 1)
    settings.optimiser.decay = 0.5
    var training = Training(Pair(), settings, on: "")
    let step = try training.learn { pair, _ in (pair.matrix.sum() + pair.vector.sum()) * 100 }
    let root = Float(6).squareRoot()
    #expect(abs(step.norm - 100 * root) < 1e-3)
    // Adam's first step is the rate times the sign, whatever the norm.
    #expect(training.model.vector.scalars.allSatisfy { abs($0 - 0.9) < 1e-4 })
    #expect(training.model.matrix.scalars.allSatisfy { abs($0 - 0.85) < 1e-4 })
    let first = try #require(training.optimiser.moments.first).first.scalars[0]
    #expect(abs(first - 0.1 / root) < 1e-5)
  }

  @Test func `stops where the loss is no number, and stays as it was`() throws {
    var training = Training(Pair(), Self.settings, on: "")
    #expect(throws: LearningError.self) { try training.learn { pair, _ in pair.vector.sum() * .infinity } }
    #expect(training.step == 0 && training.model.vector == Pair().vector && training.history.isEmpty)
  }
}

@Suite struct `A saved training` {
  let scratch: Scratch
  let file: String

  init() throws {
    scratch = try Scratch()
    file = scratch.file("training.safetensors").path
    var training = Training(Pair(), TrainingSettings(Schedule(.constant, peak: 0.1)), on: "a text")
    try training.learn { pair, _ in pair.matrix.sum() }
    training.mark(choosing: 1, heldOut: 2)
    try training.write(to: file)
  }

  @Test func `goes on with nothing else`() throws {
    let settings = TrainingSettings(Schedule(.constant, peak: 0.1))
    #expect(try Training(file, of: Pair(), settings, on: "a text").step == 1)
    #expect(throws: LearningError.self) { try Training(file, of: Pair(), settings, on: "another text") }
    #expect(throws: LearningError.self) {
      try Training(file, of: Pair(), TrainingSettings(Schedule(.constant, peak: 0.2)), on: "a text")
    }
    var larger = Pair()
    larger.vector = Tensor(zeros: [3])
    #expect(throws: CheckpointError.self) { try Training(file, of: larger, settings, on: "a text") }
  }

  @Test func `is no other checkpoint`() throws {
    try Checkpoint.write(["model/vector": Tensor(zeros: [2])], to: file)
    let error = #expect(throws: LearningError.self) {
      try Training(file, of: Pair(), TrainingSettings(Schedule(.constant, peak: 0.1)), on: "a text")
    }
    #expect(error?.description.contains(file) == true)
  }

  /// Each rule of the format, broken in a file that is a checkpoint otherwise.
  @Test(arguments: ["history", "marks", "best", "step", "first/vector"])
  func `that lacks something is refused`(_ what: String) throws {
    let checkpoint = try Checkpoint(file)
    var tensors = try checkpoint.tensors.mapValues { try $0.tensor() }
    var metadata = checkpoint.metadata
    switch what {
    case "best": metadata["best"] = "77"
    case "step": metadata["step"] = "-3"
    case "marks": tensors["marks"] = Tensor(zeros: [4])
    default: tensors[what] = nil
    }
    try Checkpoint.write(tensors, metadata: metadata, to: file)
    #expect(throws: (any Error).self) {
      try Training(file, of: Pair(), TrainingSettings(Schedule(.constant, peak: 0.1)), on: "a text")
    }
  }
}

/// The smallest thing that learns.
struct Pair: Parameterized, Sendable {
  var matrix = Tensor(repeating: 1, shape: [2, 2])
  var vector = Tensor(repeating: 1, shape: [2])

  mutating func forEachParameter(_ visit: (String, inout Tensor) -> Void) {
    visit("matrix", &matrix)
    visit("vector", &vector)
  }
}
