import Checkpoints
import Foundation
import Tensors
import Testing

@Suite struct `A stored tensor` {
  private func read(_ type: String, _ shape: String, _ data: [UInt8]) throws -> Tensor {
    let header = #"{"a":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":[0,\#(data.count)]}}"#
    return try #require(try opened(file(header, data)).tensors["a"]).tensor()
  }

  @Test func `of F32 is read bit for bit, wherever it begins`() throws {
    let values: [Float] = [0, -0.0, 1.5, .pi, .infinity, .leastNonzeroMagnitude]
    let header =
      #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"F32","shape":[2,3],"data_offsets":[1,25]}}"#
    let tensor = try #require(try opened(file(header, [7] + littleEndian(values))).tensors["b"])
    #expect(try tensor.tensor().scalars.map(\.bitPattern) == values.map(\.bitPattern))
    #expect(try tensor.tensor().shape == [2, 3])
  }

  @Test func `of BF16 is the upper half of a float`() throws {
    // 0x3fc0 = 1.5, 0xc2f7 = -123.5, 0x0001 the smallest, 0xff80 = -infinity
    let read = try read("BF16", "[4]", littleEndian([0x3fc0, 0xc2f7, 0x0001, 0xff80] as [UInt16]))
    #expect(read.scalars == [1.5, -123.5, Float(bitPattern: 0x0001_0000), -.infinity])
  }

  /// All 65,536, against Swift's own half precision.
  @Test func `of F16 is widened exactly`() throws {
    let all = (0...UInt16.max).map { $0 }
    let read = try read("F16", "[65536]", littleEndian(all))
    for (bits, value) in zip(all, read.scalars) {
      let expected = Float(Float16(bitPattern: bits))
      #expect(value.bitPattern == expected.bitPattern || value.isNaN && expected.isNaN, "\(bits)")
    }
  }

  @Test func `without axes is one number, with a zero it is none`() throws {
    #expect(try read("F32", "[]", littleEndian([2] as [Float])).scalars == [2])
    #expect(try read("F32", "[0,5]", []).shape == [0, 5])
  }

  @Test(arguments: StoredType.allCases.filter { !$0.isReadable })
  func `of a type that cannot be computed with is refused when it is read, not before`(_ type: StoredType) throws {
    let bytes = type.bits * 8 / 8
    let header = #"{"a":{"dtype":"\#(type.rawValue)","shape":[8],"data_offsets":[0,\#(bytes)]}}"#
    let tensor = try #require(try opened(file(header, zeros(bytes))).tensors["a"])
    #expect(
      throws: CheckpointError.broken(
        .readableType, file: "test", tensor: "a", expected: "F32, BF16 or F16", found: type.rawValue)
    ) { try tensor.tensor() }
  }

  @Test(arguments: [("F32", 4, 4), ("BF16", 2, 4), ("F16", 2, 4)])
  func `is searched for NaN on request`(_ type: String, _ width: Int, _ count: Int) throws {
    let nan: [String: [UInt8]] = ["F32": [0, 0, 0xc0, 0x7f], "BF16": [0xc0, 0x7f], "F16": [0, 0x7e]]
    let header = #"{"a":{"dtype":"\#(type)","shape":[\#(count)],"data_offsets":[0,\#(width * count)]}}"#
    var data = zeros(width * count)
    try #require(try opened(file(header, data)).tensors["a"]).checkFinite()
    data.replaceSubrange((2 * width)..<(3 * width), with: try #require(nan[type]))
    #expect(
      throws: CheckpointError.broken(
        .finite, file: "test", tensor: "a", expected: "finite numbers", found: "infinity or NaN at number 2 of 4")
    ) { try #require(try opened(file(header, data)).tensors["a"]).checkFinite() }
  }

  @Test(arguments: ["F32", "BF16", "F16"]) func `is multiplied where it lies`(_ type: String) throws {
    // 1, 2, 3, 4 in each type.
    let data: [String: [UInt8]] = [
      "F32": littleEndian([1, 2, 3, 4] as [Float]), "BF16": littleEndian([0x3f80, 0x4000, 0x4040, 0x4080] as [UInt16]),
      "F16": littleEndian([0x3c00, 0x4000, 0x4200, 0x4400] as [UInt16]),
    ]
    let bytes = try #require(data[type])
    // Behind one byte, so that nothing is aligned.
    let header =
      #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"#
      + #""b":{"dtype":"\#(type)","shape":[2,2],"data_offsets":[1,\#(1 + bytes.count)]}}"#
    let matrix = try #require(try opened(file(header, [7] + bytes)).tensors["b"]).matrix()
    #expect(Tensor([1, 10], shape: [1, 2]).product(transposed: matrix).scalars == [21, 43])
    #expect(matrix.format == (type == "BF16" ? .bfloat16 : .float32))
  }

  @Test func `with other than two axes is no matrix`() throws {
    let header = #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#
    let tensor = try #require(try opened(file(header, zeros(16))).tensors["a"])
    let error = #expect(throws: CheckpointError.self) { try tensor.matrix() }
    guard case .broken(.expectedShape, _, "a", _, "[4]")? = error else { throw try #require(error) }
  }

  @Test func `stays readable when its checkpoint is gone`() throws {
    let scratch = try Scratch()
    let path = scratch.path("a.safetensors")
    try Checkpoint.write(["a": Tensor([1, 2, 3])], to: path)
    var checkpoint: Checkpoint? = try Checkpoint(path)
    let tensor = try #require(checkpoint).stored("a")
    checkpoint = nil
    try FileManager.default.removeItem(atPath: path)
    #expect(try tensor.tensor().scalars == [1, 2, 3])
  }
}

@Suite struct `A checkpoint that lacks something` {
  let scratch: Scratch
  let path: String

  init() throws {
    scratch = try Scratch()
    path = scratch.path("model.safetensors")
    try Checkpoint.write(["a": Tensor(zeros: [2, 3])], to: path)
  }

  @Test func `names the tensor that is missing`() throws {
    let checkpoint = try Checkpoint(path)
    #expect(
      throws: CheckpointError.broken(
        .present, file: path, tensor: "b", expected: "such a tensor", found: "1 others")
    ) { try checkpoint.tensor("b") }
  }

  @Test func `names both shapes`() throws {
    let checkpoint = try Checkpoint(path)
    #expect(
      throws: CheckpointError.broken(
        .expectedShape, file: path, tensor: "a", expected: "[3, 2]", found: "[2, 3]")
    ) { try checkpoint.tensor("a", shape: [3, 2]) }
  }

  @Test(arguments: ["none.safetensors", "folder", "/dev/null", "/dev/zero"])
  func `is unreadable where there is no regular file`(_ name: String) throws {
    try FileManager.default.createDirectory(atPath: scratch.path("folder"), withIntermediateDirectories: true)
    let path = name.hasPrefix("/") ? name : scratch.path(name)
    let error = #expect(throws: CheckpointError.self) { try Checkpoint(path) }
    guard case .unreadable(path, _)? = error else { throw try #require(error) }
  }
}
