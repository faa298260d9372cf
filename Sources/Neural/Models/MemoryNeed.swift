import Checkpoints
import Tensors
import Transformers

/// The memory that a model needs, computed from its files' headers alone.
public struct MemoryNeed: Sendable, Hashable {
  /// Bytes of weights that are copied or quantised into memory.
  public var weights: Int
  /// Bytes of weights that stay in their files and are read where they lie: the system keeps them in
  /// memory as long as there is room, and reads them anew where there is none.
  public var mapped: Int
  /// Bytes of one pass over a piece of a prompt.
  public var pass: Int
  /// Bytes of a position of a sequence that is read or written.
  public var position: Int

  /// - Parameters:
  ///   - piece: positions of a prompt that are read in one pass.
  ///   - cache: how the rows of positions are kept.
  public init(
    of configuration: DecoderConfiguration, in checkpoint: Checkpoint, storage: WeightStorage, piece: Int = 512,
    cache: RowFormat = .float32
  ) {
    let matrices = configuration.matrixCount
    let vectors = configuration.parameterCount - matrices
    (weights, mapped) =
      switch storage {
      case .trainable: (4 * configuration.parameterCount, 0)
      case .stored: (4 * vectors + checkpoint.copiedBytes, checkpoint.bytes)
      // A byte each, a scale for a group; rows are filled up to whole groups, by at most one.
      case .int8(let group): (4 * vectors + matrices + matrices / group * 4 + configuration.rowCount * group / 2, 0)
      }
    let (q, k) = (configuration.heads * configuration.headWidth, configuration.keyHeads * configuration.headWidth)
    // At the widest place of a layer: the stream, its norm, queries, keys and values twice, the gated unit.
    pass =
      4 * piece * (4 * configuration.width + 3 * q + 4 * k + 3 * configuration.innerWidth) + 4
      * configuration.vocabulary
    position = configuration.bytesPerPosition(cache)
  }

  /// Bytes with a number of positions of prompts and replies.
  public func total(positions: Int) -> Int { weights + pass + position * positions }

  /// - Throws: `LocalError.noRoom` where not even one piece of a prompt could be read.
  func check(_ model: String, _ available: Int?) throws {
    let needed = total(positions: 512)
    guard let available, needed > available else { return }
    throw LocalError.noRoom(model: model, what: "its weights and one pass", needed: needed, available: available)
  }
}

extension DecoderConfiguration {
  /// Numbers in matrices, the embedding included.
  fileprivate var matrixCount: Int {
    vocabulary * width * tables + layers * shapes.reduce(0) { $0 + $1.rows * $1.columns }
  }

  /// Rows of all matrices.
  fileprivate var rowCount: Int { vocabulary * tables + layers * shapes.reduce(0) { $0 + $1.rows } }

  /// As long as the vocabulary.
  private var tables: Int { isTied ? 1 : 2 }
  private var shapes: [(rows: Int, columns: Int)] { Adapter.Matrix.allCases.map(shape(of:)) }
}

extension Checkpoint {
  /// Bytes that matrices take in memory which cannot be multiplied where they lie.
  fileprivate var copiedBytes: Int {
    tensors.values.reduce(0) { $0 + ($1.shape.count == 2 ? $1.copiedBytes : 0) }
  }
}
