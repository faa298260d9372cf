/// The four choices of a question, as LongBench v2 and InfiniteBench have them.
enum Choices {
  static let letters = ["A", "B", "C", "D"]

  /// Question and choices, and the form of the reply that the metrics read.
  ///
  /// - Parameter mark: how the benchmark writes a letter before its choice.
  static func ask(_ question: String, _ choices: [String], mark: (String) -> String) -> String {
    let listed = zip(letters, choices).map { "\(mark($0)) \($1.trimmed)" }
    return ([question.trimmed] + listed + ["Answer with the letter of the right choice."]).joined(separator: "\n")
  }
}
