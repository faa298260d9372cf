import Palimpsest

/// One item of a `SymbolTask` in token ids: its question, its text by the sentence, and where its evidence stands.
public struct SymbolItem: Sendable {
  /// The id of its question.
  public let id: String
  /// The words of the question.
  public let query: [Int]
  /// The words of the answer: one, or for `multi`, `chainvar` and `freq` all.
  public let answers: [Int]
  /// The facts to find, in the order of the question; empty for `freq`.
  public let gold: [SymbolFact]
  /// The sentence of each gold fact.
  public let places: [Int]
  /// Of the task.
  public let settings: SymbolTask.Settings
  let plan: SymbolPlan
  private let session: String
  private let seed: UInt64
  private let bait: Int?

  private typealias Language = SymbolLanguage

  init(_ index: Int, _ settings: SymbolTask.Settings, seed: UInt64) {
    self.settings = settings
    self.seed = seed
    let kind = "\(settings.variety.rawValue)-\(settings.links)"
    id = "\(kind)-\(settings.order.rawValue)-\(settings.placement.rawValue)-\(settings.chunks)-\(index)"
    let split = settings.split == .all ? "" : "-\(settings.split.rawValue)"
    var (session, attempt, plan) = ("\(kind)\(split)-\(index)", 0, SymbolPlan())
    while true {
      var random = SeededGenerator(seed: seed, session: session, step: attempt, purpose: "symbols.plan")
      if let made = SymbolPlan(settings, seed: seed, session: session, using: &random) {
        plan = made
        break
      }
      // A tie for the third place of a frequency item, or no triple of the split: drawn again.
      attempt += 1
      if settings.variety == .freq { session = "\(kind)\(split)-\(index)/\(attempt)" }
    }
    self.session = session
    self.plan = plan
    (query, answers, gold) = (plan.query, plan.answers, plan.gold)

    var random = SeededGenerator(seed: seed, session: session, purpose: "symbols.place")
    var order = Array(gold.indices)
    switch settings.order {
    case _ where settings.variety == .revise: break
    case .forward: break
    case .reverse: order.reverse()
    case .random: order.shuffle(using: &random)
    }
    let count = settings.chunks * settings.sentences
    let units = settings.placement.units(gold.count, of: count, stretches: settings.chunks, using: &random)
    var places = [Int](repeating: 0, count: gold.count)
    for (link, unit) in zip(order, units) { places[link] = unit }
    self.places = places
    var bait: Int?
    if settings.bait, plan.bait != nil {
      repeat { bait = Int.random(in: 0..<count, using: &random) } while places.contains(bait ?? 0)
    }
    self.bait = bait
  }

  /// Whether another item is the same one: of the same task, number and seed.
  public func isSame(as other: SymbolItem) -> Bool {
    seed == other.seed && session == other.session && settings == other.settings
  }

  /// Sentences of the text.
  public var count: Int { settings.chunks * settings.sentences }

  /// The five tokens of a sentence.
  public func sentence(_ index: Int) -> [Int] {
    if let link = places.firstIndex(of: index) { return gold[link].tokens }
    if index == bait, let bait = plan.bait { return bait.tokens }
    var random = SeededGenerator(seed: seed, session: session, step: index, purpose: "symbols.sentence")
    return plan.sentence(density: settings.density, using: &random)
  }

  /// The tokens of a chunk.
  public func chunk(_ index: Int) -> [Int] {
    (index * settings.sentences..<(index + 1) * settings.sentences).flatMap { sentence($0) }
  }

  /// The tokens of each chunk, made one by one.
  public var chunks: some Sequence<[Int]> { (0..<settings.chunks).lazy.map { chunk($0) } }

  /// The gold facts that a reader recognises when it meets them: for chains, those whose earlier links stand
  /// earlier in the text.
  public var causal: [Int] {
    guard settings.variety == .hopchain || settings.variety == .chainvar else { return Array(gold.indices) }
    return gold.indices.filter { link in places[..<link].allSatisfy { $0 < places[link] } }
  }

  /// The same item as a question over a text.
  public var question: Question {
    func range(_ link: Int) -> Range<Int> {
      let start = places[link] * Language.sentenceBytes
      return start..<(start + Language.sentenceBytes - 1)
    }
    let text = SymbolText(item: self)
    let whole = settings.variety == .freq ? [0..<text.count] : nil
    return Question(
      id: id, ask: Language.text(of: query), answers: answers.map { Language.words[$0] },
      evidence: whole ?? gold.indices.map(range), causalEvidence: whole ?? causal.map(range),
      traits: [
        "variety": settings.variety.rawValue, "links": "\(max(1, gold.count))", "order": settings.order.rawValue,
        "placement": settings.placement.rawValue, "chunks": "\(settings.chunks)", "split": settings.split.rawValue,
        "answers": answers.count == 1 ? "one" : "all",
      ],
      source: .text(text))
  }

  /// Which chunks hold evidence.
  ///
  /// - Parameter tokens: of a chunk; nil for the item's own, whose borders fall between sentences.
  public func labels(chunk tokens: Int? = nil) -> ChunkLabels {
    let size = tokens ?? settings.sentences * Language.sentence
    precondition(size > 0, "chunks of \(size) tokens")
    let chunks = (count * Language.sentence + size - 1) / size
    guard settings.variety != .freq else {
      let all = [Bool](repeating: true, count: chunks)
      return ChunkLabels(evidence: all, causal: all, straddles: false)
    }
    var labels = ChunkLabels(
      evidence: Array(repeating: false, count: chunks), causal: Array(repeating: false, count: chunks),
      straddles: false)
    let causal = causal
    for (link, place) in places.enumerated() {
      let (first, last) = (place * Language.sentence / size, (place * Language.sentence + Language.sentence - 1) / size)
      for chunk in first...last {
        labels.evidence[chunk] = true
        if causal.contains(link) { labels.causal[chunk] = true }
      }
      if first != last { labels.straddles = true }
    }
    return labels
  }
}

/// Which chunks of a text hold evidence. A fact that a border cuts is evidence on both sides.
public struct ChunkLabels: Sendable, Hashable {
  /// Per chunk, whether it touches a fact that the answer needs.
  public var evidence: [Bool]
  /// Per chunk, whether a reader that knows the question and the facts so far can recognise one.
  public var causal: [Bool]
  /// Whether a chunk border cuts a fact.
  public var straddles: Bool

  /// The last chunk with evidence: the right place to exit.
  public var last: Int? { evidence.lastIndex(of: true) }
}

/// The text of an item, made when it is read. Sentences have the same bytes, so nothing has to be remembered.
struct SymbolText: TextSource {
  let item: SymbolItem

  private static let bytes = SymbolLanguage.sentenceBytes
  /// Sentences of a piece, 2.8 KB: a page about a reading asks for single chunks here and there, and every sentence of a
  /// piece has to be made.
  private static let batch = 128

  /// No blank stands behind the last sentence.
  var count: Int { item.count * Self.bytes - 1 }

  func piece(from offset: Int) -> [UInt8]? {
    guard offset < count else { return nil }
    let first = offset / Self.bytes
    var piece: [UInt8] = []
    piece.reserveCapacity(Self.batch * Self.bytes)
    for index in first..<min(first + Self.batch, item.count) {
      for token in item.sentence(index) {
        piece += SymbolLanguage.words[token].utf8
        piece.append(UInt8(ascii: " "))
      }
    }
    if first + Self.batch >= item.count { piece.removeLast() }
    return Array(piece.dropFirst(offset - first * Self.bytes))
  }
}
