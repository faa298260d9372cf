import Foundation
import JSON
import Tensors

extension ModelConfiguration {
  /// Settles what the configuration and the tensors say against each other about the output projection: what is there
  /// is used.
  ///
  /// Where `tie_word_embeddings` is true and `lm_head.weight` is present, the two matrices are compared. If they
  /// differ, the checkpoint has a projection of its own, and `isTied` becomes false.
  ///
  /// - Returns: what was settled, a sentence each; nothing where both agree.
  public mutating func settle(with checkpoint: Checkpoint) throws -> [String] {
    guard isTied, let head = checkpoint.tensors[Self.head], let embedding = checkpoint.tensors[Self.embedding],
      try !head.isEqual(to: embedding)
    else { return [] }
    isTied = false
    return [
      "\(checkpoint.path): config.json says tie_word_embeddings: true, but \(Self.head) is there and differs from "
        + "\(Self.embedding); \(Self.head) is used. If that is what the model was trained with, set "
        + "tie_word_embeddings: false"
    ]
  }

  /// Tensors of the checkpoint that the model does not use, in sentences.
  ///
  /// Two kinds are left out, because nothing is lost with them: a projection equal to the embedding it is tied to, and
  /// rotary frequencies that are those of the configuration, or are part of it.
  ///
  /// - Parameter used: the names that were asked for.
  public func unused(of checkpoint: Checkpoint, besides used: Set<String>) throws -> [String] {
    var warnings: [String] = []
    var groups: [String: Int] = [:]
    for (name, tensor) in checkpoint.tensors where !used.contains(name) {
      if isTied, name == Self.head { continue }
      if case .divided = rotary.scaling, name == "rope_freqs.weight" { continue }
      if name.hasSuffix("rotary_emb.inv_freq"), try hasFrequencies(of: tensor) { continue }
      groups[Self.pattern(of: name), default: 0] += 1
    }
    guard !groups.isEmpty else { return warnings }
    let count = groups.values.reduce(0, +)
    let source = checkpoint.gguf == nil ? "config.json" : "metadata"
    let listed = groups.sorted { $0.key < $1.key }.prefix(8)
      .map { $0.value > 1 ? "\(shown($0.key)) (\($0.value))" : shown($0.key) }
    let rest = groups.count > listed.count ? ", and \(groups.count - listed.count) other kinds" : ""
    warnings.append(
      "\(checkpoint.path): \(count) of \(checkpoint.tensors.count) tensors are not used: "
        + "\(listed.joined(separator: ", "))\(rest). A model of the kind \(family.rawValue) with this \(source) has "
        + "no such weights; if they belong to the model, its results are wrong: check \(source)")
    return warnings
  }

  /// Rounded to bfloat16, a number is off by up to 0.4 %.
  private func hasFrequencies(of tensor: StoredTensor) throws -> Bool {
    let own = rotary.frequencies(width: headWidth)
    guard tensor.type.isReadable, tensor.shape == [own.count] else { return false }
    return try zip(tensor.tensor().scalars, own).allSatisfy { abs($0 - $1) <= 0.005 * abs($1) }
  }

  /// The name with every number as `*`, so that the layers of a model are one kind.
  private static func pattern(of name: String) -> String {
    name.split(separator: ".", omittingEmptySubsequences: false)
      .map { !$0.isEmpty && $0.allSatisfy(\.isASCII) && $0.allSatisfy(\.isNumber) ? "*" : String($0) }
      .joined(separator: ".")
  }

  private static let head = "lm_head.weight"
  private static let embedding = "model.embed_tokens.weight"
}

extension StoredTensor {
  /// Whether the numbers are the same, in whatever types they are stored.
  func isEqual(to other: StoredTensor) throws -> Bool {
    guard shape == other.shape else { return false }
    if type == other.type {
      return withBytes { bytes in
        other.withBytes { others in
          guard let start = bytes.baseAddress, let otherStart = others.baseAddress else { return true }
          return memcmp(start, otherStart, bytes.count) == 0
        }
      }
    }
    guard type.isReadable, other.type.isReadable else { return false }
    return try tensor() == other.tensor()
  }
}
