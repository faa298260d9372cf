/// Answers to questions that state the possible answers: one of two, yes or no.
struct Comparing {
  private(set) var answer = ""
  /// The passage that is cited.
  private(set) var cited: Int?
  /// Whether the notes have the compared property of each thing.
  private(set) var isFounded = false
  private let study: Study
  private let ranked: [Int]
  private var sheet: Sheet { study.sheet }
  private var inquiry: Inquiry { study.inquiry }

  init(_ study: Study, _ ranked: [Int]) {
    self.study = study
    self.ranked = ranked
    if inquiry.kind == .yesNo { judge() } else { choose() }
  }

  /// The sentences about what these terms name: under a heading that is nothing but that name, in the
  /// order of the text; else those that have most of its terms, best first.
  private func about(_ mask: UInt64, besides shared: UInt64 = 0) -> [Int] {
    let own = mask & ~shared
    guard own != 0 else { return [] }
    let headed = Set(
      sheet.headings.indices.filter { heading in
        let terms = terms(of: sheet.headingName(heading))
        return terms.known == mask && terms.unknown == 0
      })
    let under = sheet.passages.indices.filter { headed.contains(sheet.passages[$0].heading) }
    if !under.isEmpty { return related(to: under) ?? under }
    let best = ranked.map { (study.masks[$0] & own).nonzeroBitCount }.max() ?? 0
    let named = best == 0 ? [] : ranked.filter { (study.masks[$0] & own).nonzeroBitCount == best }
    return related(to: named) ?? named
  }

  /// Where the question is about the director of a film: the sentences about the person that the film's
  /// sentences name as its director.
  private func related(to passages: [Int]) -> [Int]? {
    let relations = Set(Self.relations.map { inquiry.forms[$0] }.filter { $0 >= 0 })
    guard !relations.isEmpty else { return nil }
    for passage in passages {
      let words = sheet.passages[passage].words
      let names = sheet.names(in: words)
      for word in words where relations.contains(inquiry.forms[sheet.words[word].stem]) {
        guard let name = names.first(where: { $0.lowerBound > word && $0.lowerBound <= word + 4 }) else { continue }
        let stems = name.map { sheet.words[$0].stem }
        let under = sheet.passages.indices.filter { other in
          let heading = sheet.passages[other].heading
          return heading >= 0 && sheet.headingName(heading).map { sheet.words[$0].stem } == stems
        }
        if !under.isEmpty { return under }
      }
    }
    return nil
  }

  private static let relations = [
    "director", "author", "writer", "composer", "performer", "founder", "producer", "creator", "wife", "husband",
  ].map(Stems.stem)

  private func terms(of words: Range<Int>) -> (known: UInt64, unknown: Int) {
    var terms = (known: UInt64(0), unknown: 0)
    for word in words where !sheet.words[word].looks.contains(.function) {
      let term = inquiry.forms[sheet.words[word].stem]
      if term < 0 { terms.unknown += 1 } else { terms.known |= 1 << UInt64(term) }
    }
    return terms
  }

  // MARK: choices

  private mutating func choose() {
    let masks = inquiry.choices.map(inquiry.mask)
    let shared = masks.reduce(UInt64.max, &)
    let about = masks.map { self.about($0, besides: shared) }
    let comparison = Comparison(in: inquiry.text)
    let measured = comparison.flatMap { compared(about, by: $0) }
    isFounded = comparison == nil ? about.allSatisfy { !$0.isEmpty } : measured != nil
    let chosen = measured ?? better(about, masks.reduce(0, |))
    answer = inquiry.choices[chosen]
    cited = about[chosen].first
  }

  /// The choice of which more is said that the question asks for.
  private func better(_ about: [[Int]], _ choices: UInt64) -> Int {
    let worth = about.map { passages in passages.map { study.rarity(of: study.masks[$0] & ~choices) }.max() ?? 0 }
    return worth[1] > worth[0] ? 1 : 0
  }

  /// The choice at the wanted end of a scale; nil where the notes do not tell.
  private func compared(_ about: [[Int]], by comparison: Comparison) -> Int? {
    let measures = about.map { passages -> Int? in
      switch comparison.scale {
      case .birth: moment(in: passages, isEnd: false)
      case .death: moment(in: passages, isEnd: true)
      case .life:
        if let start = moment(in: passages, isEnd: false), let end = moment(in: passages, isEnd: true) {
          end - start
        } else {
          nil
        }
      case .amount: amount(in: passages)
      }
    }
    guard let first = measures[0], let second = measures[1], first != second else { return nil }
    return (first < second) == comparison.wantsLess ? 0 : 1
  }

