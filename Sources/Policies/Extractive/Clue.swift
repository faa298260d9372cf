/// What speaks for or against a span as the answer, besides its shape and the words around it.
enum Clue: Int, CaseIterable {
  // Its sentence.
  case strength, best, second, arrived, gained, origin, covers, blockCovers, headingKnown, headingNew, headingHead
  // Where it stands to the question's terms.
  case near, known, stepping, ownTitle, otherTitle
  case afterBehind, afterLast, afterBefore, afterOther
  case beforeBehind, beforeLast, beforeBefore, beforeOther
  // The noun that says what is asked for.
  case headLast, headInside, headBefore, headBehind, headNear
  // What stands around it.
  case afterThe, afterA, bracketed, opens
  // How it is built.
  case oneWord, twoWords, threeWords, manyWords
  case oneOfPhrase, twoOfPhrase, threeOfPhrase, manyOfPhrase, shortLong, longLong
  case cutFront, cutBehind, splitsName, capital, acronym
  case firstPast, firstGerund, firstAdverb, lastPast, lastGerund, lastAdverb, lastPlural
  case periodFits, periodMisfits
  case demonym, demonymWanted, doer, doerWanted, institution, institutionWanted
}

/// Kinds that are looked for in the same surroundings.
enum AnswerGroup: Int, CaseIterable {
  case who, place, time, number, named, thing

  init(_ kind: AnswerKind) {
    self =
      switch kind {
      case .person: .who
      case .place: .place
      case .date, .year: .time
      case .count, .amount: .number
      case .group, .work: .named
      default: .thing
      }
  }
}

/// What stands directly before or behind a span.
enum Neighbour: Int, CaseIterable {
  case border, mark, of, at, by, to, from, named, and, being, function, content

  static let table: StemTable = {
    let words: [(Neighbour, String)] = [
      (.of, "of"), (.at, "in at on near"), (.by, "by"), (.to, "to"), (.from, "from since until"),
      (.named, "as called named known titled entitled"), (.and, "and or"),
      (.being, "is are was were be been became becomes"),
    ]
    var table = StemTable()
    for (neighbour, list) in words {
      for word in list.split(separator: " ") { table[Stems.stem(String(word))] = neighbour.rawValue }
    }
    return table
  }()
}

/// The clues of one span: which, and how much of each.
struct Clues: Sendable {
  private(set) var values: [(place: Int, amount: Double)] = []

  init() { values.reserveCapacity(24) }

  static let kinds = AnswerKind.allCases.filter { $0 != .yesNo && $0 != .choice }
  private static let shapes = AnswerSpan.Shape.allCases.count
  private static let neighbours = Neighbour.allCases.count
  private static let before = kinds.count * shapes
  private static let behind = before + AnswerGroup.allCases.count * neighbours
  private static let others = behind + AnswerGroup.allCases.count * neighbours
  static let count = others + Clue.allCases.count

  mutating func add(_ shape: AnswerSpan.Shape, for kind: AnswerKind) {
    guard let row = Self.kinds.firstIndex(of: kind) else { return }
    values.append((row * Self.shapes + shape.rawValue, 1))
  }

  mutating func add(_ neighbour: Neighbour, isBehind: Bool, for group: AnswerGroup) {
    let start = isBehind ? Self.behind : Self.before
    values.append((start + group.rawValue * Self.neighbours + neighbour.rawValue, 1))
  }

  mutating func add(_ clue: Clue, _ amount: Double = 1) {
    if amount != 0 { values.append((Self.others + clue.rawValue, amount)) }
  }

  /// Runs of places with a title, and a name for each place.
  static let blocks: [(title: String, start: Int, names: [String])] = {
    var blocks: [(title: String, start: Int, names: [String])] = []
    func add(_ title: String, _ names: [String]) {
      blocks.append((title, (blocks.last?.start ?? 0) + (blocks.last?.names.count ?? 0), names))
    }
    for kind in kinds { add("a \(kind)", AnswerSpan.Shape.allCases.map { "\($0)" }) }
    for side in ["before", "behind"] {
      for group in AnswerGroup.allCases { add("\(side) \(group)", Neighbour.allCases.map { "\($0)" }) }
    }
    add("clue", Clue.allCases.map { "\($0)" })
    return blocks
  }()
}
