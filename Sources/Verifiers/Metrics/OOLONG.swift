import Foundation

/// The metrics of OOLONG (arXiv:2511.02817).
public enum OOLONG {
  // MARK: real

  /// The box of a reply against the gold: 0.75 to the power of the distance of two whole numbers;
  /// texts, letter case and white space aside; lists, by the share of the gold that is found. What
  /// is of another kind than the gold scores 0.
  public static func realScore(answer: String, output: String) -> Double {
    let found = realBox(in: PythonText(output)).map(RealAnswer.init) ?? .text(PythonText(output))
    switch (RealAnswer(PythonText(answer)), found) {
    case (.number(let gold), .number(let number)): return pow(0.75, gold.distance(to: number))
    case (.text(let gold), .text(let text)):
      return gold.stripped().lowercased() == text.stripped().lowercased() ? 1 : 0
    case (.list(let gold), .list(let list)):
      return gold.isEmpty ? 0 : Double(Set(gold).intersection(list).count) / Double(gold.count)
    default: return 0
    }
  }

  private enum RealAnswer {
    case number(PythonInt)
    case text(PythonText)
    case list([PythonText])

    init(_ text: PythonText) {
      if let number = try? PythonInt(text) {
        self = .number(number)
      } else if text.points.contains(0x2C) {
        self = .list(text.split(by: ",").map { $0.stripped() }.filter { !$0.isEmpty })
      } else {
        self = .text(text)
      }
    }
  }

  /// The first `\boxed{\text{…}}`, else the first `\boxed{…}`; both reach to the first closing brace.
  private static func realBox(in text: PythonText) -> PythonText? {
    let marker: PythonText = "\\boxed{\\text{"
    var rest = text
    while let place = rest.first(marker) {
      let inside = PythonText(rest.points[(place + marker.count)...])
      guard let end = inside.points.firstIndex(of: 0x7D) else { break }
      if end + 1 < inside.count, inside.points[end + 1] == 0x7D { return PythonText(inside.points[..<end]) }
      // Boxes that open before this brace meet the same one.
      rest = PythonText(inside.points[end...])
    }
    guard let start = text.first("\\boxed{") else { return nil }
    let inside = text.points[(start + 6)...].drop { $0 == 0x7B }
    return inside.firstIndex(of: 0x7D).map { PythonText(inside[..<$0]) }
  }

  // MARK: synthetic

  /// What follows the last colon of a reply against the gold; numbers by 0.75 to the power of their
  /// distance, dates by their day.
  ///
  /// - Parameters:
  ///   - answer: a Python list of one value, or `[datetime.date(2024, 1, 31)]`.
  ///   - type: `ANSWER_TYPE.LABEL`, `ANSWER_TYPE.NUMERIC`, `ANSWER_TYPE.DATE`, …
  /// - Throws: `PythonError` for an answer of another form.
  public static func synthScore(
    answer: String, type: String, output: String
  ) throws(PythonError) -> Double {
    let isDate = answer.contains("datetime")
    let gold = isDate ? try CalendarDay(literal: answer).timestamp : try PythonLiteral.firstElement(of: answer)
    let reply = try trimmed(PythonText(output))
    if reply == gold { return 1 }
    if comparisons.contains(reply) { return gold.contains(reply) ? 1 : 0 }
    switch type {
    case "ANSWER_TYPE.NUMERIC":
      guard let number = try? PythonInt(reply), let gold = try? PythonLiteral.wholeNumber(gold) else { return 0 }
      return pow(0.75, gold.distance(to: number))
    case "ANSWER_TYPE.DATE":
      return isDate && CalendarDay(written: reply.string)?.timestamp == gold ? 1 : 0
    default: return 0
    }
  }

  private static let comparisons: [PythonText] = ["more common", "less common", "same frequency"]

  private static func trimmed(_ reply: PythonText) throws(PythonError) -> PythonText {
    guard reply.points.contains(0x3A) else {
      if reply.count < 20 { return reply }
      guard let last = reply.split().last else { throw .indexError("the reply has no words") }
      return last
    }
    let parts = reply.split(by: ":")
    let candidate = PythonText(parts[parts.count - 1].stripped().points.filter { ![0x2A, 0x5B, 0x5D].contains($0) })
    if candidate.count < 20 { return candidate }
    return comparisons.first(where: candidate.contains) ?? candidate
  }
}
