import Foundation
import Palimpsest
import Support
import TensorLogs
import Tensors
import Testing

@Suite struct `A hostile tensor log` {
  @Test func `that is no HDF5 file is an error`() throws {
    let scratch = try Scratch()
    let url = scratch.file("tensors.h5")
    for bytes in [
      Data(), Data("hello".utf8), Data([0x89] + Array("HDF\r\n\u{1a}\n".utf8)), Data(repeating: 0, count: 5000),
    ] {
      try bytes.write(to: url)
      #expect(throws: TensorLogError.self) { try HDF5File(url) }
      #expect(throws: TensorLogError.self) { try HDF5Log(url) }
      #expect(try Data(contentsOf: url) == bytes)
    }
    #expect(throws: TensorLogError.self) { try HDF5File(scratch.file("none.h5")) }
  }

  @Test func `with bytes changed throws or reads, and never traps`() async throws {
    let scratch = try Scratch()
    let log = try HDF5Log(scratch.file("tensors.h5"))
    for index in 0..<40 {
      try await log.record(makeStep(index, captures: ["s": Tensor([Float(index), 2])]), of: makeQuestion())
    }
    try await log.close()
    let bytes = try Data(contentsOf: log.url)
    let url = scratch.file("changed.h5")
    var random = SeededGenerator(seed: 1, purpose: "hostile")
    for _ in 0..<(ProcessInfo.processInfo.environment["PALIMPSEST_LONG"] == nil ? 150 : 5000) {
      var changed = bytes
      if Bool.random(using: &random) { changed = changed.prefix(.random(in: 0...changed.count, using: &random)) }
      for _ in 0..<Int.random(in: 1...8, using: &random) where !changed.isEmpty {
        changed[Int.random(in: 0..<changed.count, using: &random)] = .random(in: 0...255, using: &random)
      }
      try changed.write(to: url)
      do {
        let file = try HDF5File(url, limits: .init(bytes: 1 << 24))
        _ = try file.steps(of: "q")
        for path in try file.paths(of: "q") { _ = try file.tensor(at: path) }
      } catch is TensorLogError {}
    }
  }
}
