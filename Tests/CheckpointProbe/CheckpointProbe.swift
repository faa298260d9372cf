import Basics
import Checkpoints
import Foundation
import Tensors

/// Opens a checkpoint in a process of its own and says what came of it and what it cost: what a test
/// cannot ask of the process it shares with others.
///
///     CheckpointProbe PATH [quantise]
///
/// With `quantise` bytes are made of all matrices, and kept. It prints the name of the broken rule, or `ok` and the number of tensors; then the peak of its memory in
/// bytes.
@main struct CheckpointProbe {
  static func main() throws {
    let path = CommandLine.arguments.dropFirst().first ?? ""
    var matrices: [StoredMatrix] = []
    defer { withExtendedLifetime(matrices) {} }
    do {
      let checkpoint = try Checkpoint(path)
      if CommandLine.arguments.dropFirst(2).first == "quantise" {
        for tensor in checkpoint.tensors.values {
          matrices.append(try tensor.matrix().quantised())
          tensor.leave()
        }
      }
      print("ok \(checkpoint.tensors.count)")
    } catch CheckpointError.broken(let rule, _, _, _, _) {
      print(rule.rawValue)
    } catch {
      print(error)
    }
    // Since this program began; `getrusage` would count what the parent had before it.
    print(Machine.peakMemory ?? -1)
  }
}
