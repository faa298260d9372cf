import Checkpoints
import Foundation
import Tensors
import Testing

@Suite struct `A sharded checkpoint` {
  let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    try Checkpoint.write(
      ["a": Tensor([1]), "extra": Tensor([9])], metadata: ["format": "pt"], to: scratch.path("1.safetensors"))
    try Checkpoint.write(["b": Tensor([2])], to: scratch.path("2.safetensors"))
  }

  private func open(_ index: String) throws -> Checkpoint {
    try scratch.write(index, "model.safetensors.index.json")
    return try Checkpoint(scratch.folder.path)
  }

  @Test func `is one table of names`() throws {
    let checkpoint = try open(
      #"{"metadata":{"total_size":8,"x":[null,true]},"weight_map":{"a":"1.safetensors","b":"2.safetensors"}}"#)
    #expect(Set(checkpoint.tensors.keys) == ["a", "b"])
    #expect(try checkpoint.tensor("b").scalars == [2])
    #expect(checkpoint.metadata == ["format": "pt"])
    #expect(checkpoint.bytes == 8)
  }

  @Test(
    arguments: [
      (#"{"weight_map":{"a":"1.safetensors","c":"3.safetensors"}}"#, Rule.shardPresent, nil),
      (#"{"weight_map":{"a":"2.safetensors"}}"#, .shardTensor, "a"),
      (#"{"weight_map":{"a":"../1.safetensors"}}"#, .shardName, "a"),
      (#"{"weight_map":{"a":"/etc/1.safetensors"}}"#, .shardName, "a"),
      (#"{"weight_map":{"a":"x/1.safetensors"}}"#, .shardName, "a"),
      (#"{"weight_map":{"a":"x\\1.safetensors"}}"#, .shardName, "a"),
      (#"{"weight_map":{"a":".safetensors"}}"#, .shardName, "a"),
      (#"{"weight_map":{"a":"1.safetensors\u0000"}}"#, .shardName, "a"),
      (#"{"weight_map":{"a":"pytorch_model.bin"}}"#, .shardName, "a"),
      (#"{"weight_map":{"a":""}}"#, .shardName, "a"),
      (#"{"weight_map":{"a":1}}"#, .weightMap, "a"),
      (#"{"weight_map":[]}"#, .weightMap, nil),
      (#"{"weight_map":{}}"#, .weightMap, nil),
      (#"{"metadata":{}}"#, .weightMap, nil),
      (#"{"weight_map":{"a":"1.safetensors","a":"2.safetensors"}}"#, .uniqueKeys, nil),
      (#"{"metadata":{"a":1,"a":2},"weight_map":{"a":"1.safetensors"}}"#, .uniqueKeys, nil),
      (#"{"metadata":\#(String(repeating: "[", count: 100_000))"#, .depth, nil),
      ("", .json, nil), ("[]", .json, nil), ("{}x", .json, nil),
    ] as [(String, Rule, String?)])
  func `is refused by the rule its index breaks`(_ index: String, _ rule: Rule, _ tensor: String?) throws {
    let error = #expect(throws: CheckpointError.self) { try open(index) }
    guard case .broken(let broken, _, let named, _, _)? = error else { throw try #require(error) }
    #expect(broken == rule)
    if let tensor { #expect(named == tensor) }
  }

  @Test func `is refused with the file's own rule where a shard is damaged`() throws {
    try scratch.write(file("{}", zeros(3)), "2.safetensors")
    let error = #expect(throws: CheckpointError.self) {
      try open(#"{"weight_map":{"a":"1.safetensors","b":"2.safetensors"}}"#)
    }
    guard case .broken(.bufferEnd, let file, _, _, _)? = error else { throw try #require(error) }
    #expect(file.hasSuffix("2.safetensors"))
  }
}
