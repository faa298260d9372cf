import Palimpsest

/// Makes one needle question after the other, from nothing but the seed and the item's number.
struct NeedleMaker: Sendable {
  let settings: NeedleTask.Settings
  let tokenizer: any Tokenizer
  let words: NeedleWords
  let hay: NeedleVariety.Hay
  /// The hay's sentences; nil for noise and needles.
  let sentences: [[UInt8]]?
  let seed: UInt64

  private var variety: NeedleVariety { settings.variety }
  private var writer: NeedleWriter { NeedleWriter(variety: variety, words: words) }

  private static let noise = Array(
    "The grass is green. The sky is blue. The sun is yellow. Here we go. There and back again.\n".utf8)

  /// Whether the length leaves room for the needles in the hay.
  var fits: Bool { settings.tokens >= least }

  /// The least length: the needles, and twice as many units around them.
  var least: Int {
    let needles = needles(of: 0)
    let hay = hay(of: 0, beside: needles, tokens: 0)
    let unit = (0..<needles.count * 2).reduce(0) { $0 + tokenizer.count(unit: hay.unit($1)) }
    return unit + cost(of: needles)
  }

  func question(_ index: Int) -> Question {
    let needles = needles(of: index)
    func made(in hay: Hay) -> InsertedText {
      var generator = SeededGenerator(seed: seed, session: session(index), purpose: "needle.place")
      let units = place(needles.count, in: hay, using: &generator)
      return InsertedText(
        hay, inserting: zip(units, needles).map { .init(before: $0, $1.sentence + separator) })
    }
    let hay = hay(of: index, beside: needles, tokens: settings.tokens - cost(of: needles))
    let text = made(in: hay.fitted(to: settings.tokens, by: tokenizer, text: made))
    let asked = needles.indices.filter { needles[$0].isAskedFor }
    let evidence = asked.map { text.range(of: $0) }
    var keys: [String] = []
    for key in asked.map({ needles[$0].key }) where !keys.contains(key) { keys.append(key) }
    return Question(
      id: "\(session(index))-\(settings.tokens)", ask: ask(for: keys, isOne: asked.count == 1),
      answers: asked.map { needles[$0].value },
      evidence: evidence, causalEvidence: evidence,
      traits: [
        "variety": variety.rawValue, "hay": self.hay.rawValue,
        "depth": "\(100 * (evidence.first?.lowerBound ?? 0) / max(text.count, 1))",
        "match": asked.count > 1 ? "all" : "any", "length": "\(settings.tokens)",
      ],
      source: .text(text))
  }

  /// What random numbers derive from: the same needles are hidden in texts of every length.
  private func session(_ index: Int) -> String { "needle-\(variety.rawValue)-\(index)" }

  /// Between sentences of a text stands a space, between lines a break.
  private var separator: String { sentences == nil ? "\n" : " " }

  private func needles(of index: Int) -> [Needle] {
    var generator = SeededGenerator(seed: seed, session: session(index), purpose: "needle.facts")
    return writer.needles(using: &generator).needles.shuffled(using: &generator)
  }

  private func hay(of index: Int, beside needles: [Needle], tokens: Int) -> Hay {
    if let sentences {
      return Hay(tokens: tokens, by: tokenizer) { sentences[$0 % sentences.count] }
    }
    guard hay == .needles else { return Hay(tokens: tokens, by: tokenizer) { _ in Self.noise } }
    let session = session(index)
    return Hay(tokens: tokens, by: tokenizer) { [writer] line in
      var generator = SeededGenerator(seed: seed, session: session, step: line, purpose: "needle.hay")
      return Array((writer.distractor(besides: needles, using: &generator) + "\n").utf8)
    }
  }

  /// In a text RULER takes depths from forty evenly spaced percentages; among lines, any lines.
  private func place(_ count: Int, in hay: Hay, using generator: inout SeededGenerator) -> [Int] {
    guard sentences != nil, settings.placement == .uniform else {
      return settings.placement.units(count, of: hay.count, stretches: count, using: &generator)
    }
    let depths = distinct(count, of: 0..<40, using: &generator).map { (Double($0) * 100 / 39).rounded() }
    return depths.map { min(Int(Double(hay.count) * $0 / 100), hay.count) }
  }

  private func cost(of needles: [Needle]) -> Int {
    needles.reduce(0) { $0 + tokenizer.count(unit: Array(($1.sentence + separator).utf8)) }
  }

  private func ask(for keys: [String], isOne: Bool) -> String {
    let sort = variety.value.rawValue
    return isOne
      ? "What is the special magic \(sort) for \(keys.listed) mentioned in the provided text?"
      : "What are all the special magic \(sort)s for \(keys.listed) mentioned in the provided text?"
  }
}
