/// Rules that a checkpoint's files must satisfy before a weight is read from them.
///
/// Sources: the format descriptions of safetensors and of GGUF. The bounds on counts and depth are ours; they keep the
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

  // The header of a GGUF file.
  case magic = "a GGUF file starts with the letters GGUF"
  case version = "the version of GGUF is 2 or 3"
  case countExtent = "as many entries as the file states fit in it"
  case headerCut = "a value lies within the file"
  case keyLength = "a key has 1 to 65,535 bytes"
  case valueType = "the type of a value is one of the format's"
  case boolean = "a boolean is 0 or 1"
  case alignment = "the alignment is a power of two, 8 or more"
  case valueKind = "a key has a value of the kind that its meaning needs"
  case tensorName = "a tensor's name has 1 to 64 bytes"
  case axes = "a tensor has 1 to 4 axes, none of them empty"
  case blocks = "a row is a whole number of blocks"
  case offsetAlignment = "a tensor begins at a multiple of the alignment"
  case split = "a model is in one file"

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
    case .readableType: "convert the tensor to a type that is read here"
    case .magic: "name a GGUF file; weights in other formats have to be converted first"
    case .version: "convert the model again with a current converter"
    case .split: "join the parts with llama-gguf-split --merge"
    case .valueKind: "convert the model again with a current converter"
    case .finite: "take an earlier checkpoint; what it computes would be NaN too"
    case .shardPresent: "copy the missing file into the folder"
    case .shardTensor, .weightMap: "the index belongs to other shards; copy all files of the checkpoint again"
    case .shardName: "put the shards beside the index and name them without a folder"
    case .countLimit, .rankLimit, .depth, .headerLimit: "no published checkpoint comes near; do not trust the file"
    default: "the file is cut off or damaged; copy it again"
    }
  }
}
