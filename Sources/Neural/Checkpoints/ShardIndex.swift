import Foundation
import JSON

/// `model.safetensors.index.json`: which tensor stands in which file of a sharded checkpoint.
///
/// The index decides: a tensor that it does not name is not part of the checkpoint, even if a shard holds
/// it.
struct ShardIndex {
  let file: String
  let weightMap: [String: String]

  /// Names that one index may list; the largest published model has 91,000.
  static let mostTensors = 200_000
  static let mostShards = 4_096

  init(_ file: String) throws {
    self.file = file
    let held = try HeldBytes(mapping: file)
    guard held.count <= Safetensors.longestHeader else {
      throw CheckpointError.broken(
        .headerLimit, file: file, tensor: nil, expected: "at most \(Safetensors.longestHeader) bytes",
        found: "\(held.count)")
    }
    weightMap = try held.withBytes { try Self.weightMap(JSONReader($0, file: file)) }
  }

  private static func weightMap(_ reader: JSONReader) throws -> [String: String] {
    var reader = reader
    var site = Site(file: reader.file)
    var map: [String: String]?
    do {
      try reader.members { reader, key in
        guard reader.text(key) == "weight_map" else { return try reader.skip() }
        map = try weightMap(&reader, &site)
      }
      try reader.end()
    } catch let fault as JSONFault {
      throw CheckpointError(fault, tensor: site.tensor)
    }
    guard let map, !map.isEmpty else {
      throw site.fault(.weightMap, expected: "a weight_map with tensors", found: "none")
    }
    return map
  }

  private static func weightMap(_ reader: inout JSONReader, _ site: inout Site) throws -> [String: String] {
    guard reader.kind == .table else {
      throw site.fault(.weightMap, expected: "an object as weight_map", found: "something else")
    }
    var map: [String: String] = [:]
    // The names of some hundred files occur thousands of times; each is stored once.
    var shards = Set<String>()
    try reader.members(limit: mostTensors) { reader, key in
      let name = reader.text(key)
      site.tensor = name
      guard reader.kind == .string else {
        throw site.fault(.weightMap, expected: "a file name", found: "something else")
      }
      let shard = reader.text(try reader.string())
      try check(shard, site)
      let kept = shards.insert(shard).memberAfterInsert
      guard map.updateValue(kept, forKey: name) == nil else { throw site.twice(name) }
      guard shards.count <= mostShards else {
        throw site.fault(.countLimit, expected: "at most \(mostShards) shards", found: "more")
      }
      site.tensor = nil
    }
    return map
  }

  /// A shard stands beside its index. Other paths would let a downloaded folder read the rest of the disk.
  private static func check(_ shard: String, _ site: Site) throws {
    let isPlain =
      shard.hasSuffix(".safetensors") && !shard.hasPrefix(".") && shard.utf8.count <= 255
      && !shard.contains { "/\\\0".contains($0) }
    guard isPlain else {
      throw site.fault(.shardName, expected: "a plain name that ends in .safetensors", found: shown(shard))
    }
  }

  func open() throws -> (tensors: [String: StoredTensor], metadata: [String: String]) {
    let folder = URL(filePath: file).deletingLastPathComponent()
    var opened: [String: Safetensors] = [:]
    var metadata: [String: String] = [:]
    for shard in Set(weightMap.values).sorted() {
      let place = folder.appending(path: shard).path
      guard FileManager.default.fileExists(atPath: place) else {
        throw CheckpointError.broken(
          .shardPresent, file: file, tensor: nil, expected: "\(shown(shard)) beside the index", found: "no such file")
      }
      let shardFile = try Safetensors(place)
      metadata.merge(shardFile.metadata) { first, _ in first }
      opened[shard] = shardFile
    }
    var tensors: [String: StoredTensor] = [:]
    tensors.reserveCapacity(weightMap.count)
    for (name, shard) in weightMap {
      guard let tensor = opened[shard]?.tensors[name] else {
        throw CheckpointError.broken(
          .shardTensor, file: file, tensor: name, expected: "it in \(shown(shard))", found: "no such tensor there")
      }
      tensors[name] = tensor
    }
    return (tensors, metadata)
  }
}
