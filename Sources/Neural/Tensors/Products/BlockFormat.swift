import CKernels

/// Layouts that store weights in blocks with a scale each, named as in GGUF files.
///
/// A block of the first five has 32 weights, one of the others 256 in sub-blocks of 32 (Q4_K, Q5_K) or 16 (Q6_K)
/// with scales of their own. d and m are scales in half precision, q the weight's bits:
///
///     Q4_0, Q5_0   d·(q - 8), d·(q - 16)         Q8_0   d·q, q a signed byte
///     Q4_1, Q5_1   d·q + m                       Q6_K   d·s·(q - 32), s a signed byte
///     Q4_K, Q5_K   d·s·q - m·t, s and t of 6 bits
///
/// Every product above is exact in single precision, so a weight is rounded once at most, and all implementations
/// agree to the last bit.
///
/// Source: the structures in ggml-common.h of llama.cpp.
public enum BlockFormat: String, Sendable, Hashable, CaseIterable {
  case q40 = "Q4_0"
  case q41 = "Q4_1"
  case q50 = "Q5_0"
  case q51 = "Q5_1"
  case q80 = "Q8_0"
  case q4k = "Q4_K"
  case q5k = "Q5_K"
  case q6k = "Q6_K"

  /// Weights of a block.
  public var length: Int { pk_block_length(kind) }

  /// Bytes of a block.
  public var bytes: Int { pk_block_bytes(kind) }

  /// Whether products read the blocks in place. Weights in other layouts are converted when they are loaded.
  public var isMultiplied: Bool { [.q40, .q41, .q80, .q4k].contains(self) }

  /// The weights of whole blocks as 32-bit floats.
  ///
  /// - Parameters:
  ///   - blocks: at any address.
  ///   - floats: room for `count` of them.
  /// - Precondition: `count` is a multiple of `length`, and `blocks` has `count / length * bytes` bytes.
  public func unpack(_ blocks: UnsafeRawPointer, to floats: UnsafeMutablePointer<Float>, count: Int) {
    precondition(count.isMultiple(of: length), "\(count) weights are no whole blocks of \(length)")
    pk_unpack_blocks(kind, blocks, floats, count)
  }

  var kind: pk_kind {
    switch self {
    case .q40: PK_Q4_0
    case .q41: PK_Q4_1
    case .q50: PK_Q5_0
    case .q51: PK_Q5_1
    case .q80: PK_Q8_0
    case .q4k: PK_Q4_K
    case .q5k: PK_Q5_K
    case .q6k: PK_Q6_K
    }
  }
}
