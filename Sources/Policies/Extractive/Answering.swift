/// The answer a study leads to: a span of a sentence, the sentence it stands in, and why.
struct Answering {
  private(set) var answer = ""
  /// The passage that is cited.
  private(set) var cited: Int?
  private let study: Study
  private var sheet: Sheet { study.sheet }
  private var inquiry: Inquiry { study.inquiry }

  init(from study: Study) {
    self.study = study
    let ranked = study.ranked
    guard let best = ranked.first else {
      // Of nothing but the question, only a choice can be answered, and only by guessing.
      answer = inquiry.kind == .yesNo ? "yes" : inquiry.choices.first ?? ""
      return
    }
    cited = best
    switch inquiry.kind {
    case .yesNo: judge(ranked)
    case .choice: choose(ranked)
    default: extract(ranked)
    }
  }

  /// A sentence of explanation that quotes what it rests on, then the answer.
  var text: String {
    let boxed = "\\boxed{\(answer)}"
    guard let cited else { return "The notes hold nothing that bears on the question.\n\(boxed)" }
    let passage = sheet.passages[cited]
    let heading = passage.heading < 0 ? "" : " about \(sheet.line(sheet.headings[passage.heading].range))"
    return "The notes\(heading) say: \"\(sheet.line(passage.range))\"\n\(boxed)"
  }

  // MARK: spans

  private struct Candidate {
    var text: String
    var worth: Double
    var passage: Int
  }

  private mutating func extract(_ ranked: [Int]) {
    var candidates: [Candidate] = []
    var places: [String: Int] = [:]
    let worths = ranked.map(worth)
    let top = worths.max() ?? 1
    for (passage, worth) in zip(ranked, worths).prefix(12) {
      let strength = worth / top
      for (text, fit) in rated(passage) {
        let key = text.lowercased()
        let total = fit * strength * strength
        if let place = places[key] {
          candidates[place].worth += 0.3 * total
        } else {
          places[key] = candidates.count
          candidates.append(Candidate(text: text, worth: total, passage: passage))
        }
      }
    }
    // The first of equals: ranked passages come first, and within one the order of the text.
    var best: Candidate?
    for candidate in candidates where candidate.worth > best?.worth ?? 0 { best = candidate }
    answer = best?.text ?? ""
    cited = best?.passage ?? cited
  }

  /// What a passage is worth to the answer: the second hop inherits from the first, when it says
  /// something of the question that the first does not.
  private func worth(_ passage: Int) -> Double {
    let arrival = study.bridges.arrivals[passage]
    guard arrival >= 0 else { return study.scores[passage] }
    let origin = study.bridges.all[arrival].passage
    guard study.masks[passage] & ~study.masks[origin] != 0 else { return study.scores[passage] }
    return study.scores[passage] + study.weights.chain * study.own[origin]
  }

  /// Names that lead on to a passage that says more of what is asked.
  private func leadsOn(_ words: Range<Int>, from passage: Int) -> Bool {
    let stems = words.map { sheet.words[$0].stem }
    let bridges = study.bridges
    return bridges.arrivals.indices.contains { other in
      bridges.arrivals[other] >= 0 && bridges.all[bridges.arrivals[other]].stems == stems
        && study.masks[other] & ~study.masks[passage] != 0
    }
  }

  /// The spans of a sentence, and its heading, with how well each would answer.
  private func rated(_ index: Int) -> [(String, Double)] {
    let passage = sheet.passages[index]
    let weights = study.weights
    var rated: [(String, Double)] = []
    for span in sheet.spans(in: passage, besides: inquiry) {
      var fit = fit(span)
      guard fit > 0, isNew(span.words) else { continue }
      if span.shape == .name, leadsOn(span.words, from: index) { fit *= weights.stepping }
      rated.append((sheet.line(span.bytes), fit * (weights.anywhere + nearness(span.words, in: passage))))
    }
    if passage.heading >= 0 {
      let name = sheet.headingName(passage.heading)
      var fit = fit(AnswerSpan(words: name, bytes: 0..<0, shape: .name))
      if !name.isEmpty, fit > 0, isNew(name) {
        // What was arrived at by its name is known already.
        if study.bridges.arrivals[index] >= 0 { fit *= weights.stepping }
        rated.append((sheet.line(sheet.bytes(of: name)), weights.title * fit))
      }
    }
    return rated
  }

  /// How well a shape fits what is asked for; 0 rules it out.
  private func fit(_ span: AnswerSpan) -> Double {
    switch (inquiry.kind, span.shape) {
    case (.person, .name): span.words.count > 1 ? 1 : 0.6
    case (.place, .name): place(span)
    case (.date, .date), (.year, .year): period(span)
    case (.date, .year): 0.7 * period(span)
    case (.number, .number): 1
    case (.number, .year): 0.1
    case (.thing, .name): isAcronym(span) ? 0.5 : 1
    case (.thing, .phrase): study.weights.phrase
    case (.thing, .number), (.thing, .year), (.thing, .date): 0.3
    case (.person, .phrase), (.place, .phrase): 0.2
    case (.date, .phrase), (.number, .phrase), (.year, .phrase): 0.05
    default: 0
    }
  }

  /// Of `1881 – 1944` behind a name, the first is when a life began and the second when it ended.
  private func period(_ span: AnswerSpan) -> Double {
    let ends = inquiry.forms[Stems.stem("died")] >= 0
    let begins = inquiry.forms[Stems.stem("born")] >= 0
    return ends == begins ? 1 : span.endsPeriod == ends ? 1.2 : 0.6
  }

