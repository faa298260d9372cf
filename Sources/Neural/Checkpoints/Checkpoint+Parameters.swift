import Tensors

extension Checkpoint {
  /// A model with the parameters that stand here; the weights it had are ignored.
  ///
  /// - Parameters:
  ///   - model: gives names and shapes.
  ///   - prefix: stands before each name, as `model/`.
  /// - Throws: what `tensor(_:shape:)` throws, for the first parameter that is missing or of another shape.
  public func filled<Model: Parameterized>(_ model: Model, prefix: String = "") throws -> Model {
    var (model, failure): (Model, (any Error)?) = (model, nil)
    model.forEachParameter { name, tensor in
      do { tensor = try self.tensor(prefix + name, shape: tensor.shape) } catch { failure = failure ?? error }
    }
    if let failure { throw failure }
    return model
  }
}
