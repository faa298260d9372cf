import Palimpsest

/// The reward and the evaluation metrics of MemAgent (arXiv:2507.02259), as in its released code,
/// flaws included.
public enum MemAgent {
  // MARK: reward

  /// The training reward: the last box within the last 300 code points, lower-cased, equals a gold
  /// up to a light clean-up of LaTeX. "The Beatles" is not "Beatles" here.
  ///
  /// - Throws: `PythonError.valueError` without golds. A box that cannot be read is worth 0.
  public static func reward(_ solution: String, golds: [String]) throws(PythonError) -> Double {
    let end = PythonText(PythonText(solution).points.suffix(300)).lowercased()
    guard !golds.isEmpty else { throw .valueError("there is no gold answer to compare with") }
    guard let boxed = try? boxed(in: end) else { return 0 }
    let answer = withoutLaTeX(boxed)
    return golds.contains { withoutLaTeX(PythonText($0).lowercased()) == answer } ? 1 : 0
  }

  private static func withoutLaTeX(_ text: PythonText) -> PythonText {
    let rules: [(PythonText, PythonText)] = [
      ("\n", ""), ("\\!", ""), ("\\\\", "\\"), ("tfrac", "frac"), ("dfrac", "frac"), ("\\left", ""),
      ("\\right", ""), ("^{\\circ}", ""), ("^\\circ", ""), ("\\$", ""), ("\\%", ""), (" .", " 0."),
      ("{.", "{0."), (" ", ""),
    ]
    return rules.reduce(text) { $0.replacing($1.0, by: $1.1) }
  }

  // MARK: extraction

  /// The content of the last box; nil where there is none or its brace never closes.
  ///
  /// `\boxed ` with a space wins over all others and reaches to the next `$`.
  /// - Throws: `PythonError.assertionError` for `\fbox{…}` and for `\boxedx{…}`.
  public static func extractBoxed(_ text: String) throws(PythonError) -> String? {
    try boxed(in: PythonText(text))?.string
  }

  static func boxed(in text: PythonText) throws(PythonError) -> PythonText? {
    let spaced = text.split(by: "\\boxed ")
    if spaced.count > 1 { return spaced[spaced.count - 1].split(by: "$")[0] }
    guard let start = text.last("\\boxed") ?? text.last("\\fbox") else { return nil }
    var depth = 0
    for index in start..<text.count {
      if text.points[index] == 0x7B { depth += 1 }
      guard text.points[index] == 0x7D else { continue }
      depth -= 1
      guard depth == 0 else { continue }
      let box = PythonText(text.points[start...index])
      guard box.starts(with: "\\boxed{") else { throw .assertionError("'\(box.string.prefix(40))' is no \\boxed{…}") }
      return PythonText(box.points.dropFirst(7).dropLast())
    }
    return nil
  }

  /// The text behind the last "the answer is", without asterisks, white space and full stops at its
  /// ends; nil where the phrase is missing in lower case.
  public static func extractAnswer(_ text: String) -> String? {
    let parts = PythonText(text).replacing("*", by: "").split(by: "the answer is")
    guard parts.count > 1 else { return nil }
    return parts[parts.count - 1].stripped()
      .replacing("<｜Assistant｜>", by: "").replacing("<｜end▁of▁sentence｜>", by: "")
      .stripped().stripped(of: ".").stripped().string
  }

  /// The text behind the last `</think>`, stripped; the whole text where there is none.
  public static func extractSolution(_ text: String) -> String {
    let parts = PythonText(text).split(by: "</think>")
    return parts.count > 1 ? parts[parts.count - 1].stripped().string : text
  }

  // MARK: evaluation

  /// Whether the SQuAD normal forms are equal.
  public static func exactMatch(_ prediction: String, gold: String) -> Bool {
    SQuAD.normalize(PythonText(prediction)) == SQuAD.normalize(PythonText(gold))
  }

  /// Gold within prediction or prediction within gold, as strings of the normal forms. So "the",
  /// whose normal form is empty, hits every gold.
  public static func subEM(_ prediction: String, gold: String) -> Bool {
    let (prediction, gold) = (SQuAD.normalize(PythonText(prediction)), SQuAD.normalize(PythonText(gold)))
    return prediction.contains(gold) || gold.contains(prediction)
  }

  /// Gold within prediction, on token borders: a stricter form of `subEM`, of our own.
  public static func subEMStrict(_ prediction: String, gold: String) -> Bool {
    holds(SQuAD.normalize(PythonText(prediction)), SQuAD.normalize(PythonText(gold)))
  }

  /// Whether the tokens of one normal form stand together in another.
  static func holds(_ text: PythonText, _ sought: PythonText) -> Bool {
    let blank: PythonText = " "
    guard !sought.isEmpty else { return text.isEmpty }
    return PythonText.joined([" ", text, " "], by: "").contains(.joined([blank, sought, blank], by: ""))
  }

  /// The scores of one item of RULER-HQA.
  public struct Item: Sendable, Hashable {
    /// nil where no answer was found in the response.
    public var prediction: String?
    /// HotpotQA's F1 against the first gold, 0...1.
    public var f1 = 0.0
    /// 1 where the normal forms are equal, else 0.
    public var exactMatch = 0.0
    /// 1 where one normal form contains the other, else 0.
    public var subEM = 0.0
  }

  /// Where the evaluation looks for the answer.
  public enum Extraction: String, Choice {
    /// In the last box.
    case boxed
    /// Behind the last "the answer is".
    case sentence
    /// The whole response is the answer, for the replies of benchmarks that ask for no form.
    case whole
  }

  /// Scores one response against the first gold alone; each score is rounded to two decimals, as
  /// upstream rounds before it averages. Upstream leaves empty responses out of the mean; here the
  /// caller that averages decides.
  ///
  /// - Throws: `PythonError` for a box that upstream cannot read, and without golds.
  public static func item(
    _ response: String, golds: [String], extraction: Extraction = .boxed
  ) throws(PythonError) -> Item {
    guard let gold = golds.first else { throw .indexError("there is no gold answer to compare with") }
    let response = PythonText(response).stripped().string
    let solution = extractSolution(response)
    let text = solution.isEmpty ? response : solution
    let prediction =
      switch extraction {
      case .boxed: try extractBoxed(text)
      case .sentence: extractAnswer(text)
      case .whole: Optional(text)
      }
    guard let prediction, !prediction.isEmpty else { return Item(prediction: prediction) }
    return Item(
      prediction: prediction,
      f1: HotpotQA.f1(prediction, gold: gold).f1.rounded(toPlaces: 2),
      exactMatch: exactMatch(prediction, gold: gold) ? 1 : 0,
      subEM: subEM(prediction, gold: gold) ? 1 : 0)
  }
}
