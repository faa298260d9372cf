import Foundation
import Palimpsest

/// RULER's lists of words, each a file of a folder, one word a line.
enum WordList: String, CaseIterable {
  case adjectives = "adjectivelist.txt"
  case nouns = "nounlist.txt"
  case verbs = "verblist.txt"

  func path(in folder: String) -> String { URL(filePath: folder).appending(path: rawValue).path }

  /// The words of the list, each once, sorted.
  ///
  /// - Throws: `TextError` for a file that cannot be read, `SettingError` for one without words.
  func words(in folder: String) throws -> [String] {
    let path = path(in: folder)
    let text = try String(decoding: NeedleTask.start(of: path, limit: 4 << 20), as: UTF8.self)
    let words = Set(text.split(whereSeparator: \.isWhitespace).map(String.init)).sorted()
    guard !words.isEmpty else {
      throw SettingError.outOfRange(
        "task.words", found: folder, why: "\(path) holds no words; it should have one on each line")
    }
    return words
  }

  /// The lists that are there; a task says itself which of them it misses.
  static func files(in folder: String) -> [FilesInFolder] {
    let paths = allCases.map { $0.path(in: folder) }.filter { FileManager.default.fileExists(atPath: $0) }
    return PublishedFile.files("words", folder, paths)
  }
}

/// Adjectives and nouns that make a needle's key: `quiet-harbour`.
struct NeedleWords: Sendable {
  let adjectives: [String]
  let nouns: [String]

  /// - Throws: `TextError` for a file that cannot be read, `SettingError` for too few words.
  init(folder: String) throws {
    adjectives = try WordList.adjectives.words(in: folder)
    nouns = try WordList.nouns.words(in: folder)
    let pairs = adjectives.count * nouns.count
    guard pairs >= Self.leastPairs else {
      throw SettingError.outOfRange(
        "task.words", found: folder,
        why: "its word lists make \(pairs) keys; at least \(Self.leastPairs) are needed, so that needles and "
          + "distractors differ")
    }
  }

  static let leastPairs = 64

  private init(adjectives: String, nouns: String) {
    self.adjectives = adjectives.split(separator: " ").map(String.init)
    self.nouns = nouns.split(separator: " ").map(String.init)
  }

  func pair(using generator: inout SeededGenerator) -> String {
    let adjective = adjectives[Int.random(in: adjectives.indices, using: &generator)]
    return adjective + "-" + nouns[Int.random(in: nouns.indices, using: &generator)]
  }

  /// A short list that needs no file: 64 adjectives, 96 nouns.
  static let own = NeedleWords(
    adjectives: """
      amber ancient autumn bitter blue bold brave brief bright broken calm careful cheap clean clever \
      cold crimson curious damp dark deep distant dusty eager early empty faint famous fast fierce \
      foggy frozen gentle gilded golden grave green hidden hollow humble idle ivory jolly keen late \
      lazy light lonely loud mellow modest narrow noble odd pale patient plain proud quiet rapid rare \
      rough silent silver
      """,
    nouns: """
      acorn anchor anvil apple apron arrow attic badge bakery balcony barn basin basket beacon bell \
      bench blanket boat bottle bridge broom bucket button cabin candle canoe carpet cart castle cedar \
      cellar chapel chimney circus clock cloud coat comet compass copper corner cottage cradle creek \
      curtain desert drum engine falcon feather ferry field flute forest fountain garden gate glacier \
      glove goose hammer harbour harvest hill horse island jacket kettle ladder lantern leaf library \
      lighthouse maple market meadow mill mirror mountain needle oak orchard oven parcel pebble pillow \
      pond quarry raven river saddle sail shelter spoon tower
      """)
}
