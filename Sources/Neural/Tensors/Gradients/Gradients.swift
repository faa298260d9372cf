/// The gradients of a scalar with respect to tracked tensors, by reverse accumulation.
///
///     let (w, b) = (weights.tracked(), bias.tracked())
///     let loss = …                                  // any expression of w and b
///     let slopes = gradients(of: loss, for: [w, b])
///
/// - Parameters:
///   - loss: one scalar. A leaf that it does not depend on has the gradient zero.
///   - leaves: tracked tensors: leaves, or values on the way.
/// - Returns: one tensor per leaf, of its shape; the same bits for any number of threads.
public func gradients(of loss: Tensor, for leaves: [Tensor]) -> [Tensor] {
  sparseGradients(of: loss, for: leaves).map(\.dense)
}

/// The gradients in sparse form where only rows of a leaf were read.
///
/// - Precondition: see `gradients(of:for:)`.
public func sparseGradients(of loss: Tensor, for leaves: [Tensor]) -> [Gradient] {
  precondition(loss.count == 1, "gradients are of one scalar, not of shape \(loss.shape)")
  return sparseGradients(of: loss, weighted: Tensor([1], shape: loss.shape), for: leaves)
}

/// The gradients of the sum of `value * weights`: what a value inside a larger expression passes on.
///
/// - Precondition: `weights` has the shape of `value`; every leaf is tracked.
public func sparseGradients(of value: Tensor, weighted weights: Tensor, for leaves: [Tensor]) -> [Gradient] {
  precondition(
    weights.shape == value.shape, "weights of shape \(weights.shape) for a value of shape \(value.shape)")
  let targets = leaves.map { leaf in
    guard let node = leaf.node else {
      preconditionFailure("a leaf of shape \(leaf.shape) is not tracked; make it with tracked()")
    }
    return ObjectIdentifier(node)
  }
  guard let root = value.node else { return leaves.map { .dense(Tensor(zeros: $0.shape)) } }
  let wanted = Set(targets)
  let order = nodes(behind: root, towards: wanted)

  var found: [ObjectIdentifier: Gradient] = [ObjectIdentifier(root): .dense(weights)]
  var results: [ObjectIdentifier: Gradient] = [:]
  let needed = Set(order.map { ObjectIdentifier($0) })
  for node in order.reversed() {
    let id = ObjectIdentifier(node)
    guard let gradient = found.removeValue(forKey: id) else { continue }
    if wanted.contains(id) { results[id] = gradient }
    guard let backward = node.backward else { continue }
    var parts = backward(gradient.dense)
    precondition(parts.count == node.parents.count, "\(parts.count) gradients for \(node.parents.count) inputs")
    for (index, parent) in node.parents.enumerated() {
      guard let parent, let part = parts[index], needed.contains(ObjectIdentifier(parent)) else { continue }
      parts[index] = nil
      precondition(part.shape == parent.shape, "a gradient of shape \(part.shape) for shape \(parent.shape)")
      let key = ObjectIdentifier(parent)
      if let sum = found.removeValue(forKey: key) {
        found[key] = .sum(consume sum, part)
      } else {
        found[key] = part
      }
    }
  }
  return zip(targets, leaves).map { results[$0] ?? .dense(Tensor(zeros: $1.shape)) }
}

/// The nodes between a root and the wanted ones, parents first. A loop, not a recursion: graphs of
/// long readings are deep.
private func nodes(behind root: Node, towards wanted: Set<ObjectIdentifier>) -> [Node] {
  var leads: [ObjectIdentifier: Bool] = [:]
  var order: [Node] = []
  var stack: [(node: Node, next: Int)] = [(root, 0)]
  while let (node, next) = stack.last {
    let id = ObjectIdentifier(node)
    if next < node.parents.count {
      stack[stack.count - 1].next += 1
      if let parent = node.parents[next], leads[ObjectIdentifier(parent)] == nil { stack.append((parent, 0)) }
      continue
    }
    stack.removeLast()
    guard leads[id] == nil else { continue }
    let isUseful =
      wanted.contains(id) || node.parents.contains { $0.map { leads[ObjectIdentifier($0)] ?? false } ?? false }
    leads[id] = isUseful
    if isUseful { order.append(node) }
  }
  return order
}
