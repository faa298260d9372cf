import Checkpoints
import Foundation
import Tensors

extension Training {
  /// Writes everything that resuming needs into one safetensors file, whole or not at all: a process
  /// killed at any moment leaves this file or the one before.
  ///
  /// Tensors: `model/NAME`, `first/NAME` and `second/NAME` (the optimiser's moments), `best/NAME`; `history`
  /// [steps, 3] and `marks` [marks, 3] in the order of `TrainingStep` and `TrainingMark`. It holds nothing
  /// about the day or the machine, so equal trainings are equal bytes.
  ///
  /// - Throws: `CheckpointError.unwritable`.
  public func write(to file: String) throws { try write(to: file, with: [:], metadata: [:]) }

  /// The same with tensors and metadata of what surrounds the training, under other names than those above.
  func write(to file: String, with others: [String: Tensor], metadata more: [String: String]) throws {
    var tensors = others
    for (index, parameter) in model.parameters.enumerated() {
      tensors["model/\(parameter.name)"] = parameter.tensor
      if step > 0 {
        tensors["first/\(parameter.name)"] = optimiser.moments[index].first
        tensors["second/\(parameter.name)"] = optimiser.moments[index].second
      }
    }
    for parameter in best?.model.parameters ?? [] { tensors["best/\(parameter.name)"] = parameter.tensor }
    tensors["history"] = Tensor(history.flatMap { [$0.loss, $0.norm, $0.rate] }, shape: [history.count, 3])
    // Steps as floats are exact up to 16 million.
    tensors["marks"] = Tensor(
      marks.flatMap { [Float($0.step), $0.choosing, $0.heldOut] }, shape: [marks.count, 3])
    var metadata = [
      "format": Self.format, "step": "\(step)", "source": source, "settings": try Self.line(of: settings),
    ]
    if let best { metadata["best"] = "\(best.step)" }
    try Checkpoint.write(tensors, metadata: metadata.merging(more) { own, _ in own }, to: file)
  }

  /// Reads a training that was written, to resume it.
  ///
  /// - Parameters:
  ///   - model: a model of the same shape; its weights are ignored.
  ///   - settings, source: must equal those with which the training began.
  /// - Throws: `CheckpointError` for a file that is broken or of another model, `LearningError.foreign` for a
  ///   file that is not a training, `.changed` where settings or source differ.
  public init(_ file: String, of model: Model, _ settings: TrainingSettings, on source: String) throws {
    let checkpoint = try Checkpoint(file)
    let metadata = checkpoint.metadata
    guard metadata["format"] == Self.format, let step = metadata["step"].flatMap({ Int($0) }), step >= 0 else {
      throw LearningError.foreign(file: file, reason: "its metadata has no format “\(Self.format)” with a step")
    }
    for (what, saved, wanted) in [
      ("settings", metadata["settings"], try Self.line(of: settings)), ("data", metadata["source"], source),
    ] where saved != wanted {
      throw LearningError.changed(file: file, what: what, saved: saved ?? "none", wanted: wanted)
    }
    let moments =
      step == 0
      ? []
      : try model.parameters.map { name, tensor in
        AdamW.Moments(
          first: try checkpoint.tensor("first/\(name)", shape: tensor.shape),
          second: try checkpoint.tensor("second/\(name)", shape: tensor.shape))
      }
    let history = try checkpoint.tensor("history", shape: [step, 3]).scalars
    self.init(
      try checkpoint.filled(model, prefix: "model/"), settings, on: source,
      optimiser: AdamW(settings.optimiser, steps: step, moments: moments),
      history: (0..<step).map {
        TrainingStep(loss: history[3 * $0], norm: history[3 * $0 + 1], rate: history[3 * $0 + 2])
      })
    let stored = try checkpoint.stored("marks")
    guard stored.shape.count == 2, stored.shape[1] == 3 else {
      throw LearningError.foreign(file: file, reason: "its marks are of shape \(stored.shape)")
    }
    let marks = try stored.tensor().scalars
    self.marks = try (0..<stored.shape[0]).map {
      guard let at = Int(exactly: marks[3 * $0]) else {
        throw LearningError.foreign(file: file, reason: "a mark stands at step \(marks[3 * $0])")
      }
      return TrainingMark(step: at, choosing: marks[3 * $0 + 1], heldOut: marks[3 * $0 + 2])
    }
    if let at = metadata["best"] {
      guard let mark = self.marks.first(where: { "\($0.step)" == at }) else {
        throw LearningError.foreign(
          file: file, reason: "the best weights are of step \(at), where nothing was measured")
      }
      best = Best(model: try checkpoint.filled(model, prefix: "best/"), step: mark.step, loss: mark.choosing)
    }
  }

  private static var format: String { "palimpsest-training-1" }

  /// Settings as one line, the same for equal settings.
  static func line(of settings: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return String(decoding: try encoder.encode(settings), as: UTF8.self)
  }
}
