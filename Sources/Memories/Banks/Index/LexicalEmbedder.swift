import Basics
import Foundation
import Palimpsest

/// Vectors from the words of a text and their character n-grams, by signed hashing: no model and no file.
///
/// Each word, with `^` and `$` at its ends, gives itself and its runs of 3 to 5 characters; each feature adds ±1 at
/// eight places that its hash chooses, a sparse random projection. Two texts are close if they share words or parts of
/// words: `painter` and `paintings`, not `car` and `automobile`.
///
/// Source: Weinberger et al., Feature Hashing (2009); Achlioptas, sparse random projections (2003); Bojanowski et
/// al., subword n-grams (2017).
public struct LexicalEmbedder: Embedder {
  public let name = "lexical"
  public let width: Int

  /// - Parameter width: a power of two, 16...32,768.
  public init(width: Int = 512) {
    precondition(
      (16...32_768).contains(width) && width & (width - 1) == 0,
      "a width of \(width), which is no power of two in 16...32,768")
    self.width = width
  }

  public var fingerprint: String { "lexical 1, width \(width), n-grams 3...5, 8 places" }

  public func passage(_ text: String) -> [Float] { vector(of: text) { _ in 1 } }

  public func query(_ text: String, rarity: (String) -> Float) -> [Float] { vector(of: text, weight: rarity) }

  private func vector(of text: String, weight: (String) -> Float) -> [Float] {
    var vector = [Float](repeating: 0, count: width)
    for (word, count) in Dictionary(text.lowercasedWords.map { ($0, 1) }, uniquingKeysWith: +).sorted(by: {
      $0.key < $1.key
    }) {
      // A word that is repeated tells less each time; the shortest words are mostly function words.
      let weight = weight(word) * Float(1 + log(Double(count))) * min(Float(word.utf8.count) / 5, 1)
      add(FNV1a.hash(of: word), weight, to: &vector)
      let bytes = [UInt8(ascii: "^")] + Array(word.utf8) + [UInt8(ascii: "$")]
      // Borders of scalars, so that no n-gram begins inside one.
      let borders = bytes.indices.filter { bytes[$0] & 0xC0 != 0x80 } + [bytes.count]
      let scalars = borders.count - 1
      let grams = (3...5).reduce(0) { $0 + max(scalars - $1 + 1, 0) }
      guard grams > 0 else { continue }
      let share = weight * (2 / Float(grams)).squareRoot()
      for length in 3...5 where scalars >= length {
        for start in 0...(scalars - length) {
          var hash = FNV1a()
          hash.mix(UInt8(0xff))  // no word has this byte, so a word and an n-gram never share a feature
          for byte in bytes[borders[start]..<borders[start + length]] { hash.mix(byte) }
          add(hash.hash, share, to: &vector)
        }
      }
    }
    let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return length > 0 ? vector.map { $0 / length } : vector
  }

  private func add(_ feature: UInt64, _ weight: Float, to vector: inout [Float]) {
    // FNV's low bits depend on the last byte alone in part; one round of SplitMix64 mixes all.
    var bits = (feature ^ (feature >> 30)) &* 0xbf58_476d_1ce4_e5b9
    bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
    bits ^= bits >> 31
    for place in 0..<8 {
      if place == 4 { bits = (feature ^ bits) &* 0x9e37_79b9_7f4a_7c15 }
      let here = bits >> UInt64(16 * (place % 4))
      vector[Int(truncatingIfNeeded: here & 0x7fff) & (width - 1)] += here & 0x8000 == 0 ? weight : -weight
    }
  }
}
