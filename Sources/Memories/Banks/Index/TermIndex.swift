import Basics
import Foundation

/// Which text holds a word, and how often: ranking by BM25, kept up to date entry by entry.
///
/// Source: Robertson and Zaragoza (2009), k1 = 1.5, b = 0.75.
public struct TermIndex: Sendable {
  private var postings: [String: [Int: Int]] = [:]
  private var documents: [Int: (counts: [String: Int], length: Int)] = [:]
  private var total = 0

  private static let k1 = 1.5
  private static let b = 0.75

  /// No text.
  public init() {}

  /// The number of texts.
  public var count: Int { documents.count }

  /// Adds a text, in the place of what had its id.
  public mutating func put(_ id: Int, _ text: String) {
    remove(id)
    let counts = Dictionary(text.lowercasedWords.map { ($0, 1) }, uniquingKeysWith: +)
    let length = counts.values.reduce(0, +)
    for (word, count) in counts { postings[word, default: [:]][id] = count }
    documents[id] = (counts, length)
    total += length
  }

  /// Takes a text out; nothing where there is none.
  public mutating func remove(_ id: Int) {
    guard let (counts, length) = documents.removeValue(forKey: id) else { return }
    total -= length
    for word in counts.keys {
      postings[word]?[id] = nil
      if postings[word]?.isEmpty == true { postings[word] = nil }
    }
  }

  /// The rarity of a word: the logarithm that BM25 weights it with.
  public func rarity(of word: String) -> Double {
    let frequency = Double(postings[word]?.count ?? 0)
    return log(1 + (Double(count) - frequency + 0.5) / (frequency + 0.5))
  }

  /// The scores of the texts that share a word with the question, by id.
  public func scores(for question: String) -> [Int: Double] {
    let mean = max(Double(total) / Double(max(count, 1)), 1)
    var scores: [Int: Double] = [:]
    for word in Set(question.lowercasedWords).sorted() {
      guard let texts = postings[word] else { continue }
      let rarity = rarity(of: word)
      for (id, times) in texts {
        let length = Double(documents[id]?.length ?? 0)
        let norm = Self.k1 * (1 - Self.b + Self.b * length / mean)
        scores[id, default: 0] += rarity * Double(times) * (Self.k1 + 1) / (Double(times) + norm)
      }
    }
    return scores
  }

  /// Whether a text has a word.
  func contains(_ word: String) -> Bool { postings[word] != nil }

  /// The texts that hold every word of another text; all of them where it has none.
  func texts(with text: String) -> Set<Int> {
    let lists = text.uniqueWords.map { Set(postings[$0].map { Array($0.keys) } ?? []) }.sorted { $0.count < $1.count }
    guard let first = lists.first else { return Set(documents.keys) }
    return lists.dropFirst().reduce(first) { $0.intersection($1) }
  }
}

extension String {
  /// Its words, lower-cased, each once, in their order.
  var uniqueWords: [String] {
    var seen: Set<String> = []
    return lowercasedWords.filter { seen.insert($0).inserted }
  }
}
