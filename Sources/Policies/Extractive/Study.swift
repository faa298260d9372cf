/// One call's look at page and section: what was counted, and how much each sentence bears on the
/// question.
///
/// A sentence is worth the rarity of the question's terms in it and, somewhat less, in its heading;
/// more where terms stand together as in the question; less when it is long (BM25, Robertson and
/// Zaragoza 2009, over sentences). Names of the best sentences, such as the film whose director is
/// asked for, then count as terms too: that is how a second hop is found.
struct Study {
  let inquiry: Inquiry
  let weights: Weights
  private(set) var sheet: Sheet
  private(set) var counts: Counts
  /// By passage: the worth of the question's own terms, and with the bridges.
  private(set) var own: [Double] = []
  private(set) var scores: [Double] = []
  /// By passage: the terms in sentence or heading.
  private(set) var masks: [UInt64] = []
  private(set) var bridges: [Bridge] = []
  private(set) var rarities: [Double] = []

  init(_ sheet: Sheet, for inquiry: Inquiry, counts: Counts, weights: Weights) {
    self.sheet = sheet
    self.inquiry = inquiry
    self.weights = weights
    self.counts = counts
    let before = counts.sentences
    let finds = find()
    count(finds)
    rarities = inquiry.terms.map { self.counts.rarity(of: $0.word) * $0.weight }
    rank(finds)
    scores = own
    bridge(before: before)
  }

  // MARK: terms

  private struct Find {
    var mask: UInt64 = 0
    /// Terms of pairs that stand together.
    var pairs: Double = 0
    var paired: UInt64 = 0
  }

  private struct Finds {
    var passages: [Find]
    var headings: [Find]
  }

  private func find() -> Finds {
    Finds(
      passages: sheet.passages.map { find(in: $0.words) },
      headings: sheet.headings.map { find(in: $0.words) })
  }

  private func find(in words: Range<Int>) -> Find {
    var find = Find()
    var previous = -1
    var since = 0
    for index in words {
      since += 1
      let term = inquiry.forms[sheet.words[index].stem]
      guard term >= 0 else { continue }
      find.mask |= 1 << UInt64(term)
      if previous >= 0, since <= 2, inquiry.pairs.contains(previous * Inquiry.mostTerms + term) {
        find.paired |= 1 << UInt64(previous) | 1 << UInt64(term)
      }
      (previous, since) = (term, 0)
    }
    return find
  }

  private mutating func count(_ finds: Finds) {
    var frequencies = [Double](repeating: 0, count: inquiry.terms.count)
    for (passage, find) in zip(sheet.passages, finds.passages) where !passage.isHeld && !passage.isTorn {
      counts.sentences += 1
      counts.words += Double(passage.words.count)
      var mask = find.mask
      if passage.heading >= 0 { mask |= finds.headings[passage.heading].mask }
      for term in Bits(mask) { frequencies[term] += 1 }
    }
    for (term, count) in zip(inquiry.terms, frequencies) { counts.frequencies[term.word, default: 0] += count }
  }

  private mutating func rank(_ finds: Finds) {
    let mean = counts.meanLength
    own.reserveCapacity(sheet.passages.count)
    masks.reserveCapacity(sheet.passages.count)
    for (passage, find) in zip(sheet.passages, finds.passages) {
      let heading = passage.heading >= 0 ? finds.headings[passage.heading] : Find()
      let mask = find.mask | heading.mask
      masks.append(mask)
      guard mask != 0 else {
        own.append(0)
        continue
      }
      var worth = 0.0
      for term in Bits(find.mask) { worth += rarities[term] }
      for term in Bits(heading.mask & ~find.mask) { worth += weights.heading * rarities[term] }
      for term in Bits(find.paired | heading.paired) { worth += weights.pair * rarities[term] }
      for name in inquiry.names where name.nonzeroBitCount > 1 && name & mask == name {
        for term in Bits(name) { worth += weights.name * rarities[term] }
      }
      own.append(worth / lengthNorm(passage, mean))
    }
  }

  private func lengthNorm(_ passage: Passage, _ mean: Double) -> Double {
    1 + weights.length * (Double(passage.words.count) / mean - 1)
  }

  // MARK: bridges

  /// A name met in a strong sentence that the question does not know.
  struct Bridge {
    var stems: [UInt64]
    var text: String
    /// How strong the sentence is it comes from, 0...1.
    var strength: Double
    /// Where it comes from: it bridges to somewhere else.
    var heading: Int
    var passage: Int
    var worth = 0.0
  }

  private mutating func bridge(before: Double) {
    let full = rarities.reduce(0, +)
    guard full > 0 else { return }
    for _ in 0..<Int(weights.hops) {
      let found = names(full: full)
      guard !found.isEmpty else { break }
      bridges = found
      index(before: before)
      apply()
    }
    // Names that bridge nothing any more are no longer counted.
    let kept = Set(bridges.map(\.text))
    let known = Set(inquiry.terms.map(\.word))
    for name in counts.births.keys where !kept.contains(name) {
      counts.births[name] = nil
      if !known.contains(name) { counts.frequencies[name] = nil }
    }
  }

