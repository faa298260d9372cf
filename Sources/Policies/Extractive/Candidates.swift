import Foundation

/// A span that could answer, with all that speaks for and against it.
struct Candidate {
  /// Bytes of the sheet.
  var bytes: Range<Int>
  var passage: Int
  /// Equal for spans of the same words.
  var identity: UInt64
  /// Its words.
  var stems: [UInt64]
  var clues: Clues
}

/// All spans of the best sentences, and of their headings, with their clues.
struct Candidates {
  private(set) var all: [Candidate] = []
  private let study: Study
  private let group: AnswerGroup
  private let leading: Set<[UInt64]>
  /// Sentences whose names led to other sentences.
  private let origins: Set<Int>
  /// The names in headings, as stems.
  private let titles: Set<[UInt64]>
  /// By heading: the question's terms in all that stands under it.
  private var covered: [Int: UInt64] = [:]
  private let full: Double
  private var sheet: Sheet { study.sheet }
  private var inquiry: Inquiry { study.inquiry }

  /// Sentences that are looked at.
  private static let passages = 12

  init(of study: Study) {
    self.study = study
    group = AnswerGroup(study.inquiry.kind)
    let bridges = study.bridges
    // Names that lead to a sentence with more of the question's terms.
    leading = Set(
      bridges.arrivals.indices.compactMap { other in
        guard bridges.arrivals[other] >= 0 else { return nil }
        let bridge = bridges.all[bridges.arrivals[other]]
        return study.masks[other] & ~study.masks[bridge.passage] != 0 ? bridge.stems : nil
      })
    origins = Set(bridges.arrivals.filter { $0 >= 0 }.map { bridges.all[$0].passage })
    let sheet = study.sheet
    titles = Set(sheet.headings.indices.map { sheet.headingName($0).map { sheet.words[$0].stem } })
    full = max(study.rarities.reduce(0, +), 1e-9)
    for (passage, mask) in zip(sheet.passages, study.masks) where passage.heading >= 0 {
      covered[passage.heading, default: 0] |= mask
    }
    let ranked = study.ranked.map { ($0, worth($0)) }.sorted { ($0.1, $1.0) > ($1.1, $0.0) }.prefix(Self.passages)
    let top = max(ranked.first?.1 ?? 1, 1e-9)
    for (rank, (passage, worth)) in ranked.enumerated() {
      let terms = Terms(in: study.sheet.passages[passage].words, of: study)
      for span in study.sheet.spans(in: study.sheet.passages[passage]) where isNew(span.words) {
        add(span, in: passage, worth / top, rank, terms)
      }
      let heading = study.sheet.passages[passage].heading
      guard heading >= 0 else { continue }
      let name = study.sheet.headingName(heading)
      guard !name.isEmpty, isNew(name) else { continue }
      add(AnswerSpan(words: name, bytes: sheet.bytes(of: name), shape: .title), in: passage, worth / top, rank, terms)
    }
  }

  /// The value of a passage for the answer: the second hop inherits from the first, when it has
  /// terms of the question that the first lacks.
  private func worth(_ passage: Int) -> Double {
    let arrival = study.bridges.arrivals[passage]
    guard arrival >= 0 else { return study.scores[passage] }
    let origin = study.bridges.all[arrival].passage
    guard study.masks[passage] & ~study.masks[origin] != 0 else { return study.scores[passage] }
    return study.scores[passage] + study.weights.chain * study.own[origin]
  }

  /// Whether a span says something that the question does not.
  private func isNew(_ words: Range<Int>) -> Bool {
    words.contains { inquiry.forms[sheet.words[$0].stem] < 0 && !sheet.words[$0].looks.contains(.function) }
  }

  // MARK: clues

