import Palimpsest
import Tasks

/// The prompts of a tiny model over `SymbolTask`, as token ids in fixed slots: question 6, page 15, chunk, the question
/// again behind it, and a mark for what is to be written. Slots are padded, so that every prompt of a kind has the same
/// length and what stands where never depends on the page.
///
/// Source: the blocks of MemAgent's two prompts (arXiv:2507.02259), scaled down; the answer sees no chunk.
public struct SymbolPrompts: Sendable, Codable, Hashable {
  /// Tokens of the longest page: three facts.
  public var page = 15
  /// Tokens of the longest question.
  public var question = 6

  /// Pages of three facts, questions of up to three relations.
  public init() {}

  /// The most tokens that an update may write: a page and its end.
  public var updateLimit: Int { page + 1 }

  /// The most tokens that a reply of a form may have: a page, its end, and a token per gate.
  public func limit(of form: SymbolForm) -> Int {
    switch form {
    case .page: updateLimit
    case .update: updateLimit + 1
    case .gates: updateLimit + 2
    }
  }

  /// The most tokens of an answer: one per link of a chain, three frequent words, or one per fact that a page has room
  /// for.
  public func answerLimit(of query: [Int]) -> Int {
    switch query.first.flatMap(Mark.init(rawValue:)) {
    case .seek: max(1, query.count - 3)
    case .tops: 3
    default: max(1, page / SymbolLanguage.sentence)
    }
  }

  /// What is read at a chunk.
  public func update(_ query: [Int], page: [Int], chunk: [Int]) -> [Int] {
    slot(query, question) + [Mark.memory.rawValue] + slot(page, self.page) + [Mark.section.rawValue] + chunk
      + slot(query, question, isRight: true) + [Mark.write.rawValue]
  }

  /// What is read for the answer.
  public func answer(_ query: [Int], page: [Int]) -> [Int] { answer(query, page: page, room: self.page) }

  /// The same with a slot of another size.
  func answer(_ query: [Int], page: [Int], room: Int) -> [Int] {
    slot(query, question) + [Mark.memory.rawValue] + slot(page, room) + slot(query, question, isRight: true)
      + [Mark.answer.rawValue]
  }

  /// The page of a reply: its tokens up to the end, cut at the budget. Any tokens are a valid page.
  public func page(of reply: [Int]) -> [Int] {
    Array(reply.prefix { $0 != Mark.end.rawValue }.prefix(page))
  }

  /// What an update that writes a page has to say.
  public func reply(for page: [SymbolFact]) -> [Int] { page.flatMap(\.tokens) + [Mark.end.rawValue] }

  private func slot(_ tokens: [Int], _ count: Int, isRight: Bool = false) -> [Int] {
    let tokens = Array(tokens.prefix(count))
    let rest = [Int](repeating: Mark.pad.rawValue, count: count - tokens.count)
    return isRight ? rest + tokens : tokens + rest
  }
}

typealias Mark = SymbolLanguage.Mark
