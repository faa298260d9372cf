import Palimpsest

/// A change of a file of numbered lines: `- n: text` takes line n of the old file away, `+ n: text` makes line n of the
/// new one. Lines are numbered from 1.
///
/// Law: a diff and then its inverse leave the file as it was.
public struct LineDiff: Sendable, Hashable {
  /// Old lines by number.
  public var removed: [Int: String]
  /// New lines by number.
  public var added: [Int: String]

  /// No change, unless lines are given.
  public init(removed: [Int: String] = [:], added: [Int: String] = [:]) {
    self.removed = removed
    self.added = added
  }

  /// The change in the other direction.
  public var inverse: LineDiff { LineDiff(removed: added, added: removed) }

  /// The new lines; nil where a line to remove is another one, or an added line would leave a gap.
  public func applied(to lines: [String]) -> [String]? {
    guard removed.allSatisfy({ lines.indices.contains($0.key - 1) && lines[$0.key - 1] == $0.value }) else {
      return nil
    }
    var result = lines.indices.filter { removed[$0 + 1] == nil }.map { lines[$0] }
    for (number, text) in added.sorted(by: { $0.key < $1.key }) {
      guard (1...result.count + 1).contains(number) else { return nil }
      result.insert(text, at: number - 1)
    }
    return result
  }

  /// Takes in a line `+ n: text` or `- n: text`.
  ///
  /// - Returns: whether it is such a line, and the first one of its number.
  mutating func take(_ line: String) -> Bool {
    guard let sign = line.first, sign == "+" || sign == "-", let colon = line.firstIndex(of: ":"),
      let number = Int(BankLanguage.trimmed(String(line[line.index(after: line.startIndex)..<colon]))), number > 0
    else { return false }
    var text = line[line.index(after: colon)...]
    // One space behind the colon belongs to the form, every other one to the line.
    if text.first == " " { text.removeFirst() }
    if sign == "+" {
      guard added[number] == nil else { return false }
      added[number] = String(text)
    } else {
      guard removed[number] == nil else { return false }
      removed[number] = String(text)
    }
    return true
  }
}
