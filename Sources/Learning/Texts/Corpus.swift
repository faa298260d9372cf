import Palimpsest
import SentenceRules

/// Texts cut into a part to learn from, a part to choose between models, and a part to judge them
/// on.
///
///     let corpus = try Corpus(documents)
///     let tokenizer = BytePairTrainer(size: 1024).train(on: corpus.training, name: "bookworm")
///
/// The last tenth of each text is held out, and the tenth before it is for choosing. Cuts are behind paragraphs.
/// A paragraph that repeats one of any text is left out first: licences quote each other at length, and a model
/// could predict quoted text from memory.
public struct Corpus: Sendable {
  /// Shares of each text, and whether repetitions are left out.
  public struct Settings: Sendable, Codable, Hashable {
    /// Share of each text, from its end, that is held out.
    public var heldOut = 0.1
    /// Share before that which chooses.
    public var choosing = 0.1
    /// Whether repetitions are left out.
    public var dropsRepetitions = true

    /// A tenth each for choosing and held out, without repetitions.
    public init() {}
  }

  /// The text that is learned from, a string per document.
  public let training: [String]
  /// The text that chooses between models.
  public let choosing: [String]
  /// The text that models are judged on.
  public let heldOut: [String]
  /// UTF-8 bytes that were left out as repetitions.
  public let repeated: Int
  /// The share of the held-out texts' runs of eight words that also stand in the training texts.
  public let overlap: Double
  private let learned: Repetition

  /// - Precondition: shares that leave something to learn from.
  /// - Throws: `LearningError.tooShort` where one of the three has no text.
  public init(_ documents: [String], _ settings: Settings = Settings()) throws {
    precondition(
      settings.heldOut > 0 && settings.choosing > 0 && settings.heldOut + settings.choosing < 1,
      "\(settings.heldOut) held out and \(settings.choosing) to choose by, of 1")
    var repetition = Repetition()
    var (training, choosing, heldOut): ([String], [String], [String]) = ([], [], [])
    var repeated = 0
    for document in documents {
      var pieces = Self.pieces(of: document)
      if settings.dropsRepetitions {
        let all = pieces
        pieces = all.filter { !repetition.has($0) }
        repeated += all.reduce(0) { $0 + $1.utf8.count } - pieces.reduce(0) { $0 + $1.utf8.count }
      }
      let bytes = pieces.reduce(0) { $0 + $1.utf8.count }
      let last = Self.cut(&pieces, Int(settings.heldOut * Double(bytes)))
      let middle = Self.cut(&pieces, Int(settings.choosing * Double(bytes)))
      if !last.isEmpty { heldOut.append(last) }
      if !middle.isEmpty { choosing.append(middle) }
      if !pieces.isEmpty { training.append(pieces.joined()) }
    }
    (self.training, self.choosing, self.heldOut, self.repeated) = (training, choosing, heldOut, repeated)
    for (name, part) in [("to learn from", training), ("to choose by", choosing), ("to judge on", heldOut)]
    where part.isEmpty {
      throw LearningError.tooShort(name, found: documents.reduce(0) { $0 + $1.utf8.count })
    }
    var learned = Repetition()
    for text in training { _ = learned.has(text) }
    self.learned = learned
    let shares: [(Double, Double)] = heldOut.compactMap { text in
      learned.share(of: text).map { ($0, Double(text.utf8.count)) }
    }
    let weight = shares.reduce(0) { $0 + $1.1 }
    overlap = weight > 0 ? shares.reduce(0) { $0 + $1.0 * $1.1 } / weight : 0
  }

  /// The share of a text's runs of eight words that stand in the training texts; nil where it has none.
  public func familiarity(of text: String) -> Double? { learned.share(of: text) }

  /// Takes whole pieces off the end, as many as fit into so many bytes.
  private static func cut(_ pieces: inout [String], _ bytes: Int) -> String {
    var (taken, count) = (0, 0)
    for piece in pieces.reversed() {
      guard count + piece.utf8.count <= bytes else { break }
      count += piece.utf8.count
      taken += 1
    }
    defer { pieces.removeLast(taken) }
    return pieces.suffix(taken).joined()
  }

  /// Paragraphs with the blank lines behind them; they add up to the text.
  private static func pieces(of text: String) -> [String] {
    let bytes = Array(text.utf8)
    var (pieces, start): ([String], Int) = ([], 0)
    while let end = Paragraphs.end(in: bytes.span, from: start, isEnd: true), end > start {
      pieces.append(String(decoding: bytes[start..<end], as: UTF8.self))
      start = end
    }
    return pieces
  }
}
