import Foundation

/// What a policy has counted of the text so far: sentences, words, and in how many sentences a term
/// occurred. It travels as `Prompt.carry`, and is all a policy remembers besides the page.
struct Counts {
  var sentences = 0.0
  var words = 0.0
  /// By term; of a name met on the way, from where it was first kept on.
  var frequencies: [String: Double] = [:]
  /// How many sentences had been read when a name was first counted.
  var births: [String: Double] = [:]

  init() {}

  init(_ carry: [String: Double]) {
    for (key, value) in carry {
      switch key {
      case "sentences": sentences = value
      case "words": words = value
      case _ where key.hasPrefix("in "): frequencies[String(key.dropFirst(3))] = value
      case _ where key.hasPrefix("since "): births[String(key.dropFirst(6))] = value
      default: break
      }
    }
  }

  var carry: [String: Double] {
    var carry = ["sentences": sentences, "words": words]
    for (term, count) in frequencies { carry["in " + term] = count }
    for (term, birth) in births { carry["since " + term] = birth }
    return carry
  }

  /// Words of a sentence, on average.
  var meanLength: Double { sentences > 0 ? max(words / sentences, 1) : 20 }

  /// How rare a term is, in the text read since it is counted: Robertson and Spärck Jones's weight
  /// as BM25 has it, never below a small positive one.
  func rarity(of term: String) -> Double {
    let seen = sentences - births[term, default: 0]
    let count = frequencies[term, default: 0]
    return max(log(1 + (seen - count + 0.5) / (count + 0.5)), 0.05)
  }
}
