import Checkpoints
import Foundation
import Tensors
import Testing

@Suite struct `A checkpoint that was written` {
  let tensors = [
    "layers.0.weight": Tensor((0..<12).map { Float($0) / 3 }, shape: [3, 4]), "norm": Tensor([1, -.infinity, .pi]),
    "scalar": Tensor([7], shape: []), "empty": Tensor([], shape: [0, 4]), "näme \"\\\n": Tensor([2]),
  ]
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  @Test func `is read as it was`() throws {
    let path = scratch.path("model.safetensors")
    try Checkpoint.write(tensors, metadata: ["step": "12", "note": "a \"b\"\u{1}"], to: path)
    let read = try Checkpoint(path)
    #expect(read.metadata == ["step": "12", "note": "a \"b\"\u{1}"])
    #expect(Set(read.tensors.keys) == Set(tensors.keys))
    for (name, tensor) in tensors { #expect(try read.tensor(name, shape: tensor.shape) == tensor) }
    #expect(try Checkpoint(scratch.folder.path).tensors.count == tensors.count)
  }

  @Test func `is the same bytes for the same tensors`() throws {
    let paths = ["a", "b"].map { scratch.path($0) }
    for path in paths { try Checkpoint.write(tensors, metadata: ["x": "1", "y": "2"], to: path) }
    #expect(try Data(contentsOf: URL(filePath: paths[0])) == Data(contentsOf: URL(filePath: paths[1])))
  }

  @Test func `in BF16 is rounded to nearest, ties to even`() throws {
    let path = scratch.path("half")
    // A bfloat16 has 8 bits of precision: 257 and 259 lie between 256, 258 and 260.
    try Checkpoint.write(["a": Tensor([1, 257, 259, -257.5, .nan, .infinity])], as: .bfloat16, to: path)
    let read = try Checkpoint(path).tensor("a").scalars
    #expect(Array(read[..<4]) == [1, 256, 260, -258])
    #expect(read[4].isNaN && read[5] == .infinity)
  }

  @Test func `begins its data at a multiple of 64`() throws {
    let path = scratch.path("aligned")
    for length in 0..<70 {
      try Checkpoint.write([String(repeating: "n", count: length): Tensor([1])], to: path)
      let stored = try #require(try Checkpoint(path).tensors.values.first)
      #expect(stored.range.lowerBound % 64 == 0)
      #expect(stored.isAligned)
    }
  }

  @Test func `replaces the old one only when it is whole, and leaves nothing aside`() throws {
    let path = scratch.path("model.safetensors")
    try Checkpoint.write(["a": Tensor([1])], to: path)
    let old = try Checkpoint(path)
    try Checkpoint.write(["a": Tensor([2])], to: path)
    #expect(try old.tensor("a").scalars == [1])
    #expect(try Checkpoint(path).tensor("a").scalars == [2])
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.folder.path) == ["model.safetensors"])
  }

  @Test func `says why it could not be`() throws {
    let path = scratch.path("no/such/folder/model.safetensors")
    #expect(throws: CheckpointError.unwritable(file: path, reason: "its folder does not exist; make it first")) {
      try Checkpoint.write(["a": Tensor([1])], to: path)
    }
  }
}
