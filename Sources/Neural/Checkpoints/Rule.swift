/// Rules that a checkpoint's files must satisfy before a weight is read from them.
///
/// Source: the format description of safetensors. The bounds on counts and depth are ours; they keep the
/// cost of a hostile header below its own size.
public enum Rule: String, Sendable, CaseIterable {
  // The header.
  case lengthField = "the first eight bytes are the header's length"
  case headerLimit = "the header's length is bounded"
  case headerExtent = "the header lies within the file"
  case headerStart = "the header starts with an opening brace"
  case utf8 = "text is UTF-8"
  case json = "text is JSON"
  case depth = "nesting is bounded"
  case uniqueKeys = "a key stands once"
  case countLimit = "the number of entries is bounded"
  case metadata = "metadata maps strings to strings"

  // One tensor.
  case entryKeys = "an entry has dtype, shape and data_offsets, and nothing else"
  case knownType = "the element type is one of the format's"
  case shape = "a shape is a list of whole numbers"
  case rankLimit = "the number of axes is bounded"
  case size = "the size of a shape does not overflow"
  case offsets = "data_offsets are two whole numbers in order"
  case extent = "shape and element type fill the extent"

  // All tensors together.
  case bounds = "an extent lies within the file"
  case overlap = "extents do not overlap"
  case hole = "extents leave no hole"
  case bufferEnd = "the last extent ends with the file"

  // Shards.
  case weightMap = "the index has a weight_map from strings to strings"
  case shardName = "a shard is a file beside its index"
  case shardPresent = "every shard is there"
  case shardTensor = "a shard holds the tensors that the index places in it"

  // Adapters.
  case adapterName = "an adapter's tensor is half of a change of the model"
  case adapterTargets = "an adapter changes the matrices that it says it changes"

  // Reading.
  case present = "the tensor is in the checkpoint"
  case readableType = "the element type is one that can be computed with"
  case expectedShape = "the shape is the one that the model needs"
  case finite = "weights are finite"

  var remedy: String {
    switch self {
    case .present, .expectedShape: "check that configuration and weights belong together"
    case .adapterName: "check that the adapter was made for this model"
    case .adapterTargets: "adapter_config.json belongs to other weights; copy both files of the adapter again"
    case .readableType: "convert the tensor to F32, BF16 or F16"
    case .finite: "take an earlier checkpoint; what it computes would be NaN too"
    case .shardPresent: "copy the missing file into the folder"
    case .shardTensor, .weightMap: "the index belongs to other shards; copy all files of the checkpoint again"
    case .shardName: "put the shards beside the index and name them without a folder"
    case .countLimit, .rankLimit, .depth, .headerLimit: "no published checkpoint comes near; do not trust the file"
    default: "the file is cut off or damaged; copy it again"
    }
  }
}
