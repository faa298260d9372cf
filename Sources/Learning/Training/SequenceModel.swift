import Palimpsest
import Tensors
import Transformers

/// A model that learns from sequences of tokens: a backbone as a whole, or an adapter on a backbone that stays as
/// it is. Its parameters are what learns.
public protocol SequenceModel: Parameterized, Sendable {
  /// The kind of model that reads.
  associatedtype Base: Backbone
  /// The model that reads.
  var backbone: Base { get }
  /// What learns in place of the backbone; nil where the backbone itself learns.
  var adapter: Adapter? { get }
}

extension SequenceModel where Self: Backbone {
  /// The model itself: all of it learns.
  public var backbone: Self { self }
  /// None.
  public var adapter: Adapter? { nil }
}

extension SequenceModel {
  /// Scores the drawn tokens of samples, each behind its prompt, at temperature 1.
  ///
  /// - Precondition: as for `Backbone.scores(of:with:)`.
  public func scores(of samples: [TrainingSample]) -> SampleScores { backbone.scores(of: samples, with: adapter) }

  /// The mean of −ln p over the predicted tokens of a batch.
  ///
  /// - Precondition: the batch has a target.
  public func supervisedLoss(on batch: SupervisedBatch) -> SupervisedLoss { backbone.loss(on: batch, with: adapter) }
}

extension Decoder: SequenceModel {}

/// A decoder that stays as it is, with an adapter that learns.
public struct AdaptedDecoder: SequenceModel {
  /// The decoder, whose weights do not learn.
  public let backbone: Decoder
  /// What learns.
  public private(set) var weights: Adapter

  /// - Parameter adapter: of the decoder's shapes.
  public init(_ decoder: Decoder, _ adapter: Adapter) {
    backbone = decoder
    weights = adapter
  }

  public var adapter: Adapter? { weights }

  public mutating func forEachParameter(_ visit: (String, inout Tensor) -> Void) { weights.forEachParameter(visit) }
}