  /// The first date of the sentences, or the first that ends a span of time or stands with a death.
  private func moment(in passages: [Int], isEnd: Bool) -> Int? {
    for passage in passages {
      let words = sheet.passages[passage].words
      let dates = sheet.dates(in: words)
      let isOfDeath = words.contains { sheet.words[$0].stem == Self.died }
      let wanted = dates.filter { isEnd ? $0.endsPeriod || isOfDeath : !$0.endsPeriod }
      if let date = isEnd ? wanted.first(where: \.endsPeriod) ?? wanted.last : wanted.first {
        return sheet.moment(of: date.words)
      }
    }
    return nil
  }

  private static let died = Stems.stem("died")

  /// The number that stands with what is compared, else the first.
  private func amount(in passages: [Int]) -> Int? {
    var first: Int?
    for passage in passages {
      let words = sheet.passages[passage].words
      for number in sheet.numbers(in: words) where number.shape == .number {
        guard let value = sheet.value(of: number.words) else { continue }
        let next = number.words.upperBound..<min(number.words.upperBound + 3, words.upperBound)
        if next.contains(where: { inquiry.forms[sheet.words[$0].stem] >= 0 }) { return value }
        first = first ?? value
      }
    }
    return first
  }

  // MARK: yes and no

  /// Yes where what is said of the names stands with each of them: every name and nationality of it,
  /// and half of the rest.
  private mutating func judge() {
    let subjects = inquiry.subjects.count > 1 ? inquiry.subjects : Array(inquiry.names.prefix(1))
    let known = subjects.reduce(0, |)
    let asked = inquiry.terms.indices.reduce(UInt64(0)) { $0 | 1 << UInt64($1) } & ~known
    let names = asked & inquiry.capitals
    let isSame = inquiry.text.lowercased().contains(" same ")
    var found: [(mask: UInt64, capitals: Set<UInt64>)] = []
    for subject in subjects {
      let about = about(subject)
      cited = cited ?? about.first
      let capitals = about.prefix(2).flatMap { passage in
        sheet.passages[passage].words
          .filter { sheet.words[$0].looks.intersection([.capital, .function]) == .capital }
          .map { sheet.words[$0].stem }.filter { inquiry.forms[$0] < 0 }
      }
      found.append((about.reduce(0) { $0 | study.masks[$1] } & asked, Set(capitals)))
    }
    let isYes: Bool
    if isSame, found.count > 1 {
      isYes = !found.dropFirst().reduce(found[0].capitals) { $0.intersection($1.capitals) }.isEmpty
    } else {
      isYes = found.allSatisfy { names & ~$0.mask == 0 && 2 * $0.mask.nonzeroBitCount >= asked.nonzeroBitCount }
    }
    answer = isYes ? "yes" : "no"
    // A missing statement does not prove the contrary.
    isFounded = isYes && found.count > 1
  }
}

/// What a comparison compares, and which end it asks for.
struct Comparison {
  enum Scale { case birth, death, life, amount }
  var scale: Scale
  var wantsLess: Bool

  init?(in question: String) {
    let words = question.lowercased().split { !$0.isLetter }
    func has(_ wanted: Set<Substring>) -> Bool { words.contains { wanted.contains($0) } }
    let isOfDeath = has(["died", "die", "death"])
    if has(["lived", "live", "life"]) && has(["longer", "longest", "shorter"]) {
      (scale, wantsLess) = (.life, has(["shorter"]))
    } else if has(["first", "earlier", "earliest", "before"]) {
      (scale, wantsLess) = (isOfDeath ? .death : .birth, true)
    } else if has(["later", "latest", "recently", "last", "newer", "after"]) {
      (scale, wantsLess) = (isOfDeath ? .death : .birth, false)
    } else if has(["older", "oldest"]) {
      (scale, wantsLess) = (.birth, true)
    } else if has(["younger", "youngest"]) {
      (scale, wantsLess) = (.birth, false)
    } else if has(["fewer", "fewest", "less", "least", "smaller", "smallest", "lower", "shorter"]) {
      (scale, wantsLess) = (.amount, true)
    } else if has([
      "more", "most", "higher", "highest", "larger", "largest", "bigger", "taller", "tallest", "longer", "longest",
      "greater", "deeper",
    ]) {
      (scale, wantsLess) = (.amount, false)
    } else {
      return nil
    }
  }
}
