import Foundation
import Palimpsest

/// RULER's common words: a numbered list of words, ten of which stand there ten times as often as the others.
struct CommonWords: RulerFamily {
  let step = 10
  let hay: String
  private let isShort: Bool
  private let words: [String]
  private let seed: UInt64

  static let wanted = 10

  /// - Parameter folder: RULER's word lists; empty for generated words.
  init(tokens: Int, words folder: String, seed: UInt64) throws {
    isShort = tokens < 4096
    self.seed = seed
    guard !folder.isEmpty else {
      words = []
      hay = "generated words"
      return
    }
    words = try Set(WordList.allCases.flatMap { try $0.words(in: folder) }).sorted()
    guard words.count >= Self.exampleSize(isShort: false) else {
      throw SettingError.outOfRange(
        "task.words", found: folder, why: "its lists have \(words.count) words; at least 40 are needed")
    }
    hay = "words"
  }

  private static func exampleSize(isShort: Bool) -> Int { isShort ? 20 : 40 }

  func sample(_ index: Int, size: Int, using generator: inout SeededGenerator) -> RulerSample {
    let example = list(
      Self.exampleSize(isShort: isShort), often: isShort ? 3 : 10, seldom: isShort ? 1 : 3, using: &generator)
    let (context, common) = list(size, often: isShort ? 6 : 30, seldom: isShort ? 1 : 3, using: &generator)
    let numbered = example.common.enumerated().map { "\($0 + 1). \($1)" }.joined(separator: " ")
    return RulerSample(
      kind: .commonWords, index: index,
      before: Self.instruction + example.text + Self.question + Self.prefix + " " + numbered + "\n" + Self.instruction,
      context: context, after: Self.question, ask: "What are the 10 most common words in the above list?",
      answerPrefix: Self.prefix, outputs: common, size: size)
  }

  private static let instruction =
    "Below is a numbered list of words. In these words, some appear more often than others. Memorize the ones that "
    + "appear most often.\n"
  private static let question = "\nQuestion: What are the 10 most common words in the above list?"
  private static let prefix = " Answer: The top 10 words that appear most often in the list are:"

  /// The list as it is printed, and the words that stand there most often.
  private func list(
    _ count: Int, often: Int, seldom: Int, using generator: inout SeededGenerator
  ) -> (text: String, common: [String]) {
    let drawn = draw(count, using: &generator)
    let common = Array(drawn.prefix(Self.wanted))
    var all: [String] = []
    for _ in 0..<often { all += common }
    for _ in 0..<seldom { all += drawn.dropFirst(Self.wanted) }
    // RULER shuffles with a generator that it seeds anew.
    var order = SeededGenerator(seed: seed, session: "cwe", purpose: "ruler.order")
    all.shuffle(using: &order)
    var text: [UInt8] = []
    text.reserveCapacity(all.count * 14)
    for (number, word) in all.enumerated() {
      if number > 0 { text.append(UInt8(ascii: " ")) }
      text += "\(number + 1). \(word)".utf8
    }
    return (String(decoding: text, as: UTF8.self), common)
  }

  /// Different words in random order: of the lists while they have enough, else generated ones, as RULER takes a
  /// larger list then.
  private func draw(_ count: Int, using generator: inout SeededGenerator) -> [String] {
    if count <= words.count { return sampled(count, of: words.count, using: &generator).map { words[$0] } }
    return sampled(count, of: GeneratedWord.count, using: &generator).map(GeneratedWord.of)
  }
}

/// Words that mean nothing: three syllables of a consonant and a vowel, so that none is part of another.
enum GeneratedWord {
  private static let consonants = Array("bdfghjklmnprstvz".utf8)
  private static let vowels = Array("aeiou".utf8)
  /// 512,000.
  static var count: Int {
    let syllables = consonants.count * vowels.count
    return syllables * syllables * syllables
  }

  static func of(_ number: Int) -> String {
    var rest = number
    var bytes: [UInt8] = []
    for _ in 0..<3 {
      bytes.append(consonants[rest % consonants.count])
      rest /= consonants.count
      bytes.append(vowels[rest % vowels.count])
      rest /= vowels.count
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// Different numbers below a bound, in random order.
///
/// - Precondition: there are as many.
func sampled(_ count: Int, of bound: Int, using generator: inout SeededGenerator) -> [Int] {
  precondition(count <= bound, "\(count) different numbers below \(bound)")
  // The first steps of Fisher and Yates, the places that were swapped kept aside.
  var moved: [Int: Int] = [:]
  return (0..<count).map { place in
    let other = Int.random(in: place..<bound, using: &generator)
    let drawn = moved[other] ?? other
    moved[other] = moved[place] ?? place
    return drawn
  }
}
