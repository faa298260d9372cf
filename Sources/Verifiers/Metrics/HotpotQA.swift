/// The metrics of HotpotQA (arXiv:1809.09600), which 2WikiMultihopQA took over.
public enum HotpotQA {
  /// Answers that are right or wrong as a whole.
  static let closed: Set<PythonText> = ["yes", "no", "noanswer"]

  /// F1, precision and recall over tokens; all 0 when one side is yes, no or noanswer and the other
  /// differs.
  public static func f1(
    _ prediction: String, gold: String
  ) -> (f1: Double, precision: Double, recall: Double) {
    let prediction = SQuAD.normalize(PythonText(prediction))
    let gold = SQuAD.normalize(PythonText(gold))
    if prediction != gold, closed.contains(prediction) || closed.contains(gold) { return (0, 0, 0) }
    let overlap = Overlap(prediction.split(), gold.split())
    return (overlap.f1, overlap.precision, overlap.recall)
  }

  /// Supporting facts as sets: exact when there is neither a false one nor one that is missing. Two
  /// empty sets are an exact match with an F1 of 0.
  public static func supportingFacts<Fact: Hashable>(
    _ prediction: [Fact], gold: [Fact]
  ) -> (exact: Double, f1: Double, precision: Double, recall: Double) {
    let (prediction, gold) = (Set(prediction), Set(gold))
    let hits = Double(prediction.intersection(gold).count)
    let precision = prediction.isEmpty ? 0 : hits / Double(prediction.count)
    let recall = gold.isEmpty ? 0 : hits / Double(gold.count)
    let f1 = precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0
    return (prediction == gold ? 1 : 0, f1, precision, recall)
  }
}

/// The metrics of MuSiQue (arXiv:2108.00573).
public enum MuSiQue {
  /// F1 as in SQuAD 2.0, the best over answer and aliases.
  public static func f1(_ prediction: String, golds: [String]) throws(PythonError) -> Double {
    try SQuAD.best(golds) { SQuAD.f1WithNoAnswer(prediction, gold: $0) }
  }

  /// F1 over supporting paragraphs; of two empty sets it is 1.
  public static func support(_ prediction: Set<Int>, gold: Set<Int>) -> Double {
    prediction.isEmpty && gold.isEmpty
      ? 1 : HotpotQA.supportingFacts(Array(prediction), gold: Array(gold)).f1
  }
}
