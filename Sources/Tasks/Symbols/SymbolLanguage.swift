import Palimpsest

/// A language of 222 words for models of a hundred thousand parameters: entities, relations, noise, and marks.
///
/// Every word is one token of `words`, so that budgets in tokens count words. Words of a text have four letters
/// each, so that every sentence has the same bytes and any part of a text can be made alone. A sentence is
/// five words: `fact bara owns dene .`, or four words of noise and the stop.
///
/// Ids are dense from 0: marks, entities, relations, noise. Id 0 pads and has no word.
public enum SymbolLanguage {
  /// Words with a meaning of their own. Raw values are their ids.
  public enum Mark: Int, CaseIterable, Sendable {
    /// Fills fixed slots.
    case pad = 0
    /// Opens a question for one answer.
    case seek
    /// Opens a question for all values of a key.
    case each
    /// Opens a question for all variables of a value.
    case vars
    /// Opens a question for the most frequent words.
    case tops
    /// Ends a question.
    case question
    /// Opens a fact.
    case fact
    /// Ends a sentence.
    case stop
    /// The relation of an assignment.
    case gets
    /// The word of frequency tasks that does not count.
    case blah
    /// Stands before a page.
    case memory
    /// Stands before a chunk.
    case section
    /// Stands before a page to be written.
    case write
    /// Stands before an answer.
    case answer
    /// Ends what is written.
    case end
    /// The update gate.
    case yes, no
    /// The exit gate.
    case go, halt

    var word: String {
      switch self {
      case .pad: ""
      case .question: "?"
      case .stop: "."
      default: "\(self)"
      }
    }
  }

  /// Ids of all entities, relations and noise words.
  public static let entities = 19..<115, relations = 115..<127, noise = 127..<223
  /// Token ids there are.
  public static let vocabulary = 223
  /// Tokens of a sentence, and its bytes with the blank behind it.
  public static let sentence = 5, sentenceBytes = 22

  /// The word of each id.
  public static let words: [String] = {
    func joined(_ starts: String, _ ends: String) -> [String] {
      let ends = ends.split(separator: " ")
      return starts.split(separator: " ").flatMap { start in ends.map { String(start + $0) } }
    }
    return Mark.allCases.map(\.word)
      + joined("ba de fi go hu ka le mi", "ra ne so tu vi la po da ki ju me zo")
      + "owns sees pays aids hugs tows woos dubs bans lets begs taps".split(separator: " ").map(String.init)
      + joined("b d f g h k l m n p r s", "alk elm ind orn ump ast irk ock")
  }()

  private static let ids = Dictionary(uniqueKeysWithValues: words.enumerated().dropFirst().map { ($1, $0) })

  /// The id of a word; nil for words of other languages.
  public static func id(of word: some StringProtocol) -> Int? { ids[String(word)] }

  /// Words with a blank between them; padding and ids that there are not are left out.
  public static func text(of tokens: some Sequence<Int>) -> String {
    tokens.filter { words.indices.contains($0) && $0 != 0 }.map { words[$0] }.joined(separator: " ")
  }

  /// The ids of a text; nil where a word is not of this language.
  public static func tokens(of text: String) -> [Int]? {
    var tokens: [Int] = []
    for word in text.split(whereSeparator: \.isWhitespace) {
      guard let id = ids[String(word)] else { return nil }
      tokens.append(id)
    }
    return tokens
  }
}

/// A fact of the language: head, relation, tail, as ids.
public struct SymbolFact: Sendable, Hashable, Codable {
  public var head: Int
  public var relation: Int
  public var tail: Int

  public init(_ head: Int, _ relation: Int, _ tail: Int) {
    self.head = head
    self.relation = relation
    self.tail = tail
  }

  /// Its sentence.
  public var tokens: [Int] {
    [SymbolLanguage.Mark.fact.rawValue, head, relation, tail, SymbolLanguage.Mark.stop.rawValue]
  }

  /// What tells splits apart.
  var triple: String { "\(head) \(relation) \(tail)" }

  /// The facts of a run of tokens, wherever they stand; broken ones are left out.
  public static func all(in tokens: [Int]) -> [SymbolFact] {
    var facts: [SymbolFact] = []
    var place = 0
    while place + 4 < tokens.count {
      if tokens[place] == SymbolLanguage.Mark.fact.rawValue, tokens[place + 4] == SymbolLanguage.Mark.stop.rawValue {
        facts.append(SymbolFact(tokens[place + 1], tokens[place + 2], tokens[place + 3]))
        place += 5
      } else {
        place += 1
      }
    }
    return facts
  }
}
