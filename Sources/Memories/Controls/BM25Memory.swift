import Basics
import Foundation
import Palimpsest
import SentenceRules

/// Holds the whole text and recalls the sentences that share the rarest words with the question:
/// the result of a retriever that sees everything at once.
///
/// A control, not a bounded memory: its memory state grows with the text, and its budget is not a bound.
/// The recollection, from which a policy answers, is bounded. Sentences are ranked with their heading and
/// are shown under it, in the order of the text.
///
/// Source: BM25 (Robertson and Zaragoza, 2009), k1 = 1.2, b = 0.75, over sentences.
public struct BM25Memory: Memory {
  /// One slot, id 0, with all text read so far.
  public var state = MemoryState(budget: Budget(tokens: 1 << 40, slots: 1))
  /// Length of the recollection.
  private let tokens: Int
  private let tokenizer: any Tokenizer

  /// - Parameter tokens: length of the recollection, in tokens of the tokenizer.
  public init(tokens: Int, tokenizer: any Tokenizer = WordTokenizer()) {
    self.tokens = tokens
    self.tokenizer = tokenizer
  }

  /// Adds the chunk's text to the slot, without a call; overlaps are added once.
  public func draft(from chunk: Chunk, for question: Question, with caller: Caller) -> Draft {
    // Text behind `next` comes again with the next chunk.
    let fresh = String(decoding: (chunk.text ?? "").utf8.prefix(chunk.next - chunk.range.lowerBound), as: UTF8.self)
    guard !fresh.isEmpty else { return Draft() }
    let held = state[0]
    let slot = Slot(
      id: 0, content: .text((held?.text ?? "") + fresh), tokens: (held?.tokens ?? 0) + tokenizer.count(fresh),
      origins: (held?.origins ?? []) + [chunk.index])
    return Draft(edits: [.write(slot, because: "control")])
  }

  /// The best sentences for the question within the length, or `nothing` where none shares a word with it.
  public func recall(for cue: Cue, with caller: Caller) -> Recollection {
    guard let text = state[0]?.text else { return .nothing }
    let page = SentenceIndex(of: text).page(for: cue.question.ask, tokens: tokens, tokenizer: tokenizer)
    return page.isEmpty ? .nothing : .text(page, used: [0])
  }
}

/// The sentences of a text, each with its heading, ranked by BM25.
struct SentenceIndex {
  private struct Entry {
    var heading: String
    var text: String
    var counts: [String: Int]
    var length: Int
  }

  private var entries: [Entry] = []
  private var frequencies: [String: Int] = [:]

  private static let k1 = 1.2
  private static let b = 0.75

  init(of text: String) {
    let bytes = Array(text.utf8)
    var heading = ""
    Layout(of: bytes).read { element in
      switch element {
      case .heading(let range): heading = Self.line(bytes[range])
      case .sentence(let range, _), .rest(let range): add(Self.line(bytes[range]), under: heading)
      }
    }
  }

  private mutating func add(_ sentence: String, under heading: String) {
    let words = heading.lowercasedWords + sentence.lowercasedWords
    let counts = Dictionary(words.map { ($0, 1) }, uniquingKeysWith: +)
    for word in counts.keys { frequencies[word, default: 0] += 1 }
    entries.append(Entry(heading: heading, text: sentence, counts: counts, length: words.count))
  }

  /// The best sentences that fit, in the order of the text, under their headings.
  func page(for question: String, tokens: Int, tokenizer: any Tokenizer) -> String {
    let mean = max(Double(entries.reduce(0) { $0 + $1.length }) / Double(max(entries.count, 1)), 1)
    let terms = Set(question.lowercasedWords).sorted()
    let scores = entries.map { entry in
      terms.reduce(0.0) { sum, term in
        guard let count = entry.counts[term], let frequency = frequencies[term] else { return sum }
        let rarity = log(1 + (Double(entries.count - frequency) + 0.5) / (Double(frequency) + 0.5))
        let norm = Self.k1 * (1 - Self.b + Self.b * Double(entry.length) / mean)
        return sum + rarity * Double(count) * (Self.k1 + 1) / (Double(count) + norm)
      }
    }
    let ranked = scores.indices.filter { scores[$0] > 0 }
      .sorted { (scores[$0], $1) > (scores[$1], $0) }
    var kept: [Int] = []
    var cost = 0
    var headings: Set<String> = []
    for index in ranked {
      let entry = entries[index]
      var more = tokenizer.count(entry.text + "\n")
      if !headings.contains(entry.heading) { more += tokenizer.count("# \(entry.heading)\n") }
      // The best that fit, not the best until one does not.
      guard cost + more <= tokens else { continue }
      cost += more
      headings.insert(entry.heading)
      kept.append(index)
      if cost > tokens - 8 { break }
    }
    while true {
      let page = Self.page(kept.sorted().map { (entries[$0].heading, entries[$0].text) })
      // Counts need not add up to the last token where lines meet.
      if kept.isEmpty || tokenizer.count(page) <= tokens { return page }
      kept.removeLast()
    }
  }

  private static func page(_ sentences: [(heading: String, text: String)]) -> String {
    var lines: [String] = []
    var heading = ""
    for sentence in sentences {
      if sentence.heading != heading {
        heading = sentence.heading
        lines.append("# \(heading)")
      }
      lines.append(sentence.text)
    }
    return lines.joined(separator: "\n")
  }

  private static func line(_ bytes: ArraySlice<UInt8>) -> String {
    String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }
}
