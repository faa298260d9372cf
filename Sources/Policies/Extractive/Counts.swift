import Foundation
import Palimpsest

/// What a policy has counted of the text so far: sentences, words, and in how many sentences a term
/// or a name occurred; and where the last chunk ended. It travels as `PolicyState`; besides the page
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

  init() {}

  /// What an earlier reply asked to be handed back: a line per count, its value before its name.
  ///
  /// - Throws: `SettingError.malformed` for a state that another policy made.
  init(_ state: PolicyState?) throws {
    // By bytes: a name may begin with a mark that would melt into the blank before it.
    for line in (state?.text ?? "").utf8.split(separator: UInt8(ascii: "\n")) {
      let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 2, omittingEmptySubsequences: false)
        .map { String(decoding: $0, as: UTF8.self) }
      guard parts.count == 3, let value = Double(parts[1]) else {
        throw SettingError.malformed(
          "policyState",
          reason: "the line '\(String(decoding: line, as: UTF8.self))' is no count of the extractive policy")
      }
      let name = Self.unescaped(parts[2])
      switch parts[0] {
      case "sentences": sentences = value
      case "words": words = value
      case "term": frequencies[name] = value
      case "name": nameCounts[name] = value
      case "since": births[name] = value
      case "heading": rest.heading = name
      case "torn":
        rest.torn = name
        rest.isInside = value > 0
      default:
        throw SettingError.malformed("policyState", reason: "the extractive policy counts no '\(parts[0])'")
      }
    }
  }

  /// At most 4 + `Inquiry.mostTerms` + 2 × 60 lines, in order.
  func state() throws -> PolicyState {
    func lines(_ kind: String, _ counts: [String: Double]) -> [String] {
      counts.sorted { $0.key < $1.key }.map { "\(kind) \($0.value) \(Self.escaped($0.key))" }
    }
    var held: [String] = []
    if !rest.heading.isEmpty { held.append("heading 1 \(Self.escaped(rest.heading))") }
    if !rest.torn.isEmpty || rest.isInside { held.append("torn \(rest.isInside ? 1 : 0) \(Self.escaped(rest.torn))") }
    let all =
      ["sentences \(sentences) ", "words \(words) "] + lines("term", frequencies) + lines("name", nameCounts)
      + lines("since", births) + held
    return try PolicyState(all.joined(separator: "\n"))
  }

  /// Text without line feeds.
  private static func escaped(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\\") }) else { return text }
    let bytes = text.utf8.flatMap { byte -> [UInt8] in
      switch byte {
      case UInt8(ascii: "\n"): Array("\\n".utf8)
      case UInt8(ascii: "\\"): Array("\\\\".utf8)
      default: [byte]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func unescaped(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "\\")) else { return text }
    var bytes: [UInt8] = []
    var isEscaped = false
    for byte in text.utf8 {
      if !isEscaped, byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else {
        bytes.append(isEscaped && byte == UInt8(ascii: "n") ? UInt8(ascii: "\n") : byte)
        isEscaped = false
      }
    }
    return String(decoding: bytes, as: UTF8.self)
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
