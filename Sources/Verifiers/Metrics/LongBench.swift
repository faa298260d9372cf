/// Metrics of LongBench (arXiv:2308.14508) and LongBench v2 (arXiv:2412.15204).
public enum LongBench {
  /// F1 over tokens of the normal forms, without the rule for yes and no.
  public static func f1(_ prediction: String, gold: String) -> Double {
    Overlap(SQuAD.normalize(PythonText(prediction)).split(), SQuAD.normalize(PythonText(gold)).split()).f1
  }

  /// The share of the numbers in a prediction that are the gold, compared as written.
  public static func count(_ prediction: String, gold: String) -> Double {
    share(of: PythonText(gold), in: prediction)
  }

  /// The share of the numbers in a prediction that are the number of the gold paragraph.
  ///
  /// - Throws: `PythonError.indexError` for a gold that names no paragraph.
  public static func retrieval(_ prediction: String, gold: String) throws(PythonError) -> Double {
    for part in PythonText(gold).split(by: "Paragraph ").dropFirst() {
      let number = PythonText(part.points.prefix { CodePoint.digit($0) != nil })
      if !number.isEmpty { return share(of: number, in: prediction) }
    }
    throw .indexError("the gold '\(gold.prefix(40))' names no paragraph")
  }

  private static func share(of gold: PythonText, in prediction: String) -> Double {
    let numbers = PythonText(prediction).digitRuns()
    return numbers.isEmpty ? 0 : Double(numbers.count { $0 == gold }) / Double(numbers.count)
  }

  /// Version 2: the letter in "The correct answer is (X)", else in "The correct answer is X".
  public static func extractChoice(_ response: String) -> String? {
    let rest = PythonText(response).replacing("*", by: "").split(by: "The correct answer is ").dropFirst()
    func isChoice(_ point: UInt32) -> Bool { (0x41...0x44).contains(point) }
    for part in rest where part.count >= 3 && part.points[0] == 0x28 && part.points[2] == 0x29 {
      if isChoice(part.points[1]) { return PythonText([part.points[1]]).string }
    }
    return rest.lazy.compactMap { $0.points.first }.first(where: isChoice).map { PythonText([$0]).string }
  }

  /// The letter that a short answer gives: `B`, `(B)`, `B.`, `B) text`. Of our own, for replies of another form than
  /// LongBench v2 asks for.
  static func shortChoice(_ answer: String) -> String? {
    var points = PythonText(answer).stripped().stripped(of: "*").points[...]
    if points.first == 0x28 { points = points.dropFirst() }
    guard let letter = points.first, (0x41...0x44).contains(letter) else { return nil }
    // "A dog" begins with an article; a letter is followed by a mark or by nothing.
    guard let next = points.dropFirst().first else { return PythonText([letter]).string }
    return [0x29, 0x2E, 0x3A].contains(next) ? PythonText([letter]).string : nil
  }
}
