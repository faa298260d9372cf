import Tensors

/// Element types of the safetensors format, by the names it gives them, and the block types of GGUF.
///
/// All types of safetensors are known, so that a file with any of them is accepted; `isReadable` says whether
/// tensors of the type can be read here.
public enum StoredType: String, Sendable, Codable, CaseIterable {
  case bool = "BOOL"
  case float4 = "F4"
  case float6e2m3 = "F6_E2M3"
  case float6e3m2 = "F6_E3M2"
  case uint8 = "U8"
  case int8 = "I8"
  case float8e5m2 = "F8_E5M2"
  case float8e4m3 = "F8_E4M3"
  case scale8 = "F8_E8M0"
  case float8e4m3nuz = "F8_E4M3FNUZ"
  case float8e5m2nuz = "F8_E5M2FNUZ"
  case int16 = "I16"
  case uint16 = "U16"
  case float16 = "F16"
  case bfloat16 = "BF16"
  case int32 = "I32"
  case uint32 = "U32"
  case float32 = "F32"
  case complex64 = "C64"
  case float64 = "F64"
  case int64 = "I64"
  case uint64 = "U64"

  // Blocks of weights with a scale each, in GGUF files alone.
  case q40 = "Q4_0"
  case q41 = "Q4_1"
  case q50 = "Q5_0"
  case q51 = "Q5_1"
  case q80 = "Q8_0"
  case q4k = "Q4_K"
  case q5k = "Q5_K"
  case q6k = "Q6_K"

  /// The types that a safetensors file may have.
  static let ofSafetensors = allCases.filter { $0.blocks == nil }

  /// The block layout, where weights are stored in blocks.
  public var blocks: BlockFormat? { BlockFormat(rawValue: rawValue) }

  /// Elements that are stored together: the weights of a block, else 1.
  public var blockLength: Int { blocks?.length ?? 1 }

  /// Bits that `blockLength` elements take.
  public var bits: Int {
    switch self {
    case .q40, .q41, .q50, .q51, .q80, .q4k, .q5k, .q6k: 8 * (blocks?.bytes ?? 0)
    case .float4: 4
    case .float6e2m3, .float6e3m2: 6
    case .bool, .uint8, .int8, .float8e5m2, .float8e4m3, .scale8, .float8e4m3nuz, .float8e5m2nuz: 8
    case .int16, .uint16, .float16, .bfloat16: 16
    case .int32, .uint32, .float32: 32
    case .complex64, .float64, .int64, .uint64: 64
    }
  }

  /// Whether a tensor of this type can be read as one of 32-bit floats.
  public var isReadable: Bool { [.float32, .float16, .bfloat16].contains(self) || blocks != nil }
}
