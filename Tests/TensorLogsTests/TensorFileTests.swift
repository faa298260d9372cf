import CHDF5
import Foundation
import Support
import TensorLogs
import Tensors
import Testing

@Suite struct `A file of named arrays` {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  /// What HDF5 itself finds under a name: sizes, and numbers as 64-bit floats.
  private func found(_ name: String, in url: URL) -> (sizes: [Int], values: [Double]) {
    let file = H5Fopen(url.path, palimpsest_h5f_acc_rdonly(), 0)
    let dataset = H5Dopen2(file, name, 0)
    let space = H5Dget_space(dataset)
    defer {
      H5Sclose(space)
      H5Dclose(dataset)
      H5Fclose(file)
    }
    var sizes = [hsize_t](repeating: 0, count: Int(max(0, H5Sget_simple_extent_ndims(space))))
    H5Sget_simple_extent_dims(space, &sizes, nil)
    var values = [Double](repeating: .nan, count: Int(sizes.reduce(1, *)))
    H5Dread(dataset, palimpsest_h5t_double(), 0, 0, 0, &values)
    return (sizes.map { Int($0) }, values)
  }

  @Test func `is read back by the library as it was put in`() throws {
    var file = TensorFile()
    file["tokens"] = .integers([3, 1, 1 << 40])
    file["layer.0/keys"] = .floats(Tensor((0..<24).map(Float.init), shape: [2, 3, 4]))
    file["layer.0/values"] = .floats(Tensor([0.5], shape: []))
    file["none"] = .integers([])
    file["pieces"] = .text("é漢")
    let url = scratch.file("inside.h5")
    try file.write(to: url)
    #expect(found("tokens", in: url) == ([3], [3, 1, Double(1 << 40)]))
    #expect(found("layer.0/keys", in: url) == ([2, 3, 4], (0..<24).map(Double.init)))
    #expect(found("layer.0/values", in: url) == ([], [0.5]))
    #expect(found("none", in: url).sizes == [0])
    #expect(try Data(contentsOf: url).firstRange(of: Data("é漢".utf8)) != nil)
  }

  @Test func `replaces an older one whole, or leaves it`() throws {
    let url = scratch.file("inside.h5")
    var file = TensorFile()
    file["a"] = .integers([1])
    try file.write(to: url)
    file["a"] = .integers([2, 3])
    try file.write(to: url)
    #expect(found("a", in: url).values == [2, 3])
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.path) == ["inside.h5"])
    #expect(throws: TensorLogError.self) { try file.write(to: scratch.file("nowhere/inside.h5")) }
    // A name cannot be an array and a group.
    file["a/b"] = .integers([4])
    #expect(throws: TensorLogError.self) { try file.write(to: url) }
    #expect(found("a", in: url).values == [2, 3])
  }
}
