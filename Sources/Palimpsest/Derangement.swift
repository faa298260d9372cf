/// For each question, another question over another document. The control `shuffled` answers from that
/// question's memory state: it measures a memory of the same form but of the wrong text.
///
/// - Parameter clusters: the questions' clusters, in order.
/// - Returns: an index for each question, each index once; nil where none exists, because more than
///   half of the questions share a document.
public func derangement(of clusters: [String], seed: UInt64) -> [Int]? {
  var random = SeededGenerator(seed: seed, purpose: "derangement")
  var members: [String: [Int]] = [:]
  for (index, cluster) in clusters.enumerated() { members[cluster, default: []].append(index) }
  let largest = members.values.map(\.count).max() ?? 0
  guard 2 * largest <= clusters.count else { return nil }

  // Clusters stand side by side, so rotating by the largest cluster size moves every item to
  // another cluster.
  let order = members.keys.sorted().shuffled(using: &random)
    .flatMap { members[$0, default: []].shuffled(using: &random) }
  var others = Array(repeating: 0, count: order.count)
  for (place, index) in order.enumerated() { others[index] = order[(place + largest) % order.count] }
  return others
}