  private mutating func add(_ span: AnswerSpan, in passage: Int, _ strength: Double, _ rank: Int, _ terms: Terms) {
    var clues = Clues()
    clues.add(span.shape, for: inquiry.kind)
    clues.add(.strength, strength)
    if rank < 2 { clues.add(rank == 0 ? .best : .second) }
    if study.bridges.arrivals[passage] >= 0 {
      clues.add(.arrived)
    } else if study.bridges.gains[passage] > 0 {
      clues.add(.gained)
    }
    if origins.contains(passage) { clues.add(.origin) }
    clues.add(.covers, study.rarity(of: study.masks[passage]) / full)
    let heading = sheet.passages[passage].heading
    if heading >= 0 {
      clues.add(.blockCovers, study.rarity(of: covered[heading, default: 0]) / full)
      let title = sheet.headingName(heading).filter { !sheet.words[$0].looks.contains(.function) }
      let known = title.count { inquiry.forms[sheet.words[$0].stem] >= 0 }
      if known == title.count { clues.add(.headingKnown) } else if known == 0 { clues.add(.headingNew) }
      if title.contains(where: { sheet.words[$0].stem == inquiry.head }) { clues.add(.headingHead) }
    }
    let stems = span.words.map { sheet.words[$0].stem }
    let content = span.words.filter { !sheet.words[$0].looks.contains(.function) }
    let known = content.count { inquiry.forms[sheet.words[$0].stem] >= 0 }
    clues.add(.known, Double(known) / Double(max(content.count, 1)))
    if leading.contains(stems) { clues.add(.stepping) }
    if span.shape != .title, titles.contains(stems) { clues.add(.otherTitle) }
    if let head = content.lastIndex(where: { sheet.words[$0].stem == inquiry.head }) {
      clues.add(head == content.count - 1 ? .headLast : .headInside)
    }
    build(span, content, &clues)
    if span.shape != .title { surround(span, in: sheet.passages[passage], terms, &clues) }
    all.append(
      Candidate(
        bytes: span.bytes, passage: passage, identity: sheet.identity(of: span.words), stems: stems, clues: clues))
  }

  /// How it is built.
  private func build(_ span: AnswerSpan, _ content: [Int], _ clues: inout Clues) {
    let length = min(span.words.count, 4) - 1
    switch span.shape {
    case .phrase: clues.add([.oneOfPhrase, .twoOfPhrase, .threeOfPhrase, .manyOfPhrase][length])
    case .long: clues.add(span.words.count < 6 ? .shortLong : .longLong)
    case .name, .quoted, .title: clues.add([.oneWord, .twoWords, .threeWords, .manyWords][length])
    default: break
    }
    if span.cut.front > 0 { clues.add(.cutFront) }
    if span.cut.behind > 0 { clues.add(.cutBehind) }
    func isCapital(_ index: Int) -> Bool {
      sheet.words.indices.contains(index) && sheet.words[index].looks.contains(.capital)
    }
    if span.shape == .phrase, isCapital(span.words.lowerBound) { clues.add(.capital) }
    if span.cut.front > 0 && isCapital(span.words.lowerBound) && isCapital(span.words.lowerBound - 1)
      || span.cut.behind > 0 && isCapital(span.words.upperBound - 1) && isCapital(span.words.upperBound)
    {
      clues.add(.splitsName)
    }
    guard let first = content.first, let last = content.last else { return }
    let (opening, closing) = (Ending(of: sheet, first), Ending(of: sheet, last))
    if span.shape == .phrase || span.shape == .long {
      if opening.isPast { clues.add(.firstPast) }
      if opening.isGerund { clues.add(.firstGerund) }
      if opening.isAdverb { clues.add(.firstAdverb) }
      if closing.isPast { clues.add(.lastPast) }
      if closing.isGerund { clues.add(.lastGerund) }
      if closing.isAdverb { clues.add(.lastAdverb) }
      if closing.isPlural { clues.add(.lastPlural) }
    }
    if span.words.count == 1, sheet.bytes[span.bytes].allSatisfy({ (0x41...0x5A).contains($0) }) { clues.add(.acronym) }
    if span.words.count == 1, isCapital(last), closing.isDemonym {
      clues.add(inquiry.kind == .people ? .demonymWanted : .demonym)
    }
    if !isCapital(last), closing.isDoer { clues.add(inquiry.kind == .occupation ? .doerWanted : .doer) }
    if isCapital(last), content.contains(where: { Self.institutions[sheet.words[$0].stem] >= 0 }) {
      clues.add(inquiry.kind == .group ? .institutionWanted : .institution)
    }
    if span.shape == .date || span.shape == .year {
      let ends = inquiry.forms[Stems.stem("died")] >= 0
      let begins = inquiry.forms[Stems.stem("born")] >= 0
      if ends != begins { clues.add(span.endsPeriod == ends ? .periodFits : .periodMisfits) }
    }
  }

