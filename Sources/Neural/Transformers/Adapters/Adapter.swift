import Palimpsest
import Tensors

/// A low-rank change of a model: a product of two narrow matrices is added to some of its matrices W.
///
///     y = x·Wᵀ + s·(x·Aᵀ)·Bᵀ          s = alpha / rank, or alpha / √rank where the rank is stabilised
///
/// An adapter is a value that belongs to a passage, so passages of one pass may carry different adapters or
/// none. The decoder does not change; the adapter learns alone:
///
///     var adapter = Adapter(for: decoder.configuration, rank: 8, seed: 1)
///     let model = adapter.tracked()
///     let slopes = gradients(of: decoder.loss(on: [tokens], with: model), for: model.parameters.map(\.tensor))
///     optimizer.step(&adapter, slopes, rate: 1e-4)
///
/// Source: LoRA (arXiv:2106.09685); the stabilised rank, rsLoRA (arXiv:2312.03732).
public struct Adapter: Sendable {
  /// A matrix of a layer, by its published name.
  public enum Matrix: String, Sendable, CaseIterable, Codable {
    case queries = "self_attn.q_proj"
    case keys = "self_attn.k_proj"
    case values = "self_attn.v_proj"
    case output = "self_attn.o_proj"
    case gate = "mlp.gate_proj"
    case up = "mlp.up_proj"
    case down = "mlp.down_proj"
  }

  /// A matrix of a model.
  public struct Place: Sendable, Hashable, Comparable {
    /// From 0.
    public var layer: Int
    /// One of the seven matrices of a layer.
    public var matrix: Matrix

    /// - Parameter layer: from 0.
    public init(layer: Int, matrix: Matrix) {
      self.layer = layer
      self.matrix = matrix
    }

    /// By layer, then in the order in which a layer computes.
    public static func < (a: Place, b: Place) -> Bool {
      let order = Matrix.allCases
      return a.layer != b.layer
        ? a.layer < b.layer : order.firstIndex(of: a.matrix) ?? 0 < order.firstIndex(of: b.matrix) ?? 0
    }
  }

  /// The change of each adapted matrix; the others have none.
  public private(set) var changes: [Place: LowRankChange]
  /// Whether a change is divided by the root of its rank, not by its rank.
  public let isRankStabilised: Bool
  private var identity = Identity()

  /// - Precondition: a change at least.
  public init(_ changes: [Place: LowRankChange], isRankStabilised: Bool = false) {
    precondition(!changes.isEmpty, "an adapter without a change")
    self.changes = changes
    self.isRankStabilised = isRankStabilised
  }

  /// The scale s of a change of this rank and alpha.
  public func scale(of change: LowRankChange) -> Float {
    let rank = Float(change.rank)
    return change.alpha / (isRankStabilised ? rank.squareRoot() : rank)
  }

  /// Whether it is known to be the same: a copy of it, unchanged since. Two that were read apart are not, though
  /// their numbers be equal.
  public func isSame(as other: Adapter) -> Bool { identity === other.identity }

  /// Bytes of its matrices.
  public var bytes: Int { changes.values.reduce(0) { $0 + $1.down.bytes + $1.up.bytes } }

  /// A new identity after every possible change, so that copies are distinguished without comparing numbers.
  private final class Identity: Sendable {}
}

extension Adapter? {
  /// Whether both read with the same weights: then rows of the one are rows of the other.
  func isSame(as other: Adapter?) -> Bool {
    switch (self, other) {
    case (nil, nil): true
    case (let adapter?, let other?): adapter.isSame(as: other)
    default: false
    }
  }
}

extension Adapter: Parameterized {
  /// Names are those of published adapters.
  public mutating func forEachParameter(_ visit: (String, inout Tensor) -> Void) {
    identity = Identity()
    for place in changes.keys.sorted() {
      guard var change = changes.removeValue(forKey: place) else { continue }
      visit("\(place.name).lora_A.weight", &change.down)
      visit("\(place.name).lora_B.weight", &change.up)
      changes[place] = change
    }
  }
}

extension Adapter.Place {
  /// `model.layers.3.self_attn.q_proj`
  public var name: String { "model.layers.\(layer).\(matrix.rawValue)" }
}

/// s·B·A, to be added to one matrix.
public struct LowRankChange: Sendable {
  /// A, [rank, columns].
  public internal(set) var down: Tensor
  /// B, [rows, rank].
  public internal(set) var up: Tensor
  /// The numerator of the scale s.
  public let alpha: Float

  /// Rows of A and columns of B.
  public var rank: Int { down.shape[0] }

  /// - Precondition: the shapes agree in a rank of 1 at least.
  public init(down: Tensor, up: Tensor, alpha: Float) {
    precondition(
      down.shape.count == 2 && up.shape.count == 2 && down.shape[0] == up.shape[1] && down.shape[0] > 0,
      "a change of shapes \(down.shape) and \(up.shape)")
    self.down = down
    self.up = up
    self.alpha = alpha
  }

  /// What is added for rows of x: […, columns] → […, rows].
  func addition(for x: Tensor, scale: Float) -> Tensor {
    // Scaled where it is narrow.
    Self.product(Self.product(x, down) * scale, up)
  }

  /// What does not learn is multiplied like weights that are stored: few rows have the same bits beside others.
  private static func product(_ x: Tensor, _ matrix: Tensor) -> Tensor {
    matrix.isTracked ? x.product(transposed: matrix) : x.product(transposed: StoredMatrix(matrix))
  }
}
