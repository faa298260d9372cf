import Palimpsest

/// How much the words before a place are those behind it, for every place between two sentences.
///
/// Source: block comparison of TextTiling (Hearst, Computational Linguistics 23(1), 1997).
struct Cohesion {
  /// Where a sentence ends, and how deep the valley of similarity is there.
  struct Gap {
    var end: Int
    var depth: Double
  }

  let gaps: [Gap]

  /// - Parameters:
  ///   - ends: where sentences end, ascending; the last is the end of what is compared.
  ///   - block: words compared on each side of a gap.
  init(of text: Span<UInt8>, ends: [Int], block: Int) {
    // 1. The words that carry meaning, as numbers in order of first use, sentence by sentence.
    var vocabulary: [UInt64: Int] = [:]
    var words: [Int] = []
    var firsts: [Int] = []  // of the words behind each gap
    var start = 0
    for end in ends {
      Terms.forEach(in: text, start..<end) { term in
        let next = vocabulary.count
        words.append(vocabulary[term, default: next])
        if words.last == next { vocabulary[term] = next }
      }
      firsts.append(words.count)
      start = end
    }

    // 2. Cosine of the two blocks' word counts, moved along word by word.
    var blocks = Blocks(width: vocabulary.count, words: words, block: block)
    let scores = firsts.dropLast().map { first in blocks.similarity(at: first) }
    let smooth = scores.indices.map { index in
      let around = scores[max(index - 1, 0)...min(index + 1, scores.count - 1)]
      return around.reduce(0, +) / Double(around.count)
    }

    // 3. The depth of a valley: how far it lies below the peaks on both sides.
    gaps = smooth.indices.map { index in
      var left = index
      while left > 0, smooth[left - 1] >= smooth[left] { left -= 1 }
      var right = index
      while right + 1 < smooth.count, smooth[right + 1] >= smooth[right] { right += 1 }
      return Gap(end: ends[index], depth: smooth[left] + smooth[right] - 2 * smooth[index])
    }
  }
}

/// Two neighbouring blocks of words whose similarity is kept up to date while they move.
private struct Blocks {
  let words: [Int]
  let block: Int
  private var left: [Int]
  private var right: [Int]
  private var product = 0
  private var leftSquares = 0
  private var rightSquares = 0
  private var place = 0
  private var end = 0

  init(width: Int, words: [Int], block: Int) {
    self.words = words
    self.block = block
    left = Array(repeating: 0, count: width)
    right = left
  }

  /// The cosine of the blocks that meet before the word `first`; places must ascend.
  mutating func similarity(at first: Int) -> Double {
    while end < min(first + block, words.count) {
      let word = words[end]
      product += left[word]
      rightSquares += 2 * right[word] + 1
      right[word] += 1
      end += 1
    }
    while place < first {
      let word = words[place]
      rightSquares -= 2 * right[word] - 1
      right[word] -= 1
      product += right[word] - left[word]
      leftSquares += 2 * left[word] + 1
      left[word] += 1
      if place >= block {
        let old = words[place - block]
        product -= right[old]
        leftSquares -= 2 * left[old] - 1
        left[old] -= 1
      }
      place += 1
    }
    let norm = Double(leftSquares) * Double(rightSquares)
    return norm > 0 ? Double(product) / norm.squareRoot() : 0
  }
}