  private static let institutions = StemTable(
    """
    university college school company corporation institute church museum association league party club department
    ministry committee council society agency bank records studios union federation army force trust museum library
    """.split(whereSeparator: \.isWhitespace).map { (Stems.stem(String($0)), 1) })

  /// What stands around it.
  private func surround(_ span: AnswerSpan, in passage: Passage, _ terms: Terms, _ clues: inout Clues) {
    clues.add(.near, terms.nearness(to: span.words))
    let heading = passage.heading
    if heading >= 0 {
      let title = sheet.headingName(heading)
      if title.count == span.words.count,
        zip(title, span.words).allSatisfy({ sheet.words[$0].stem == sheet.words[$1].stem })
      {
        clues.add(.ownTitle)
      }
    }
    if span.words.lowerBound == passage.words.lowerBound { clues.add(.opens) }
    if span.bytes.lowerBound > 0, sheet.bytes[span.bytes.lowerBound - 1] == UInt8(ascii: "(") { clues.add(.bracketed) }

    // The word before, behind a determiner.
    var before = span.words.lowerBound - 1
    if before >= passage.words.lowerBound, !sheet.words[before + 1].looks.contains(.afterMark) {
      switch sheet.words[before].stem {
      case Self.the:
        clues.add(.afterThe)
        before -= 1
      case Self.a, Self.an:
        clues.add(.afterA)
        before -= 1
      default: break
      }
    }
    clues.add(neighbour(before, mark: before + 1, in: passage), isBehind: false, for: group)
    let behind = span.words.upperBound
    clues.add(neighbour(behind, mark: behind, in: passage), isBehind: true, for: group)

    if let term = terms.next(before: span.words) {
      let beside = inquiry.beside
      clues.add(
        term == beside.last
          ? .afterLast : term == beside.behind ? .afterBehind : term == beside.before ? .afterBefore : .afterOther)
    }
    if let term = terms.next(behind: span.words) {
      let beside = inquiry.beside
      clues.add(
        term == beside.behind
          ? .beforeBehind : term == beside.last ? .beforeLast : term == beside.before ? .beforeBefore : .beforeOther)
    }
    guard inquiry.head != 0 else { return }
    func isHead(_ index: Int) -> Bool { passage.words.contains(index) && sheet.words[index].stem == inquiry.head }
    if isHead(span.words.lowerBound - 1) {
      clues.add(.headBefore)
    } else if isHead(span.words.upperBound) {
      clues.add(.headBehind)
    } else if (2...5).contains(where: { isHead(span.words.lowerBound - $0) || isHead(span.words.upperBound - 1 + $0) })
    {
      clues.add(.headNear)
    }
  }

  private static let the = Stems.stem("the")
  private static let a = Stems.stem("a")
  private static let an = Stems.stem("an")

  private func neighbour(_ index: Int, mark: Int, in passage: Passage) -> Neighbour {
    guard passage.words.contains(index) else { return .border }
    if passage.words.contains(mark), sheet.words[mark].looks.contains(.afterMark) { return .mark }
    let known = Neighbour.table[sheet.words[index].stem]
    if let neighbour = Neighbour(rawValue: known) { return neighbour }
    return sheet.words[index].looks.contains(.function) ? .function : .content
  }
}
