import Foundation

/// What a policy has counted of the text so far: sentences, words, and in how many sentences a term
/// or a name occurred; and where the last chunk ended. It travels as `Prompt.carry`; besides the page
/// the policy remembers nothing else.
struct Counts {
  private(set) var sentencesAndWords = (0.0, 0.0)
  /// In how many sentences a term of the question occurred.
  var frequencies: [String: Double] = [:]
  /// The same for names met on the way, from where each was first known on.
  private(set) var nameCounts: [String: Double] = [:]
  /// Where the last chunk ended.
  var rest = Rest()
  /// How many sentences had been read when a name was first counted.
  private(set) var births: [String: Double] = [:]

  struct Name {
    var text: String
    var count: Double
    var birth: Double
  }

  var sentences: Double {
    get { sentencesAndWords.0 }
    set { sentencesAndWords.0 = newValue }
  }
  var words: Double {
    get { sentencesAndWords.1 }
    set { sentencesAndWords.1 = newValue }
  }

  init(_ carry: [String: Double] = [:]) {
    for (key, value) in carry {
      switch key {
      case "sentences": sentences = value
      case "words": words = value
      case _ where key.hasPrefix("heading "): rest.heading = String(key.dropFirst(8))
      case _ where key.hasPrefix("torn "):
        rest.torn = String(key.dropFirst(5))
        rest.isInside = value > 0
      case _ where key.hasPrefix("term "): frequencies[String(key.dropFirst(5))] = value
      case _ where key.hasPrefix("name "): nameCounts[String(key.dropFirst(5))] = value
      case _ where key.hasPrefix("since "): births[String(key.dropFirst(6))] = value
      default: break
      }
    }
  }

  /// At most 4 + `Inquiry.mostTerms` + 2 × 60 entries.
  var carry: [String: Double] {
    var carry = ["sentences": sentences, "words": words]
    if !rest.heading.isEmpty { carry["heading " + rest.heading] = 1 }
    if !rest.torn.isEmpty || rest.isInside { carry["torn " + rest.torn] = rest.isInside ? 1 : 0 }
    for (term, count) in frequencies { carry["term " + term] = count }
    for (name, count) in nameCounts { carry["name " + name] = count }
    for (name, birth) in births { carry["since " + name] = birth }
    return carry
  }

  /// Words of a sentence, on average.
  var meanLength: Double { sentences > 0 ? max(words / sentences, 1) : 20 }

  /// How rare a term is in the text read so far.
  func rarity(of term: String) -> Double { Self.rarity(frequencies[term, default: 0], of: sentences) }

  /// Robertson and Spärck Jones's weight as BM25 has it, never below a small positive one.
  static func rarity(_ count: Double, of sentences: Double) -> Double {
    max(log(1 + (sentences - count + 0.5) / (count + 0.5)), 0.05)
  }

  /// Continues to count these names, and no others.
  mutating func keep(_ names: [Name]) {
    nameCounts = Dictionary(names.map { ($0.text, $0.count) }) { first, _ in first }
    births = Dictionary(names.map { ($0.text, $0.birth) }) { first, _ in first }
  }
}
