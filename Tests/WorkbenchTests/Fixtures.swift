import Foundation
import Palimpsest
import Workbench

/// An experiment's settings as a script would declare them.
struct Trial: Parts, Hashable {
  var length = 16
  var lengths = [1, 2]
  var label = "plain"
  var seed: UInt64 = 1
  var memory = Spec("overwrite", ["tokens": .int(128)])
  var gate = Spec("replied")
  var policy = Spec("recorded")
  var prompts: String?
}

/// A folder that goes away with the test.
final class Scratch: Sendable {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "palimpsest-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func file(_ name: String, _ text: String) throws -> String {
    let file = url.appending(path: name)
    try Data(text.utf8).write(to: file)
    return file.path
  }
}

/// What an error says; nil where nothing was thrown.
func complaint(_ body: () throws -> some Any) -> String? {
  do {
    _ = try body()
    return nil
  } catch {
    return "\(error)"
  }
}

func points(_ yaml: String = "", _ overrides: String...) throws -> [Point<Trial>] {
  try Sweep(
    of: Trial(), file: YAML.settings(in: yaml, named: "test"), overrides: overrides.map { try Override($0) }
  ).points.map { try Point($0, defaults: Trial()) }
}
