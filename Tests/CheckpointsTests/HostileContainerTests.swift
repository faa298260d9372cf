import Checkpoints
import Foundation
import Testing

/// The containers of weights that are read, each with its corpus of broken files.
enum Container: String, CaseIterable {
  case safetensors, gguf

  var hostile: [HostileFile] { self == .gguf ? HostileFile.ggufs : HostileFile.all }
  /// What errors call bytes that are opened without a file.
  var name: String { self == .gguf ? "test.gguf" : "test" }

  func open(_ bytes: [UInt8]) throws {
    if self == .gguf { _ = try openedGGUF(bytes) } else { _ = try opened(bytes) }
  }
}

@Suite struct `A hostile file of weights` {
  @Test(arguments: Container.allCases.flatMap { container in container.hostile.map { (container, $0) } })
  func `is refused by the rule it breaks`(_ container: Container, _ hostile: HostileFile) throws {
    let error = #expect(throws: CheckpointError.self) { try container.open(hostile.bytes) }
    guard case .broken(let rule, let file, let tensor, _, _)? = error else {
      Issue.record("\(hostile.name): \(String(describing: error))")
      return
    }
    #expect(rule == hostile.rule)
    #expect(file == container.name)
    if let expected = hostile.tensor { #expect(tensor == expected) }
  }

  @Test(arguments: Container.allCases) func `has at least sixty kinds, each with its own name`(_ container: Container) {
    #expect(container.hostile.count >= 60)
    #expect(Set(container.hostile.map(\.name)).count == container.hostile.count)
  }

  @Test(arguments: Container.allCases) func `is refused as a file on disk too`(_ container: Container) throws {
    let scratch = try Scratch()
    for hostile in container.hostile {
      let path = try scratch.write(hostile.bytes, "hostile.\(container.rawValue)")
      #expect(throws: CheckpointError.self, "\(hostile.name)") { try Checkpoint(path) }
    }
  }
}