  /// Names of the best sentences, each once, by the strength of the best.
  private func names(full: Double) -> [Bridge] {
    let best = ranked.prefix(Int(weights.anchors))
    var found: [Bridge] = []
    var places: [UInt64: Int] = [:]
    for passage in best {
      let strength = min(scores[passage] / full, 1)
      let heading = sheet.passages[passage].heading
      var ranges = sheet.names(in: sheet.passages[passage].words)
      if heading >= 0 { ranges += [sheet.headingName(heading)] }
      for range in ranges where !range.isEmpty {
        let stems = range.map { sheet.words[$0].stem }
        guard stems.contains(where: { inquiry.forms[$0] < 0 }) else { continue }
        let key = stems.reduce(0) { $0 &* 31 &+ $1 }
        guard places[key] == nil, found.count < 60 else { continue }
        places[key] = found.count
        let bytes = sheet.words[range.lowerBound].range.lowerBound..<sheet.words[range.upperBound - 1].range.upperBound
        found.append(
          Bridge(
            stems: stems, text: PageText.line(sheet.bytes[bytes]).lowercased(), strength: strength,
            heading: heading, passage: passage))
      }
    }
    return found
  }

  /// Where the names stand: by passage and by heading, the bridges found.
  private var sentenceHits: [[Int]] = []
  private var headingHits: [[(bridge: Int, isWhole: Bool)]] = []

  private mutating func index(before: Double) {
    var starts: [[Int]] = []
    var table = StemTable(capacity: bridges.count)
    for (number, bridge) in bridges.enumerated() {
      let place = table[bridge.stems[0]]
      if place >= 0 {
        starts[place].append(number)
      } else {
        table[bridge.stems[0]] = starts.count
        starts.append([number])
      }
    }
    func hits(_ words: Range<Int>) -> [Int] {
      var hits: [Int] = []
      for index in words {
        let place = table[sheet.words[index].stem]
        guard place >= 0 else { continue }
        for number in starts[place] where !hits.contains(number) {
          let stems = bridges[number].stems
          guard index + stems.count <= words.upperBound else { continue }
          if stems.indices.allSatisfy({ sheet.words[index + $0].stem == stems[$0] }) { hits.append(number) }
        }
      }
      return hits
    }
    sentenceHits = sheet.passages.map { hits($0.words) }
    headingHits = sheet.headings.indices.map { heading in
      let name = sheet.headingName(heading)
      return hits(sheet.headings[heading].words).map { ($0, bridges[$0].stems.count == name.count) }
    }

    var fresh = [Double](repeating: 0, count: bridges.count)
    for (index, passage) in sheet.passages.enumerated() where !passage.isHeld && !passage.isTorn {
      for number in sentenceHits[index] { fresh[number] += 1 }
    }
    for number in bridges.indices {
      let text = bridges[number].text
      var trial = counts
      if trial.births[text] == nil { trial.births[text] = before }
      trial.frequencies[text, default: 0] += fresh[number]
      bridges[number].worth = trial.rarity(of: text) * bridges[number].strength
    }
    self.fresh = zip(bridges.map(\.text), fresh).map { ($0, $1) }
    self.before = before
  }

  private var fresh: [(String, Double)] = []
  private var before = 0.0

  private mutating func apply() {
    let mean = counts.meanLength
    for (index, passage) in sheet.passages.enumerated() {
      var best = 0.0
      for number in sentenceHits[index] where isElsewhere(bridges[number], from: index) {
        best = max(best, weights.bridge * bridges[number].worth)
      }
      if passage.heading >= 0 {
        for (number, isWhole) in headingHits[passage.heading] where isElsewhere(bridges[number], from: index) {
          best = max(best, (isWhole ? weights.bridgeHeading : weights.bridge) * bridges[number].worth)
        }
      }
      scores[index] = own[index] + best / lengthNorm(passage, mean)
    }
  }

  private func isElsewhere(_ bridge: Bridge, from passage: Int) -> Bool {
    bridge.heading >= 0
      ? bridge.heading != sheet.passages[passage].heading : bridge.passage != passage
  }

  /// Passages that bear on the question, best first; of equals the earlier.
  var ranked: [Int] {
    scores.indices.filter { scores[$0] > 0 }.sorted { (scores[$0], $1) > (scores[$1], $0) }
  }

  /// The scores of what is new in this chunk, in the order of the text.
  var newScores: [Float] {
    scores.indices.filter { !sheet.passages[$0].isHeld }.map { Float(scores[$0]) }
  }

  /// What is handed back at the next chunk: the counts, with those of the bridges.
  var carry: [String: Double] {
    var counts = counts
    for (text, count) in fresh {
      if counts.births[text] == nil { counts.births[text] = before }
      counts.frequencies[text, default: 0] += count
    }
    return counts.carry
  }
}

/// The set bits of a mask, lowest first.
struct Bits: Sequence, IteratorProtocol {
  private var mask: UInt64
  init(_ mask: UInt64) { self.mask = mask }

  mutating func next() -> Int? {
    guard mask != 0 else { return nil }
    defer { mask &= mask - 1 }
    return mask.trailingZeroBitCount
  }
}
