import Foundation

/// The retrieval metrics of LongMemEval (arXiv:2410.10813).
public enum LongMemEval {
  /// Whether any, whether all of the correct documents stand among the first k, and nDCG at k: the
  /// first rank is not discounted, the second is divided by log₂ 2.
  ///
  /// - Parameter rankings: indices into the corpus, best first.
  /// - Throws: `PythonError.indexError` for an index beyond the corpus.
  public static func retrieval(
    rankings: [Int], correct: [String], corpus: [String], k: Int
  ) throws(PythonError) -> (any: Double, all: Double, nDCG: Double) {
    // As Python's slice [:k]: a negative k counts from the end.
    func first<Element>(_ list: [Element]) -> ArraySlice<Element> {
      list.prefix(max(0, k < 0 ? list.count + k : k))
    }
    let ids = corpus.map { PythonText($0) }
    let wanted = Set(correct.map { PythonText($0) })
    let relevances = ids.map { wanted.contains($0) ? 1.0 : 0.0 }
    var retrieved: [Int] = []
    for index in first(rankings) {
      let place = index < 0 ? index + ids.count : index
      guard ids.indices.contains(place) else { throw .indexError("rank \(index) of \(ids.count) documents") }
      retrieved.append(place)
    }
    let found = Set(retrieved.map { ids[$0] })
    let ideal = discounted(first(relevances.sorted(by: >)))
    let actual = discounted(first(retrieved.map { relevances[$0] }))
    return (
      wanted.contains(where: found.contains) ? 1 : 0, wanted.isSubset(of: found) ? 1 : 0,
      ideal == 0 ? 0 : actual / ideal
    )
  }

  private static func discounted(_ relevances: ArraySlice<Double>) -> Double {
    var sum = 0.0
    for (rank, relevance) in relevances.enumerated() {
      sum += rank == 0 ? relevance : relevance / log2(Double(rank + 1))
    }
    return sum
  }
}
