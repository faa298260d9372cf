import Foundation

/// The analysis of page and section for one call: the counts, and how much each sentence bears on
/// the question.
///
/// A sentence scores the rarity of the question's terms in it and, with less weight, in its
/// heading. It scores more where terms stand together as in the question, and less when it is long
/// (after BM25, Robertson and Zaragoza 2009). Names of the best sentences, such as the film whose
/// director is asked for, then count too; this finds second hops.
struct Study {
  let inquiry: Inquiry
  let weights: Weights
  let sheet: Sheet
  /// With this chunk's sentences, and the names that bridge.
  private(set) var counts: Counts
  /// By term of the question: how rare it is, and how much that counts.
  private(set) var rarities: [Double] = []
  /// By passage: the terms in sentence or heading.
  private(set) var masks: [UInt64] = []
  /// By passage: the worth of the question's own terms.
  private(set) var own: [Double] = []
  /// By passage: the worth with the bridges.
  private(set) var scores: [Double] = []
  private(set) var bridges = Bridges()

  init(_ sheet: Sheet, for inquiry: Inquiry, counts: Counts, weights: Weights) {
    self.sheet = sheet
    self.inquiry = inquiry
    self.weights = weights
    self.counts = counts
    self.counts.rest = sheet.rest
    let before = counts.sentences
    let passages = sheet.passages.map { find(in: $0.words) }
    let headings = sheet.headings.map { find(in: $0.words) }

    // 1. Count what is new, so that even the first chunk knows what is rare in it.
    masks = zip(sheet.passages, passages).map { $1.mask | ($0.heading < 0 ? 0 : headings[$0.heading].mask) }
    count()
    rarities = inquiry.terms.map { self.counts.rarity(of: $0.word) * $0.weight }

    // 2. What each sentence is worth by itself.
    own = sheet.passages.indices.map { index in
      let heading = sheet.passages[index].heading
      return worth(of: index, passages[index], heading < 0 ? Find() : headings[heading])
    }
    if inquiry.terms.isEmpty { own = salience() }

    // 3. And by what the best ones lead on to.
    scores = own
    bridges = Bridges(from: self, before: before)
    for index in scores.indices { scores[index] += bridges.gains[index] / lengthNorm(index) }
    self.counts.keep(bridges.names)
  }

  /// Passages that bear on the question, best first; of equals the earlier.
  var ranked: [Int] { ranked(by: scores) }

  func ranked(by scores: [Double]) -> [Int] {
    scores.indices.filter { scores[$0] > 0 }.sorted { (scores[$0], $1) > (scores[$1], $0) }
  }

  /// The scores of what is new in this chunk, in the order of the text.
  var newScores: [Float] {
    scores.indices.filter { !sheet.passages[$0].isHeld }.map { Float(scores[$0]) }
  }

  // MARK: terms

  /// The question's terms in a run of words.
  private struct Find {
    var mask: UInt64 = 0
    /// Those that stand beside each other as in the question.
    var paired: UInt64 = 0
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
      // One word may stand between: `Hall of Fame`.
      if previous >= 0, since <= 2, inquiry.pairs.contains(previous * Inquiry.mostTerms + term) {
        find.paired |= 1 << UInt64(previous) | 1 << UInt64(term)
      }
      (previous, since) = (term, 0)
    }
    return find
  }

  private mutating func count() {
    var frequencies = [Double](repeating: 0, count: inquiry.terms.count)
    for (passage, mask) in zip(sheet.passages, masks) where passage.isNew {
      counts.sentences += 1
      counts.words += Double(passage.words.count)
      for term in Bits(mask) { frequencies[term] += 1 }
    }
    for (term, count) in zip(inquiry.terms, frequencies) { counts.frequencies[term.word, default: 0] += count }
  }

  private func worth(of index: Int, _ sentence: Find, _ heading: Find) -> Double {
    let mask = masks[index]
    guard mask != 0 else { return 0 }
    var worth = rarity(of: sentence.mask)
    worth += weights.heading * rarity(of: heading.mask & ~sentence.mask)
    worth += weights.pair * rarity(of: sentence.paired | heading.paired)
    for name in inquiry.names where name.nonzeroBitCount > 1 && name & mask == name {
      worth += weights.name * rarity(of: name)
    }
    return worth / lengthNorm(index)
  }

  /// The sum of the rarities of a set of terms.
  func rarity(of mask: UInt64) -> Double {
    var sum = 0.0
    for term in Bits(mask) { sum += rarities[term] }
    return sum
  }

  private func lengthNorm(_ index: Int) -> Double {
    1 + weights.length * (Double(sheet.passages[index].words.count) / counts.meanLength - 1)
  }

  /// What a sentence is worth when nothing is asked: names and numbers, first of all in the sentence
  /// that opens a heading.
  private func salience() -> [Double] {
    var heading = -1
    return sheet.passages.indices.map { index in
      let passage = sheet.passages[index]
      let facts = passage.words.filter { !sheet.words[$0].looks.isDisjoint(with: [.capital, .number]) }.count
      let opens = passage.heading >= 0 && passage.heading != heading
      heading = passage.heading
      return (log(1 + Double(facts)) + (opens ? 1 : 0)) / lengthNorm(index)
    }
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
