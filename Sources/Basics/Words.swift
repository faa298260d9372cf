extension StringProtocol {
  /// The words of a text: runs of letters and digits, lower-cased. Marks that belong to a letter, such as vowel signs,
  /// are part of its word.
  package var lowercasedWords: [String] {
    var words: [String] = []
    var word = String.UnicodeScalarView()
    func close() {
      if !word.isEmpty { words.append(String(word).lowercased()) }
      word.removeAll()
    }
    for scalar in unicodeScalars {
      if scalar.properties.isAlphabetic || scalar.properties.numericType != nil { word.append(scalar) } else { close() }
    }
    close()
    return words
  }
}
