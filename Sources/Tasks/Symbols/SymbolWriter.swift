import Palimpsest

/// Writes pages by rule: the demonstrations that a small model imitates before it is rewarded.
public enum SymbolWriter {
  /// The page of a good writer: what the question needs of the old page and the chunk, and nothing else. It sees
  /// the question, not the answer, and reads forward only: a later hop that comes before its bridge is lost.
  ///
  /// - Parameters:
  ///   - query: the words of the question.
  ///   - page: the facts that are held.
  ///   - chunk: the facts of the chunk, in their order.
  ///   - limit: the most facts of a page.
  public static func good(
    _ query: [Int], page: [SymbolFact], chunk: [SymbolFact], limit: Int = 3
  ) -> [SymbolFact] {
    let pool = page + chunk
    let words = Array(query.dropFirst().dropLast())
    guard let mark = query.first.flatMap(SymbolLanguage.Mark.init(rawValue:)), let start = words.first else {
      return page
    }
    var kept: [SymbolFact] = []
    switch mark {
    case .seek:
      var head = start
      for relation in words.dropFirst() {
        // The last word on a fact counts; an unrevised one has only one.
        guard let next = pool.last(where: { $0.head == head && $0.relation == relation }) else { break }
        kept.append(next)
        head = next.tail
      }
    case .each:
      for fact in pool where words.count > 1 && fact.head == start && fact.relation == words[1] && !kept.contains(fact)
      {
        kept.append(fact)
      }
    case .vars:
      var known = start
      while let next = pool.first(where: {
        $0.relation == SymbolLanguage.Mark.gets.rawValue && $0.tail == known && !kept.contains($0)
      }) {
        kept.append(next)
        known = next.head
      }
    default: return page
    }
    return Array(kept.prefix(limit))
  }

  /// The page of a naive writer: any fact that shares a symbol with question or page, newest first; the oldest
  /// are evicted. Imitating it is the warm start that stands in for a pretrained model.
  public static func naive(
    _ query: [Int], page: [SymbolFact], chunk: [SymbolFact], limit: Int = 3
  ) -> [SymbolFact] {
    let known = Set(query).union(page.flatMap { [$0.head, $0.relation, $0.tail] })
    let new = chunk.filter { fact in
      !page.contains(fact) && [fact.head, fact.relation, fact.tail].contains(where: known.contains)
    }
    return Array((new.reversed() + page).prefix(limit))
  }

  /// A page with one fault: a fact dropped, a fact of the chunk put in, or another order.
  public static func corrupted(
    _ page: [SymbolFact], chunk: [SymbolFact], limit: Int = 3, using random: inout some RandomNumberGenerator
  ) -> [SymbolFact] {
    var page = page
    switch Int.random(in: 0..<3, using: &random) {
    case 0 where !page.isEmpty: page.remove(at: Int.random(in: page.indices, using: &random))
    case 1 where !chunk.isEmpty:
      let fact = chunk[Int.random(in: chunk.indices, using: &random)]
      if page.count < limit {
        page.insert(fact, at: Int.random(in: 0...page.count, using: &random))
      } else {
        page[Int.random(in: page.indices, using: &random)] = fact
      }
    default: page.shuffle(using: &random)
    }
    return page
  }
}

/// What a good writer does with an item, chunk by chunk; nothing but the page is held.
///
///     for step in item.demonstration { … step.page … }
public struct SymbolDemonstration: Sequence, IteratorProtocol {
  /// One chunk: the page before and behind it, and the gates.
  public struct Step: Sendable, Hashable {
    /// Index of the chunk.
    public var chunk: Int
    /// Tokens of the page before the chunk.
    public var before: [Int]
    /// Tokens of the page behind it.
    public var page: [Int]
    /// Whether the chunk changed the page.
    public var updates: Bool
    /// Whether the page holds all that can be asked for, so that reading may end. Never true for `multi`,
    /// `revise` and `freq`: what comes later counts.
    public var exits: Bool
  }

  private let item: SymbolItem
  private let limit: Int
  private var place = 0
  private var facts: [SymbolFact] = []
  private var counts = SymbolCounts()
  private var page: [Int] = []

  init(_ item: SymbolItem, limit: Int) {
    self.item = item
    self.limit = limit
  }

  /// The step of the next chunk; nil behind the last.
  public mutating func next() -> Step? {
    guard place < item.settings.chunks else { return nil }
    let (before, chunk) = (page, item.chunk(place))
    if item.settings.variety == .freq {
      // An oracle: it counts, which a page of words cannot. The page has the most frequent words so far.
      counts.add(chunk)
      page = counts.top(3).map(\.word)
    } else {
      facts = SymbolWriter.good(item.query, page: facts, chunk: SymbolFact.all(in: chunk), limit: limit)
      page = facts.flatMap(\.tokens)
    }
    defer { place += 1 }
    return Step(chunk: place, before: before, page: page, updates: page != before, exits: item.isComplete(facts))
  }
}

extension SymbolItem {
  /// What a good writer does with this item. A page of three facts holds what any item of three links needs.
  public var demonstration: SymbolDemonstration { SymbolDemonstration(self, limit: 3) }

  /// Whether a page holds all that the question can ask for, so that reading may end. Never true for `multi`, `revise`
  /// and `freq`: what comes later counts.
  public func isComplete(_ page: [SymbolFact]) -> Bool {
    switch settings.variety {
    case .hopchain, .key, .chainvar: SymbolWriter.good(query, page: page, chunk: []).count == gold.count
    case .multi, .revise, .freq: false
    }
  }

  /// The answer that the demonstration gives from its last page.
  ///
  /// - Returns: nil where the page does not hold it, as for chains in reverse order.
  public func answer(from page: [Int]) -> [Int]? {
    if settings.variety == .freq { return page.isEmpty ? nil : page }
    let facts = SymbolWriter.good(query, page: SymbolFact.all(in: page), chunk: [])
    switch settings.variety {
    case .multi: return facts.isEmpty ? nil : facts.map(\.tail)
    case .chainvar: return facts.isEmpty ? nil : facts.map(\.head)
    default: return facts.count == query.count - 3 ? facts.last.map { [$0.tail] } : nil
    }
  }
}
