import Palimpsest

/// Makes a vector of a text, so that texts of like content lie close to each other.
///
/// The same text gives the same vector, whatever was embedded before: a row of an index depends on its text alone.
/// What an embedder knows of the frequency of words enters on the side of the question (`query`).
public protocol Embedder: Sendable {
  /// Stands in settings and messages.
  var name: String { get }
  /// Name and every parameter: vectors of different fingerprints are never compared.
  var fingerprint: String { get }
  /// The length of a vector.
  var width: Int { get }

  /// The vector of an entry's text, of length 1, or 0 where the text has nothing to embed.
  func passage(_ text: String) -> [Float]
  /// The vector of a question, with words weighted by their rarity.
  ///
  /// - Parameter rarity: the weight of a word among the texts that are searched; 1 where nothing is known.
  func query(_ text: String, rarity: (String) -> Float) -> [Float]
}
