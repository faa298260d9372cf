/// The metrics of LoCoMo (arXiv:2402.17753).
public enum LoCoMo {
  private static let articles: [PythonText] = SQuAD.articles + ["and"]

  /// As in SQuAD, with commas deleted first and "and" counted as an article. The original uses the
  /// module `regex` here, to which marks belong to words.
  public static func normalize(_ text: PythonText) -> PythonText {
    text.replacing(",", by: "").lowercased().removingPunctuation()
      .blanking(articles, isWord: CodePoint.isRegexWord).collapsed()
  }

  /// LoCoMo's normal form: SQuAD's, with commas removed and "and" among the articles.
  public static func normalize(_ text: String) -> String { normalize(PythonText(text)).string }

  /// F1 over stemmed tokens.
  public static func f1(_ prediction: String, gold: String) -> Double {
    f1(PythonText(prediction), PythonText(gold))
  }

  private static func f1(_ prediction: PythonText, _ gold: PythonText) -> Double {
    Overlap(tokens(prediction), tokens(gold)).f1
  }

  private static func tokens(_ text: PythonText) -> [PythonText] {
    normalize(text).split().map(PorterStemmer.stem)
  }

  /// For answers that are lists: the mean over gold parts of the best F1 over predicted parts.
  public static func multiF1(_ prediction: String, gold: String) -> Double {
    func parts(_ text: String) -> [[PythonText]] { PythonText(text).split(by: ",").map { tokens($0.stripped()) } }
    let predicted = parts(prediction)
    let golds = parts(gold)
    let best = golds.map { gold in predicted.map { Overlap($0, gold).f1 }.max() ?? 0 }
    return best.reduce(0, +) / Double(best.count)
  }

  /// The score of one question of a category: 1 multi-hop, 2 temporal, 3 open domain, 4 single hop,
  /// 5 adversarial.
  ///
  /// - Throws: `PythonError.valueError` for another category.
  public static func score(
    category: Int, answer: String, prediction: String
  ) throws(PythonError) -> Double {
    switch category {
    case 1: return multiF1(prediction, gold: answer)
    case 2, 4: return f1(prediction, gold: answer)
    case 3: return f1(PythonText(prediction), PythonText(answer).split(by: ";")[0].stripped())
    case 5:
      let reply = PythonText(prediction).lowercased()
      return reply.contains("no information available") || reply.contains("not mentioned") ? 1 : 0
    default: throw .valueError("category \(category) is none of 1 to 5")
    }
  }
}
