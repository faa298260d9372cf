/// The metrics of RULER (arXiv:2404.06654): the golds that a prediction contains.
public enum RULER {
  /// White space stripped and control characters turned into line breaks, as before scoring.
  public static func postprocess(_ prediction: String) -> String {
    PythonText(PythonText(prediction).stripped().points.map { $0 < 0x20 ? 0x0A : $0 }).stripped().string
  }

  /// The share of golds that stand in a prediction, letter case aside. A gold given twice counts
  /// twice; an empty one always stands there.
  ///
  /// - Throws: `PythonError.zeroDivisionError` without golds.
  public static func matchAll(_ prediction: String, golds: [String]) throws(PythonError) -> Double {
    guard !golds.isEmpty else { throw .zeroDivisionError("there is no gold answer to look for") }
    let prediction = PythonText(prediction).lowercased()
    let found = golds.count { prediction.contains(PythonText($0).lowercased()) }
    return Double(found) / Double(golds.count)
  }

  /// 1 when any of the golds stands in a prediction.
  ///
  /// - Throws: `PythonError.valueError` without golds.
  public static func matchPart(_ prediction: String, golds: [String]) throws(PythonError) -> Double {
    guard !golds.isEmpty else { throw .valueError("there is no gold answer to look for") }
    let prediction = PythonText(prediction).lowercased()
    return golds.contains { prediction.contains(PythonText($0).lowercased()) } ? 1 : 0
  }

  /// `string_match_all` over a data set: per cent, two decimals.
  public static func stringMatchAll(
    _ predictions: [String], references: [[String]]
  ) throws(PythonError) -> Double {
    try mean(predictions, references, matchAll)
  }

  /// `string_match_part` over a data set: per cent, two decimals.
  public static func stringMatchPart(
    _ predictions: [String], references: [[String]]
  ) throws(PythonError) -> Double {
    try mean(predictions, references, matchPart)
  }

  private static func mean(
    _ predictions: [String], _ references: [[String]],
    _ score: (String, [String]) throws(PythonError) -> Double
  ) throws(PythonError) -> Double {
    var sum = 0.0
    for (prediction, golds) in zip(predictions, references) { sum += try score(prediction, golds) }
    guard !predictions.isEmpty else { throw .zeroDivisionError("there are no predictions to average") }
    return (sum / Double(predictions.count) * 100).rounded(toPlaces: 2)
  }
}
