/// A sum of numbered parts in the order of one binary tree, the same for any division of the parts over processes.
///
/// Floats that are added in another order give other bits. Here part 0 and part 1 are always added first, 2 and 3
/// likewise, then both sums, and so on: the node at `index` of `level` is the sum of the parts from index · 2^level on.
/// A run of parts, as a process has it, becomes the few nodes that lie whole within it; the nodes of all processes,
/// one behind the other, become the same total as all parts in one place.
package struct TreeSum<Value> {
  package struct Node {
    package var level: Int
    package var index: Int
    package var value: Value

    /// The first part of it, and the one behind its last.
    var parts: Range<Int> { (index << level)..<((index + 1) << level) }
  }

  /// Sums that wait for their neighbours, in the order of their parts.
  package private(set) var nodes: [Node] = []
  private let plus: (Value, Value) -> Value

  package init(_ plus: @escaping (Value, Value) -> Value) { self.plus = plus }

  /// Adds the next part.
  package mutating func add(_ value: Value, at number: Int) { add(Node(level: 0, index: number, value: value)) }

  /// Adds the next node.
  ///
  /// - Precondition: it begins where the last one ends.
  package mutating func add(_ node: Node) {
    precondition(
      nodes.last.map { $0.parts.upperBound == node.parts.lowerBound } ?? true,
      "parts \(node.parts) behind \(nodes.map(\.parts))")
    var node = node
    while let left = nodes.last, left.level == node.level, left.index % 2 == 0 {
      nodes.removeLast()
      node = Node(level: node.level + 1, index: left.index / 2, value: plus(left.value, node.value))
    }
    nodes.append(node)
  }

  /// The sum of all parts, from 0 on; nil without any. What has no neighbour is added to its left, the last one first.
  package var total: Value? {
    guard var sum = nodes.last?.value else { return nil }
    for node in nodes.dropLast().reversed() { sum = plus(node.value, sum) }
    return sum
  }
}
