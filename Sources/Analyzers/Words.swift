import Palimpsest

/// The words of a text: runs of letters and digits, lower-cased.
func words(of text: String) -> [String] {
  var words: [String] = []
  var word = String.UnicodeScalarView()
  func close() {
    if !word.isEmpty { words.append(String(word).lowercased()) }
    word.removeAll()
  }
  for scalar in text.unicodeScalars {
    if scalar.properties.isAlphabetic || scalar.properties.numericType != nil { word.append(scalar) } else { close() }
  }
  close()
  return words
}

/// Neighbouring words; of a single word, that word.
func pairs(of words: [String]) -> [[String]] {
  words.count < 2 ? words.map { [$0] } : zip(words, words.dropFirst()).map { [$0, $1] }
}
