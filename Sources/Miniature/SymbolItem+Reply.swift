import Tasks

extension SymbolItem {
  /// What an answer has to say. A chain is spelled out, entity by entity: a tiny model finds its end by writing the links
  /// before it.
  package var reply: [Int] { settings.variety == .hopchain ? gold.map(\.tail) : answers }

  /// Whether a reply is right: the end of a chain, or all that was asked for in any order.
  package func isRight(_ reply: [Int]) -> Bool {
    settings.variety == .hopchain
      ? reply.count == gold.count && reply.last == answers.last
      : reply.sorted() == answers.sorted()
  }
}
