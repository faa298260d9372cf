import Palimpsest

/// What a paper prints for one of its memories on RULER-HQA, HotpotQA's questions among so many documents.
///
/// Percentages of MemAgent's `sub_em` on 128 questions, one sample each. Upstream leaves failed requests out of the mean;
/// how many there were is not published.
public struct PublishedScores: Sendable {
  /// What it is asked for by.
  public var name: String
  /// Paper and table.
  public var source: String
  /// Per cent, by documents of a text.
  public var percent: [Int: Double]
  /// Questions at each length.
  public var questions = 128

  /// The paper's share with Wilson's interval; nil where it prints none for so many documents.
  public func share(documents: Int) -> Interval? {
    percent[documents].map { .share(Int(($0 / 100 * Double(questions)).rounded()), of: questions) }
  }

  /// Documents of the lengths that are printed as 7K, 14K, … 3.5M tokens: 50·2^k.
  public static let documents = (0..<10).map { 50 << $0 }

  private init(_ name: String, _ source: String, at documents: [Int] = Self.documents, _ percent: [Double]) {
    self.name = name
    self.source = source
    self.percent = Dictionary(uniqueKeysWithValues: zip(documents, percent))
  }

  /// Every memory whose scores are printed, or can be read off a figure on the grid of 1/128.
  public static let all: [PublishedScores] = [
    .init(
      "RL-MemAgent-14B", "MemAgent, arXiv:2507.02259v1, table 2",
      [83.59, 82.03, 84.38, 80.47, 76.56, 81.25, 75.00, 77.34, 76.56, 78.12]),
    .init(
      "RL-MemAgent-7B", "MemAgent, arXiv:2507.02259v1, table 2",
      [82.03, 79.69, 78.91, 77.34, 79.69, 72.66, 74.22, 76.56, 75.78, 71.09]),
    .init(
      "RL-MemAgent-14B-v2", "MemAgent, second version, table 1", at: [50, 800, 3200, 6400, 12_800, 25_600],
      [80.47, 81.25, 79.69, 75.78, 78.91, 71.09]),
    .init(
      "RL-MemAgent-7B-v2", "MemAgent, second version, table 1", at: [50, 800, 3200, 6400, 12_800, 25_600],
      [81.25, 79.69, 76.56, 74.22, 77.34, 71.88]),
    .init(
      "MemAgent-32B-without-RL", "MemAgent, arXiv:2507.02259v1, figure 5, read off",
      [65.62, 67.97, 66.41, 57.81, 60.16, 57.03, 58.59, 50.00]),
    .init(
      "MemAgent-14B-without-RL", "MemAgent, arXiv:2507.02259v1, figure 5, read off",
      [64.06, 57.03, 55.47, 49.22, 42.19, 38.28, 30.47, 24.22]),
    .init(
      "MemAgent-7B-without-RL", "MemAgent, arXiv:2507.02259v1, figure 5, read off",
      [59.38, 52.34, 51.56, 47.66, 35.94, 34.38, 39.06, 37.50]),
    .init(
      "slime-agentic-7B", "slime-agentic's model card, the best of five runs",
      [78.12, 76.56, 75.78, 74.22, 77.34, 72.66, 69.53]),
  ]

  /// - Throws: `SettingError.unknownKind` with the nearest name.
  public static func named(_ name: String) throws -> PublishedScores {
    guard let found = all.first(where: { $0.name == name }) else {
      let known = all.map(\.name)
      throw SettingError.unknownKind(
        of: "published memory", name, nearest: nearest(to: name, among: known), known: known)
    }
    return found
  }
}
