import Tensors

/// Attention keys and values of positions of a text, in one layer of one model, before rotation.
public struct Rows: Sendable, Codable, Hashable {
  /// [keyHeads, count, headWidth], before they are rotated to their positions.
  public var keys: Tensor
  /// [keyHeads, count, headWidth].
  public var values: Tensor
  /// The layer whose attention made them; nil for rows that no layer made, such as learned ones.
  public var layer: Int?
  /// The position of each row in its text; nil where it has none.
  public var positions: [Int]?
  /// The version of the weights that made them (`Backbone.version`); nil where no weights did.
  ///
  /// A model refuses rows of other weights: their numbers have no meaning for it.
  public var version: String?

  public init(
    keys: Tensor, values: Tensor, layer: Int? = nil, positions: [Int]? = nil, version: String? = nil
  ) {
    self.keys = keys
    self.values = values
    self.layer = layer
    self.positions = positions
    self.version = version
  }

  /// How many positions there are.
  public var count: Int { keys.shape.count == 3 ? keys.shape[1] : 0 }

  /// Bytes they take in memory.
  public var bytes: Int {
    keys.bytes + values.bytes + (positions?.count ?? 0) * MemoryLayout<Int>.stride + (version?.utf8.count ?? 0)
  }
}

/// What a layer asks a row source: the queries of one span of positions.
public struct RowQuery: Sendable {
  /// [heads, count, headWidth], before rotation.
  public var queries: Tensor
  public var layer: Int
  /// The positions of the queries in their sequence.
  public var positions: Range<Int>
  /// The version of the weights that ask.
  public var version: String

  public init(queries: Tensor, layer: Int, positions: Range<Int>, version: String) {
    self.queries = queries
    self.layer = layer
    self.positions = positions
    self.version = version
  }
}

/// Attention rows that are chosen per span of queries: from memory, from disk, or from a compressed bank.
///
/// A forward pass stops before the attention of each layer that the source names, asks once per span, and goes on
/// with the rows. Every query of a span attends to the rows of its span and to its own sequence, under one softmax.
/// No thread waits meanwhile, and other replies of the same model are written on.
///
/// - Throws: what `rows(for:)` throws ends the call that asked, and no other.
public protocol RowSource: Sendable {
  /// The layers that ask.
  var layers: Set<Int> { get }

  /// Cuts the positions of a pass into spans with rows of their own; by default one span is the whole pass.
  ///
  /// A prompt is read in several passes and a reply in passes of one position, so a source that chooses per chunk of
  /// queries (MemLong, arXiv:2408.16967) cuts at multiples of its chunk: `positions.cut(every: 256)`.
  ///
  /// - Parameter positions: those of the pass in its sequence.
  /// - Returns: spans that follow each other and together are `positions`.
  func spans(of positions: Range<Int>) -> [Range<Int>]

  /// The rows for one span of queries; nil for none.
  ///
  /// Asked for all spans of a layer at the same time, so it must not depend on the order of the calls.
  func rows(for query: RowQuery) async throws -> Rows?
}

extension RowSource {
  public func spans(of positions: Range<Int>) -> [Range<Int>] { [positions] }
}

extension Range<Int> {
  /// The range cut at every multiple of a number; the first and the last part may be shorter.
  ///
  /// - Precondition: the number is positive.
  public func cut(every count: Int) -> [Range<Int>] {
    precondition(count > 0, "a range cut every \(count) positions")
    var parts: [Range<Int>] = []
    var start = lowerBound
    while start < upperBound {
      let end = Swift.min(upperBound, (Swift.max(start, 0) / count + 1) * count)
      parts.append(start..<end)
      start = end
    }
    return parts
  }
}

/// Why recalled rows cannot enter a model.
public enum RowError: Refusal, Equatable {
  /// Other weights made them.
  case foreignVersion(layer: Int, found: String, expected: String)
  /// Another layer made them.
  case foreignLayer(asked: Int, found: Int)
  /// They do not have the shape of the layer's keys and values.
  case shape(layer: Int, keys: [Int], values: [Int], expected: String)
  /// Their positions are not one per row, or are missing where rows keep their own.
  case positions(layer: Int, rows: Int, found: Int?)
  /// The spans of a pass do not follow each other or are not the whole pass.
  case spans([Range<Int>], of: Range<Int>)
  /// The model has no such layer.
  case layer(Int, layers: Int)

  public var attempts: Int { 0 }
  /// Every other question would be refused too.
  public var stopsRun: Bool { true }
  public var exitClass: ExitClass { .usage }

  public var description: String {
    switch self {
    case .foreignVersion(let layer, let found, let expected):
      "the rows recalled for layer \(layer) were made by weights of version \(found), and these weights are \(expected); "
        + "read the text again with this model, or load the model and adapter that made the rows"
    case .foreignLayer(let asked, let found):
      "layer \(asked) was given rows of layer \(found); the row source must answer with rows of the layer that asks"
    case .shape(let layer, let keys, let values, let expected):
      "the rows recalled for layer \(layer) have keys of shape \(keys) and values of shape \(values), where \(expected) "
        + "is needed; take them from taps of this model, unrotated"
    case .positions(let layer, let rows, let found):
      "the \(rows) rows recalled for layer \(layer) have \(found.map { "\($0)" } ?? "no") positions; give each row its "
        + "position, or set policy.rowPosition to zero or before"
    case .spans(let spans, let whole):
      "a row source cut positions \(whole) into spans \(spans); spans follow each other and together are all positions"
    case .layer(let layer, let layers):
      "a row source names layer \(layer), and the model has \(layers), counted from 0; correct the source's layers"
    }
  }
}
