import Foundation
import JSON
import Palimpsest
import SentenceRules

/// The prose in which RULER hides needles: its essays, a text of one's own, or generated sentences. It begins again
/// when its words are used up.
struct RulerProse: Sendable {
  /// What tables call it.
  let name: String
  private let words: [Substring]

  /// - Parameter path: a text, or RULER's form, JSON with the key `text`; empty for generated prose.
  /// - Throws: `TextError` where the file cannot be read or has no words; `QAError` where it begins as JSON and is none.
  init(_ path: String) throws {
    guard !path.isEmpty else {
      name = "generated"
      words = Self.generated
      return
    }
    name = "essay \(URL(filePath: path).lastPathComponent)"
    let start = try NeedleTask.start(of: path, limit: 64)
    let isJSON = start.first { !$0.isBlank } == UInt8(ascii: "{")
    let text = isJSON ? try Self.text(ofJSON: path) : try Documents(path).texts()[0]
    words = text.split(whereSeparator: \.isWhitespace)
    guard !words.isEmpty else { throw TextError.empty(path) }
  }

  /// The sentences of the first words.
  func sentences(words count: Int) -> [ArraySlice<UInt8>] {
    var text = ""
    var left = count
    while left > 0 {
      let part = words.prefix(left)
      if !text.isEmpty { text.append(" ") }
      text += part.joined(separator: " ")
      left -= part.count
    }
    return Sentences.of(text).map { sentence in
      let bytes = Array(sentence.utf8)
      return bytes[..<((bytes.lastIndex { $0 != 0x20 } ?? -1) + 1)]
    }.filter { !$0.isEmpty }
  }

  private static func text(ofJSON path: String) throws -> String {
    var text: String?
    try DataFile(path).read { reader in
      let start = reader.begin
      try reader.object(of: RecordField()) { reader, key, field in
        guard key == "text" else { return false }
        text = try reader.string(of: field)
        return true
      }
      text = try needed(text, RecordField().at("text"), of: start)
      try reader.end()
    }
    return text ?? ""
  }

  /// About 130,000 words without names, numbers or facts: as many as RULER's essays have, in order of size.
  private static let generated: [Substring] = {
    var text: [UInt8] = []
    for index in 0..<10_000 { text += LedgerFiller.sentence(index, seed: 42, session: "ruler") }
    return String(decoding: text, as: UTF8.self).split(whereSeparator: \.isWhitespace)
  }()
}
