import Basics
import Palimpsest
import Tensors

extension Training {
  /// Divides microbatches over the processes of a group from now on.
  ///
  /// All processes must have begun, or resumed, the same training: settings, data, steps, weights and moments are
  /// compared, and so are the kernels, whose kinds differ in the last bits.
  ///
  /// - Throws: `LearningError.disagreement` on all processes where one differs; nothing is joined then.
  public mutating func join(_ group: any ProcessGroup) throws { try join(group, agreeingOn: []) }

  /// The same with facts of what surrounds the training.
  mutating func join(_ group: any ProcessGroup, agreeingOn more: [(what: String, value: String)]) throws {
    var facts = [
      (what: "settings", value: try Self.line(of: settings)), ("data", source), ("steps done", "\(step)"),
      ("kernels", "\(ProductKernels.active.name), \(BLAS.coreType)"), ("weights", model.fingerprint),
    ]
    facts.append(("moments", fingerprint(of: optimiser.moments.flatMap { [$0.first, $0.second] })))
    try group.agree(on: facts + more)
    self.group = group
  }
}

extension Parameterized {
  /// A hash of names, shapes and scalars of all parameters, in hexadecimal digits.
  var fingerprint: String {
    let list = parameters
    return Learning.fingerprint(of: list.map(\.tensor), mixing: list.map(\.name))
  }
}

/// A hash of shapes and scalars, bit by bit, in hexadecimal digits.
func fingerprint(of tensors: [Tensor], mixing names: [String] = []) -> String {
  var hash = FNV1a()
  for name in names { hash.mix(FNV1a.hash(of: name)) }
  for tensor in tensors {
    for size in tensor.shape { hash.mix(UInt64(size)) }
    tensor.withScalars { for scalar in $0 { hash.mix(UInt64(scalar.bitPattern)) } }
  }
  return String(hash.hash, radix: 16)
}
