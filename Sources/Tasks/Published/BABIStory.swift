import Foundation

/// A question of bAbI with the facts that were told before it.
///
/// bAbI's files have a sentence a line behind its number, which begins again at 1 with every story. A question has its
/// answer and the numbers of the facts that prove it behind tabs:
///
///     1 Mary moved to the bathroom.
///     2 John went to the hallway.
///     3 Where is Mary? ⇥bathroom⇥1
///
/// Source: bAbI (arXiv:1502.05698).
struct BABIStory: Sendable, Hashable {
  /// The facts of the story so far; earlier questions are left out.
  var facts: [String]
  var ask: String
  var answer: String
  /// The facts that prove the answer, by place in `facts`.
  var support: [Int]
  /// The number of its story in the file, from 0; the questions of a story share facts.
  var story: Int

  /// Every question of a file, in its order.
  ///
  /// - Throws: `QAError.unreadable`; `.malformed` with the line; `.noRecords` for a file without questions.
  static func all(in path: String) throws -> [BABIStory] {
    let file = try DataFile(path)
    func fault(_ line: Int, _ reason: String) -> QAError {
      .malformed(path, line: line, column: 1, record: nil, key: "", reason: reason)
    }
    guard let text = String(validating: file.data[file.data.startIndex.advanced(by: file.start)...], as: UTF8.self)
    else { throw QAError.unreadable(path, reason: "it is not UTF-8; convert it with iconv") }
    var found: [BABIStory] = []
    var facts: [(id: Int, text: String)] = []
    var last = 0
    var story = -1
    var lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
    while lines.last?.isEmpty == true { lines.removeLast() }
    for (index, content) in lines.enumerated() {
      let number = index + 1
      let parts = content.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, let id = Int(parts[0]) else {
        throw fault(number, "it must begin with the number of the sentence and a blank, as bAbI's files do")
      }
      guard id == last + 1 || id == 1 else {
        throw fault(number, "sentence \(id) follows sentence \(last); numbers rise by one, and a story begins with 1")
      }
      if id == 1 {
        facts = []
        story += 1
      }
      last = id
      let fields = parts[1].split(separator: "\t", omittingEmptySubsequences: false).map { String($0).trimmed }
      switch fields.count {
      case 1 where !fields[0].isEmpty: facts.append((id, fields[0]))
      case 3 where !fields[0].isEmpty && !fields[1].isEmpty:
        let support = try fields[2].split(separator: " ").map { word in
          guard let id = Int(word), let place = facts.firstIndex(where: { $0.id == id }) else {
            throw fault(
              number, "the answer is proved by sentence \(word.prefix(20)), which is no fact of the story before it")
          }
          return place
        }
        found.append(
          BABIStory(
            facts: facts.map(\.text), ask: fields[0], answer: fields[1], support: support.unique(), story: story))
      default:
        throw fault(number, "it must be a fact, or a question with an answer and numbers of facts behind tabs")
      }
    }
    guard !found.isEmpty else { throw QAError.noRecords(path, split: "", known: []) }
    return found
  }
}
