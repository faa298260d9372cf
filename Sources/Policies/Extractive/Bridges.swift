/// Names met in the best sentences that the question does not know, and where they lead.
///
/// `The lighthouse was designed by Anna Roth` bears on a question about the lighthouse's architect; a
/// sentence about Anna Roth then does too, though it shares no term with the question.
struct Bridges {
  struct Bridge {
    var stems: [UInt64]
    /// As it stands in the text, in small letters; its name in the counts.
    var text: String
    /// The strength of the sentence it comes from, 0...1.
    var strength: Double
    /// Where it comes from: it bridges to somewhere else.
    var heading: Int
    var passage: Int
    /// The gain of a sentence that it leads to.
    var worth = 0.0
  }

  private(set) var all: [Bridge] = []
  /// By passage: the gain.
  private(set) var gains: [Double] = []
  /// By passage: the bridge that leads to it as its heading; -1 for none.
  private(set) var arrivals: [Int] = []
  /// By passage: the bridges whose names stand in it or are its heading.
  private(set) var met: [[Int]] = []
  /// The counts of the names.
  private(set) var names: [Counts.Name] = []

  /// Names taken from all anchors together, at most.
  private static let most = 60

  init() {}

  /// - Parameter before: how many sentences had been read before this chunk.
  init(from study: Study, before: Double) {
    gains = Array(repeating: 0, count: study.own.count)
    arrivals = Array(repeating: -1, count: study.own.count)
    collect(from: study)
    guard !all.isEmpty else { return }
    let index = Index(of: all)
    let sentences = study.sheet.passages.map { index.hits(in: $0.words, of: study.sheet) }
    let headings = study.sheet.headings.indices.map { Heading($0, index, all, study.sheet) }
    met = zip(study.sheet.passages, sentences).map { $0.heading < 0 ? $1 : $1 + headings[$0.heading].whole }
    weigh(study, before, sentences, headings)
    lead(study, sentences, headings)
  }

  private mutating func collect(from study: Study) {
    let sheet = study.sheet
    let full = study.rarities.reduce(0, +)
    guard full > 0 else { return }
    var known: Set<[UInt64]> = []
    for passage in study.ranked(by: study.own).prefix(study.weights.anchors) {
      let heading = sheet.passages[passage].heading
      var names = sheet.names(in: sheet.passages[passage].words)
      if heading >= 0 { names.append(sheet.headingName(heading)) }
      for name in names where !name.isEmpty && all.count < Self.most {
        let stems = name.map { sheet.words[$0].stem }
        guard stems.contains(where: { study.inquiry.forms[$0] < 0 }), known.insert(stems).inserted else { continue }
        all.append(
          Bridge(
            stems: stems, text: sheet.line(sheet.bytes(of: name)).lowercased(),
            strength: min(study.own[passage] / full, 1), heading: heading, passage: passage))
      }
    }
  }

  /// A name is worth its rarity, counted since it is known, times the strength of its sentence.
  private mutating func weigh(_ study: Study, _ before: Double, _ sentences: [[Int]], _ headings: [Heading]) {
    var fresh = [Double](repeating: 0, count: all.count)
    for (index, passage) in study.sheet.passages.enumerated() where passage.isNew {
      // As with the question's terms, a sentence has the names of its heading: the title of a long
      // article is not a rare name.
      let headed = passage.heading < 0 ? [] : headings[passage.heading].hits
      for number in headed { fresh[number] += 1 }
      for number in sentences[index] where !headed.contains(number) { fresh[number] += 1 }
    }
    for number in all.indices {
      let text = all[number].text
      let name = Counts.Name(
        text: text, count: study.counts.nameCounts[text, default: 0] + fresh[number],
        birth: study.counts.births[text, default: before])
      names.append(name)
      all[number].worth =
        all[number].strength * Counts.rarity(name.count, of: study.counts.sentences - name.birth)
    }
  }

  private mutating func lead(_ study: Study, _ sentences: [[Int]], _ headings: [Heading]) {
    for (index, passage) in study.sheet.passages.enumerated() {
      func isElsewhere(_ bridge: Bridge) -> Bool {
        bridge.heading >= 0 ? bridge.heading != passage.heading : bridge.passage != index
      }
      var best = 0.0
      for number in sentences[index] where isElsewhere(all[number]) {
        best = max(best, study.weights.bridge * all[number].worth)
      }
      if passage.heading >= 0 {
        for number in headings[passage.heading].hits where isElsewhere(all[number]) {
          let isWhole = headings[passage.heading].whole.contains(number)
          let worth = (isWhole ? study.weights.bridgeHeading : study.weights.bridge) * all[number].worth
          if isWhole, worth > best { arrivals[index] = number }
          best = max(best, worth)
        }
      }
      gains[index] = best
    }
  }

  /// The names in a heading, and those that are all it names.
  private struct Heading {
    var hits: [Int]
    var whole: [Int]

    init(_ heading: Int, _ index: Index, _ bridges: [Bridge], _ sheet: Sheet) {
      hits = index.hits(in: sheet.headings[heading].words, of: sheet)
      let name = sheet.headingName(heading)
      whole = hits.filter { bridges[$0].stems.count == name.count }
    }
  }

  /// Finds names by their first word.
  private struct Index {
    private var places = StemTable()
    private var starting: [[(number: Int, stems: [UInt64])]] = []

    init(of bridges: [Bridge]) {
      for (number, bridge) in bridges.enumerated() {
        let place = places[bridge.stems[0]]
        if place >= 0 {
          starting[place].append((number, bridge.stems))
        } else {
          places[bridge.stems[0]] = starting.count
          starting.append([(number, bridge.stems)])
        }
      }
    }

    /// The names in a run of words, each once.
    func hits(in words: Range<Int>, of sheet: Sheet) -> [Int] {
      var hits: [Int] = []
      for index in words {
        let place = places[sheet.words[index].stem]
        guard place >= 0 else { continue }
        for (number, stems) in starting[place] where index + stems.count <= words.upperBound {
          let isThere = stems.indices.allSatisfy { sheet.words[index + $0].stem == stems[$0] }
          if isThere, !hits.contains(number) { hits.append(number) }
        }
      }
      return hits
    }
  }
}
