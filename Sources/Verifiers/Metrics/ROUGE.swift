/// ROUGE (Lin 2004) as the package `rouge-score` computes it, without stemming.
public enum ROUGE {
  /// ROUGE-L: the longest common subsequence of the tokens of both texts, line breaks or not. F1.
  ///
  /// Takes time in the product of the two lengths.
  public static func l(_ prediction: String, gold: String) -> Double {
    let (predicted, gold) = (tokens(PythonText(prediction)), tokens(PythonText(gold)))
    let common = commonPlaces(of: gold, with: predicted).count
    guard common > 0 else { return 0 }
    let (precision, recall) = (Double(common) / Double(predicted.count), Double(common) / Double(gold.count))
    return 2 * precision * recall / (precision + recall)
  }

  /// ROUGE-Lsum: lines are sentences; for each line of the gold, the union of its longest common
  /// subsequences with the lines of the prediction. F1 over tokens, each counted once a side.
  ///
  /// Takes time in the product of the two lengths.
  public static func lSum(_ prediction: String, gold: String) -> Double {
    lSum(PythonText(prediction), PythonText(gold))
  }

  static func lSum(_ prediction: PythonText, _ gold: PythonText) -> Double {
    let predicted = sentences(prediction)
    let golds = sentences(gold)
    var leftPredicted = counts(predicted)
    var leftGold = counts(golds)
    let (predictedTotal, goldTotal) = (predicted.joined().count, golds.joined().count)
    guard predictedTotal > 0, goldTotal > 0 else { return 0 }
    var hits = 0
    for sentence in golds {
      let union = Set(predicted.flatMap { commonPlaces(of: sentence, with: $0) }).sorted()
      for token in union.map({ sentence[$0] }) {
        // Neither side can be credited with a token more often than it has it.
        guard leftPredicted[token, default: 0] > 0, leftGold[token, default: 0] > 0 else { continue }
        hits += 1
        leftPredicted[token, default: 0] -= 1
        leftGold[token, default: 0] -= 1
      }
    }
    guard hits > 0 else { return 0 }
    let precision = Double(hits) / Double(predictedTotal)
    let recall = Double(hits) / Double(goldTotal)
    return 2 * precision * recall / (precision + recall)
  }

  /// Lower-cased runs of ASCII letters and digits, line by line.
  private static func sentences(_ text: PythonText) -> [[PythonText]] {
    text.split(by: "\n").filter { !$0.isEmpty }.map(tokens)
  }

  private static func tokens(_ text: PythonText) -> [PythonText] {
    text.lowercased().points
      .split { !((0x61...0x7A).contains($0) || (0x30...0x39).contains($0)) }.map { PythonText($0) }
  }

  private static func counts(_ sentences: [[PythonText]]) -> [PythonText: Int] {
    sentences.joined().reduce(into: [:]) { $0[$1, default: 0] += 1 }
  }

  /// The places in a sentence that belong to one longest common subsequence with another sentence.
  private static func commonPlaces(of sentence: [PythonText], with other: [PythonText]) -> [Int] {
    let width = other.count + 1
    var lengths = [Int32](repeating: 0, count: (sentence.count + 1) * width)
    for i in sentence.indices {
      for j in other.indices {
        lengths[(i + 1) * width + j + 1] =
          sentence[i] == other[j]
          ? lengths[i * width + j] + 1 : max(lengths[i * width + j + 1], lengths[(i + 1) * width + j])
      }
    }
    var places: [Int] = []
    var (i, j) = (sentence.count, other.count)
    while i > 0, j > 0 {
      if sentence[i - 1] == other[j - 1] {
        places.append(i - 1)
        (i, j) = (i - 1, j - 1)
      } else if lengths[i * width + j - 1] > lengths[(i - 1) * width + j] {
        j -= 1
      } else {
        i -= 1
      }
    }
    return places
  }
}
