/// How a tracked tensor was made: an immutable vertex of the gradient graph.
///
/// The graph is the tape. The tensors hold it, it has no global state, and it is released with the
/// last tensor that refers to it.
final class Node: @unchecked Sendable {
  typealias Backward = @Sendable (Tensor) -> [Gradient?]

  /// The nodes of the inputs, nil for inputs that are not tracked. Only `deinit` changes this.
  private(set) var parents: [Node?]
  /// From the gradient of the value to that of each input. It captures detached values only, so
  /// that nodes are held by `parents` alone.
  let backward: Backward?
  let shape: [Int]

  init(shape: [Int], parents: [Node?] = [], backward: Backward? = nil) {
    self.shape = shape
    self.parents = parents
    self.backward = backward
  }

  /// Unravels long chains one after the other: a chain of ten thousand steps must not take ten
  /// thousand stack frames.
  deinit {
    var waiting: [Node] = []
    Node.move(&parents, to: &waiting)
    while var node = waiting.popLast() {
      if isKnownUniquelyReferenced(&node) { Node.move(&node.parents, to: &waiting) }
    }
  }

  private static func move(_ parents: inout [Node?], to waiting: inout [Node]) {
    for case let parent? in parents { waiting.append(parent) }
    parents = []
  }
}

extension Tensor {
  /// This value as a leaf of a gradient graph: tensors computed from the result record their
  /// computation, and `gradients(of:for:)` gives the gradient of this leaf.
  ///
  ///     let w = Tensor([2]).tracked()
  ///     gradients(of: (w * w).sum(), for: [w])   // [4]
  public func tracked() -> Tensor { Tensor(shape: shape, storage: storage, start: start, node: Node(shape: shape)) }

  /// The same value without its history: a constant.
  public var detached: Tensor { Tensor(shape: shape, storage: storage, start: start) }

  /// Whether gradients flow through this value.
  public var isTracked: Bool { node != nil }

  /// This value as the result of an operation of your own.
  ///
  /// - Parameters:
  ///   - inputs: the tensors it was computed from; if none is tracked, this value is returned
  ///     unchanged.
  ///   - backward: from the gradient of this value (same shape) to those of the inputs, in their
  ///     order, each of its input's shape; nil where no gradient flows. It must capture `detached`
  ///     tensors only.
  public func recorded(from inputs: [Tensor], backward: @escaping @Sendable (Tensor) -> [Tensor?]) -> Tensor {
    recording(from: inputs) { gradient in backward(gradient).map { $0.map { .dense($0) } } }
  }

  /// The same for one input.
  public func recorded(from input: Tensor, backward: @escaping @Sendable (Tensor) -> Tensor) -> Tensor {
    guard input.isTracked else { return self }
    return recording(from: [input]) { [.dense(backward($0))] }
  }

  func recording(from inputs: [Tensor], backward: @escaping Node.Backward) -> Tensor {
    guard inputs.contains(where: \.isTracked) else { return self }
    let node = Node(shape: shape, parents: inputs.map(\.node), backward: backward)
    return Tensor(shape: shape, storage: storage, start: start, node: node)
  }
}