  /// `AIU`: what it is short for says more.
  private func isAcronym(_ span: AnswerSpan) -> Bool {
    span.words.count == 1 && sheet.bytes[span.bytes].allSatisfy { (0x41...0x5A).contains($0) }
  }

  /// A name behind `in`, `at` or `from` is a place more often than another.
  private func place(_ span: AnswerSpan) -> Double {
    guard span.words.lowerBound > 0 else { return 0.3 }
    let before = sheet.words[span.words.lowerBound - 1]
    let word = String(decoding: sheet.bytes[before.range], as: UTF8.self).lowercased()
    return ["in", "at", "from", "near", "of", "to"].contains(word) ? 1 : 0.3
  }

  /// Whether a span says something that the question does not.
  private func isNew(_ words: Range<Int>) -> Bool {
    words.contains { inquiry.forms[sheet.words[$0].stem] < 0 && !sheet.words[$0].looks.contains(.function) }
  }

  /// How near a span is to the question's terms, as a share of their rarity, 0...1.
  private func nearness(_ span: Range<Int>, in passage: Passage) -> Double {
    var nearest = [Int: Int]()
    for index in passage.words where !span.contains(index) {
      let term = inquiry.forms[sheet.words[index].stem]
      guard term >= 0 else { continue }
      let distance = index < span.lowerBound ? span.lowerBound - index : index - span.upperBound + 1
      nearest[term] = min(nearest[term] ?? .max, distance)
    }
    var sum = 0.0
    var full = 0.0
    for term in inquiry.terms.indices {
      full += study.rarities[term]
      guard let distance = nearest[term] else { continue }
      sum += study.rarities[term] / (1 + study.weights.fading * Double(distance - 1))
    }
    return full > 0 ? sum / full : 0
  }

  // MARK: choices

  /// Terms of each choice, as a mask.
  private func mask(of choice: String) -> UInt64 {
    let bytes = Array(choice.utf8)
    var words: [Word] = []
    var scanner = WordScanner()
    scanner.scan(bytes.span, 0..<bytes.count, into: &words)
    return words.reduce(0) { mask, word in
      let term = inquiry.forms[word.stem]
      return term < 0 || word.looks.contains(.function) ? mask : mask | 1 << UInt64(term)
    }
  }

  private mutating func choose(_ ranked: [Int]) {
    let masks = inquiry.choices.map(mask)
    let shared = masks.reduce(UInt64.max, &)
    // The sentences that are about a choice: those that name it best.
    let about = masks.map { mask -> [Int] in
      let own = mask & ~shared
      let best = ranked.map { (study.masks[$0] & own).nonzeroBitCount }.max() ?? 0
      return best == 0 ? [] : ranked.filter { (study.masks[$0] & own).nonzeroBitCount == best }
    }
    var chosen = 0
    if inquiry.text.contains("longer") || inquiry.text.contains("older age") {
      let sheet = sheet
      let spans = about.map { passages in
        passages.compactMap { passage -> Int? in
          let years = sheet.years(in: sheet.passages[passage].words)
          return years.count > 1 && years[1] > years[0] ? years[1] - years[0] : nil
        }.first ?? 0
      }
      chosen = spans[1] > spans[0] ? 1 : 0
    } else if let order = Comparison(in: inquiry.text) {
      let sheet = sheet
      let years = about.map { passages in passages.compactMap { sheet.years(in: sheet.passages[$0].words).first } }
      if let first = years[0].first, let second = years[1].first, first != second {
        chosen = (first < second) == (order == .earlier) ? 0 : 1
      }
    } else {
      let choiceTerms = masks.reduce(0, |)
      let worth = about.map { passages in
        passages.map { passage in
          Bits(study.masks[passage] & ~choiceTerms).reduce(0) { $0 + study.rarities[$1] }
        }.max() ?? 0
      }
      chosen = worth[1] > worth[0] ? 1 : 0
    }
    answer = inquiry.choices[chosen]
    cited = about[chosen].first ?? cited
  }

  // MARK: yes and no

  /// Yes where what is said of the names stands with each of them.
  private mutating func judge(_ ranked: [Int]) {
    let names = inquiry.names.isEmpty ? [0] : inquiry.names
    let known = names.reduce(0, |)
    let asked = inquiry.terms.indices.reduce(UInt64(0)) { $0 | 1 << UInt64($1) } & ~known
    let isSame = inquiry.text.lowercased().contains(" same ")
    var found: [(mask: UInt64, capitals: Set<UInt64>)] = []
    for name in names {
      let best = ranked.map { (study.masks[$0] & name).nonzeroBitCount }.max() ?? 0
      let about = ranked.filter { name == 0 || best > 0 && (study.masks[$0] & name).nonzeroBitCount == best }
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
      isYes = found.allSatisfy { asked == 0 || 2 * ($0.mask & asked).nonzeroBitCount >= asked.nonzeroBitCount }
    }
    answer = isYes ? "yes" : "no"
  }
}

/// Which end of time a comparison asks for.
enum Comparison {
  case earlier, later

  init?(in question: String) {
    let words = question.lowercased().split { !$0.isLetter }
    func has(_ wanted: Set<Substring>) -> Bool { words.contains { wanted.contains($0) } }
    if has(["first", "earlier", "earliest", "older", "oldest", "before"]) {
      self = .earlier
    } else if has(["later", "latest", "younger", "youngest", "recently", "last", "newer", "after"]) {
      self = .later
    } else {
      return nil
    }
  }
}
