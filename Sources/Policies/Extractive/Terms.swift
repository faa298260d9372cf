/// Where the question's terms stand in a sentence.
struct Terms {
  private var places: [(word: Int, term: Int)] = []
  private let study: Study
  private var full = 0.0

  init(in words: Range<Int>, of study: Study) {
    self.study = study
    for word in words {
      let term = study.inquiry.forms[study.sheet.words[word].stem]
      if term >= 0 { places.append((word, term)) }
    }
    full = study.rarities.reduce(0, +)
  }

  /// How near a span is to the question's terms, as a share of their rarity, 0...1.
  func nearness(to span: Range<Int>) -> Double {
    var nearest = [Int](repeating: .max, count: study.rarities.count)
    for (word, term) in places where !span.contains(word) {
      let distance = word < span.lowerBound ? span.lowerBound - word : word - span.upperBound + 1
      nearest[term] = min(nearest[term], distance)
    }
    var sum = 0.0
    for (term, distance) in nearest.enumerated() where distance < .max {
      sum += study.rarities[term] / (1 + study.weights.fading * Double(distance - 1))
    }
    return full > 0 ? sum / full : 0
  }

  /// The term that stands before a span with at most three function words between.
  func next(before span: Range<Int>) -> Int? {
    guard let place = places.last(where: { $0.word < span.lowerBound }) else { return nil }
    return isBridged(place.word + 1..<span.lowerBound) ? place.term : nil
  }

  func next(behind span: Range<Int>) -> Int? {
    guard let place = places.first(where: { $0.word >= span.upperBound }) else { return nil }
    return isBridged(span.upperBound..<place.word) ? place.term : nil
  }

  private func isBridged(_ gap: Range<Int>) -> Bool {
    gap.count <= 3 && gap.allSatisfy { study.sheet.words[$0].looks.contains(.function) }
  }
}
