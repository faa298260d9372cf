import Foundation
import Palimpsest
import Settings
import Support

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

extension Scratch {
  /// Writes a file, and gives its path.
  func file(_ name: String, _ text: String) throws -> String {
    try Data(text.utf8).write(to: file(name))
    return file(name).path
  }
}

func points(_ yaml: String = "", _ overrides: String...) throws -> [Point<Trial>] {
  try Sweep(
    of: Trial(), file: YAML.settings(in: yaml, named: "test"), overrides: overrides.map { try Override($0) }
  ).points.map { try Point($0.settings, ablation: $0.ablation, defaults: Trial()) }
}
