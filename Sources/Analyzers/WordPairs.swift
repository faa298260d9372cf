/// Neighbouring words; of a single word, that word.
func pairs(of words: [String]) -> [[String]] {
  words.count < 2 ? words.map { [$0] } : zip(words, words.dropFirst()).map { [$0, $1] }
}
