/// The metrics of SQuAD (arXiv:1606.05250, 1806.03822): normal form, exact match, F1 over tokens.
public enum SQuAD {
  static let articles: [PythonText] = ["a", "an", "the"]

  /// Lower case, without ASCII punctuation and articles, white space collapsed. In this order:
  /// "the-cat" becomes "thecat".
  public static func normalize(_ text: PythonText) -> PythonText {
    text.lowercased().removingPunctuation().blanking(articles).collapsed()
  }

  /// Lower case, without punctuation and articles, single spaces.
  public static func normalize(_ text: String) -> String { normalize(PythonText(text)).string }

  /// Version 1.1: 1 when the normal forms agree, the best over golds.
  ///
  /// - Throws: `PythonError.valueError` without golds.
  public static func exactMatch(_ prediction: String, golds: [String]) throws(PythonError) -> Double {
    let prediction = normalize(PythonText(prediction))
    return try best(golds) { prediction == normalize(PythonText($0)) ? 1 : 0 }
  }

  /// Version 1.1: F1, the best over golds. Without a token in common it is 0, also when both sides
  /// are empty.
  ///
  /// - Throws: `PythonError.valueError` without golds.
  public static func f1(_ prediction: String, golds: [String]) throws(PythonError) -> Double {
    let prediction = normalize(PythonText(prediction)).split()
    return try best(golds) { Overlap(prediction, normalize(PythonText($0)).split()).f1 }
  }

  /// Version 2.0 against one gold: where a side has no tokens, 1 when neither has any.
  public static func f1WithNoAnswer(_ prediction: String, gold: String) -> Double {
    let prediction = normalize(PythonText(prediction)).split()
    let gold = normalize(PythonText(gold)).split()
    guard !prediction.isEmpty, !gold.isEmpty else { return prediction == gold ? 1 : 0 }
    return Overlap(prediction, gold).f1
  }

  /// Version 2.0 against one gold.
  public static func exactWithNoAnswer(_ prediction: String, gold: String) -> Double {
    normalize(PythonText(prediction)) == normalize(PythonText(gold)) ? 1 : 0
  }

  /// `max(score(gold) for gold in golds)`
  static func best(
    _ golds: [String], _ score: (String) throws(PythonError) -> Double
  ) throws(PythonError) -> Double {
    guard let first = golds.first else { throw .valueError("there is no gold answer to compare with") }
    var best = try score(first)
    for gold in golds.dropFirst() { best = max(best, try score(gold)) }
    return best
  }
}

/// Precision, recall and F1 of two bags.
struct Overlap {
  private(set) var precision = 0.0
  private(set) var recall = 0.0
  private(set) var f1 = 0.0

  init<Element: Hashable>(_ prediction: [Element], _ gold: [Element]) {
    var left: [Element: Int] = [:]
    for token in gold { left[token, default: 0] += 1 }
    var same = 0
    for token in prediction {
      guard let count = left[token], count > 0 else { continue }
      left[token] = count - 1
      same += 1
    }
    guard same > 0 else { return }
    precision = Double(same) / Double(prediction.count)
    recall = Double(same) / Double(gold.count)
    f1 = 2 * precision * recall / (precision + recall)
  }
}
