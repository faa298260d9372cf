import Basics
import Palimpsest

extension Reader {
  /// SHA-256 of each prompt that is asked, by name, with the same words in the slots every time: a prompt
  /// that changed between two versions shows in it. Nothing is asked of the policy.
  func promptHashes() -> [String: String] {
    let chunk = Chunk(index: 0, content: .text("chunk"), range: 0..<5)
    let hashes = prompts.map { template in
      let prompt = template.filled(problem: "question", memory: .nothing, section: chunk)
      return (template.name, SHA256.hash(prompt.text))
    }
    // Two memories of a stacked one may each have a prompt of this name.
    return Dictionary(hashes, uniquingKeysWith: { SHA256.hash($0 + $1) })
  }
}
