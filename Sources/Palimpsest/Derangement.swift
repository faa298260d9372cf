/// For each question, another one over another document: whose memory state it is given in the control
/// `shuffled`, which shows what a memory of the same form but of the wrong text is worth.
///
/// - Parameter clusters: the questions' clusters, in order.
/// - Returns: an index for each question, each index once; nil where it cannot be, because more
///   than half of the questions share a document.
public func derangement(of clusters: [String], seed: UInt64) -> [Int]? {
  var random = SeededGenerator(seed: seed, purpose: "derangement")
  var members: [String: [Int]] = [:]
  for (index, cluster) in clusters.enumerated() { members[cluster, default: []].append(index) }
  let largest = members.values.map(\.count).max() ?? 0
  guard 2 * largest <= clusters.count else { return nil }

  // Clusters stand side by side, so that a turn by the largest takes everyone out of his own.
  let order = members.keys.sorted().shuffled(using: &random)
    .flatMap { members[$0, default: []].shuffled(using: &random) }
  var others = Array(repeating: 0, count: order.count)
  for (place, index) in order.enumerated() { others[index] = order[(place + largest) % order.count] }
  return others
}
