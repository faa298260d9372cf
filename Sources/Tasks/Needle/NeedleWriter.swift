import Palimpsest

/// A sentence that a question may ask for.
struct Needle: Sendable {
  var key: String
  var value: String
  var sentence: String
  var isAskedFor: Bool
}

/// Draws the keys and values of a variety and writes its sentences.
struct NeedleWriter: Sendable {
  let variety: NeedleVariety
  let words: NeedleWords

  /// Needles in the order in which they were drawn, and the keys that are asked for, in random order. No key and no
  /// value stands there twice.
  func needles(using generator: inout SeededGenerator) -> (needles: [Needle], queries: [String]) {
    var keys: [String] = []
    while keys.count < variety.keys {
      let key = word(variety.key, using: &generator)
      if !keys.contains(key) { keys.append(key) }
    }
    let queries = Array(keys.shuffled(using: &generator).prefix(variety.queries))
    var values: Set<String> = []
    var needles: [Needle] = []
    for key in keys {
      for _ in 0..<variety.valuesPerKey {
        var value = word(variety.value, using: &generator)
        while !values.insert(value).inserted { value = word(variety.value, using: &generator) }
        needles.append(
          Needle(key: key, value: value, sentence: sentence(key, value), isAskedFor: queries.contains(key)))
      }
    }
    return (needles, queries)
  }

  /// A sentence that looks like a needle and shares neither key nor value with any of these.
  func distractor(besides needles: [Needle], using generator: inout SeededGenerator) -> String {
    while true {
      let key = word(variety.key, using: &generator)
      let value = word(variety.value, using: &generator)
      if !needles.contains(where: { $0.key == key || $0.value == value }) { return sentence(key, value) }
    }
  }

  private func sentence(_ key: String, _ value: String) -> String {
    "One of the special magic \(variety.value.rawValue)s for \(key) is: \(value)."
  }

  private func word(_ sort: NeedleVariety.Sort, using generator: inout SeededGenerator) -> String {
    switch sort {
    case .number: String(Int.random(in: 1_000_000...9_999_999, using: &generator))
    case .word: words.pair(using: &generator)
    case .uuid: uuid(using: &generator)
    }
  }

  /// 128 random bits in version-4 form, lower case.
  private func uuid(using generator: inout SeededGenerator) -> String {
    var bytes = (0..<2).flatMap { _ in withUnsafeBytes(of: generator.next().bigEndian, Array.init) }
    bytes[6] = bytes[6] & 0x0F | 0x40
    bytes[8] = bytes[8] & 0x3F | 0x80
    let digits = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
    return [0..<4, 4..<6, 6..<8, 8..<10, 10..<16].map { digits[$0].joined() }.joined(separator: "-")
  }
}

extension [String] {
  /// `a`, `a, and b`, `a, b, and c`: how RULER lists keys.
  var listed: String { count < 2 ? joined() : dropLast().joined(separator: ", ") + ", and " + self[count - 1] }
}
