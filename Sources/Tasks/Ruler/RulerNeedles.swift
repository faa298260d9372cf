import Palimpsest
import SentenceRules

/// The eight needle tasks of RULER: sentences with a key and a value among noise, among their like, or in prose.
struct RulerNeedles: RulerFamily {
  private let kind: RulerKind
  private let writer: NeedleWriter
  /// Words of the prose; nil where needles stand among lines.
  private let prose: RulerProse?
  private let seed: UInt64
  let step: Int
  let hay: String

  private static let noise = "The grass is green. The sky is blue. The sun is yellow. Here we go. There and back again."

  init(_ settings: RulerTask.Settings, seed: UInt64) throws {
    guard let variety = settings.variety.needle else { preconditionFailure("\(settings.variety) hides no needles") }
    kind = settings.variety
    self.seed = seed
    let words = try settings.words.isEmpty ? NeedleWords.own : NeedleWords(folder: settings.words)
    writer = NeedleWriter(variety: variety, words: words)
    prose = variety.hay == .essay ? try RulerProse(settings.essay) : nil
    step = prose != nil ? 500 : settings.tokens < 4096 ? 5 : 25
    hay = prose?.name ?? variety.hay.rawValue
  }

  func sample(_ index: Int, size: Int, using generator: inout SeededGenerator) -> RulerSample {
    var (needles, queries) = writer.needles(using: &generator)
    let golds = queries.flatMap { query in needles.filter { $0.key == query }.map(\.value) }
    // RULER's order comes of a generator that it seeds anew for every sample: always the same permutation.
    var order = SeededGenerator(seed: seed, session: kind.rawValue, purpose: "ruler.order")
    needles.shuffle(using: &order)
    let (context, ranges) =
      prose.map { hidden(needles, in: $0, words: size, using: &generator) }
      ?? hidden(needles, amongLines: size, using: &generator)
    let sort = writer.variety.value.rawValue
    let isOne = golds.count == 1
    let what = "special magic \(sort)\(isOne ? "" : "s")"
    let whose = "\(what) for \(queries.listed) mentioned in the provided text"
    let question = isOne ? "What is the \(whose)?" : "What are all the \(whose)?"
    let evidence = zip(needles, ranges).filter(\.0.isAskedFor).map(\.1).sorted { $0.lowerBound < $1.lowerBound }
    return RulerSample(
      kind: kind, index: index,
      before:
        "\(isOne ? "A \(what) is" : "Some \(what) are") hidden within the following text. Make sure to memorize it. "
        + "I will quiz you about the \(sort)\(isOne ? "" : "s") afterwards.\n",
      context: context, after: "\n\(question)", ask: question,
      answerPrefix: " The \(whose) \(isOne ? "is" : "are")", outputs: golds, evidence: evidence, size: size)
  }

  /// Lines of noise or of needles that no question asks for, with the needles at distinct random places.
  private func hidden(
    _ needles: [Needle], amongLines count: Int, using generator: inout SeededGenerator
  ) -> (String, [Range<Int>]) {
    let places = distinct(needles.count, of: 0..<count, using: &generator)
    let isNoise = writer.variety.hay == .noise
    var text: [UInt8] = []
    var ranges: [Range<Int>] = []
    func add(_ line: String) {
      if !text.isEmpty { text.append(UInt8(ascii: "\n")) }
      text += line.utf8
    }
    for line in 0..<count {
      while ranges.count < places.count, places[ranges.count] == line {
        add(needles[ranges.count].sentence)
        ranges.append(text.count - needles[ranges.count].sentence.utf8.count..<text.count)
      }
      add(isNoise ? Self.noise : writer.distractor(besides: needles, using: &generator))
    }
    return (String(decoding: text, as: UTF8.self), ranges)
  }

  /// The first words of the prose, with the needles between its sentences, at depths from forty evenly spaced ones.
  private func hidden(
    _ needles: [Needle], in prose: RulerProse, words: Int, using generator: inout SeededGenerator
  ) -> (String, [Range<Int>]) {
    let sentences = prose.sentences(words: words)
    let places = distinct(needles.count, of: 0..<40, using: &generator)
      .map { Int(Double(sentences.count) * (Double($0) * 100 / 39).rounded() / 100) }
    var text: [UInt8] = []
    var ranges: [Range<Int>] = []
    var last = 0
    for (needle, place) in zip(needles, places) {
      text += sentences[last..<place].joined(separator: [UInt8(ascii: " ")])
      text.append(UInt8(ascii: " "))
      text += needle.sentence.utf8
      ranges.append(text.count - needle.sentence.utf8.count..<text.count)
      text.append(UInt8(ascii: " "))
      last = place
    }
    text += sentences[last...].joined(separator: [UInt8(ascii: " ")])
    return (String(decoding: text, as: UTF8.self), ranges)
  }
}
