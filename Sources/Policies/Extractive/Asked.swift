/// The interrogative of a question and the words that go with it: `which Italian painter`, `how many
/// cats`, `what was the nickname`.
struct Asked {
  /// Place of the interrogative among the question's words; -1 in a question without one.
  private(set) var place = -1
  private(set) var interrogative = ""
  /// The words that say what kind of thing is asked for; empty after `who` and a bare `what`.
  private(set) var phrase = 0..<0
  /// The phrase's last word, which the others describe; -1 for none.
  var head: Int { phrase.isEmpty ? -1 : phrase.upperBound - 1 }
  /// Whether it is `kind of`, `type of`, so that a description answers.
  private(set) var isKind = false

  private let spelled: [String]
  private let words: [Word]

  /// - Parameter isJoined: whether a hyphen joins a word to the one before.
  init(in words: [Word], spelled: [String], isJoined: (Int) -> Bool) {
    self.words = words
    self.spelled = spelled
    let all = spelled.indices.filter { Self.interrogatives.contains(spelled[$0]) }
    // At the head of the question, at most behind a preposition; else the last that opens no
    // relative clause, which `what` and `how` never do.
    let chosen =
      all.first { $0 < 2 } ?? all.last { spelled[$0] == "what" || spelled[$0] == "how" } ?? all.last
    guard let chosen else { return }
    place = chosen
    interrogative = spelled[chosen]
    var start = chosen + 1
    if interrogative == "what" || interrogative == "which" {
      if has(Self.copulas, at: start) {
        guard has(Self.determiners, at: start + 1) else { return }
        start += 2
      }
    } else if interrogative == "how" {
      guard has(["many", "much"], at: start) else { return }
      start += 1
    } else if interrogative != "whose" {
      return
    }
    // `kind of musician`, `name of the band`, `which of the teams`: what is asked for comes behind.
    for _ in 0..<2 {
      if has(["of"], at: start) {
        start += 1
      } else if has(Self.carriers, at: start), has(["of"], at: start + 1) {
        isKind = isKind || has(["kind", "type", "sort", "form"], at: start)
        start += 2
      } else {
        break
      }
      if has(Self.determiners, at: start) || has(["these", "those"], at: start) { start += 1 }
    }
    phrase = start..<end(from: start, isJoined)
  }

  private func has(_ wanted: Set<String>, at index: Int) -> Bool {
    spelled.indices.contains(index) && wanted.contains(spelled[index])
  }

  /// Where the run of words ends that begins here: before a mark, a function word, a verb.
  private func end(from start: Int, _ isJoined: (Int) -> Bool) -> Int {
    var end = start
    while end < words.count, end < start + 6, !words[end].looks.contains(.function) {
      if end > start, words[end].looks.contains(.afterMark), !isJoined(end) { break }
      if end > start, isPast(spelled[end]), !isJoined(end) { return end }
      end += 1
    }
    // `company owns the brand`: what stands before a determiner is a verb.
    if end - start > 1, has(Self.determiners, at: end), spelled[end - 1].hasSuffix("s") { end -= 1 }
    return end
  }

  private func isPast(_ word: String) -> Bool {
    word.count > 4 && word.hasSuffix("ed") || Self.pasts.contains(word)
  }

  static let interrogatives: Set<String> = [
    "who", "whom", "whose", "what", "which", "when", "where", "why", "how",
  ]
  private static let copulas: Set<String> = ["is", "was", "are", "were"]
  private static let determiners: Set<String> = [
    "the", "a", "an", "his", "her", "its", "their", "this", "that", "one", "another", "other",
  ]
  private static let carriers: Set<String> = [
    "kind", "kinds", "type", "types", "sort", "form", "name", "names", "title", "one", "some", "example", "part",
  ]
  private static let pasts: Set<String> = [
    "wrote", "won", "made", "sold", "became", "came", "led", "had", "held", "built", "began", "took", "gave", "left",
    "went", "grew", "sang", "ran", "lost", "met", "died", "born", "known", "written", "sung", "drew", "fought",
    "shot", "flew", "fell", "bought", "taught", "found", "used", "lies", "lie",
  ]
}
