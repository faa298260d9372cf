import Chunkers
import Palimpsest
import SentenceRules
import Tasks
import Verifiers

/// Whether a memory holds an answer in the last sentence of a text as often as an answer elsewhere.
///
/// The texts are single paragraphs of SQuAD. A question counts where its answers stand in the last sentence
/// alone, or anywhere but there; where they stand in both, it is left out.
///
///     swift run -c release --disable-default-traits ReadingBench borders=yes half=all limit=4000
struct Borders {
  private struct Item {
    var question: Question
    var isLast: Bool
  }

  private let items: [Item]
  private let options: Options

  init(_ options: Options) throws {
    self.options = options
    items = try options.questions(of: "squad", documents: 1).compactMap { question in
      guard case .text(let text as StringText) = question.source else { return nil }
      var end = text.bytes.count
      while end > 0, text.bytes[end - 1] == 0x0A || text.bytes[end - 1] == 0x20 { end -= 1 }
      let bytes = Array(text.bytes[..<end])
      guard let last = Sentences.ranges(in: bytes.span).last else { return nil }
      func holds(_ range: Range<Int>) -> Bool {
        MemoryHolds.holds(String(decoding: bytes[range], as: UTF8.self), anyOf: question.answers) == true
      }
      let (isBefore, isLast) = (holds(0..<last.lowerBound), holds(last))
      guard isBefore != isLast else { return nil }
      var question = question
      question.source = .text(String(decoding: bytes, as: UTF8.self))
      return Item(question: question, isLast: isLast)
    }
  }

  func run() async throws {
    let tokenizer = WordTokenizer()
    let chunkers: [(name: String, chunker: any Chunker)] = [
      ("the whole text", TokenChunker(size: 1000, by: tokenizer)), ("50 tokens", TokenChunker(size: 50, by: tokenizer)),
      ("sentences", SentenceChunker(count: 1, by: tokenizer)),
    ]
    print("| chunks | memory | last sentence: n | held | elsewhere: n | held |")
    print("|---|---|---|---|---|---|")
    for (name, chunker) in chunkers {
      for arm in options.arms where [.overwrite, .gated, .append].contains(arm) {
        var reader = try arm.reader(tokens: options.tokens, chunk: options.chunk, weights: options.weights)
        reader.chunker = chunker
        var counts = (last: (held: 0, all: 0), other: (held: 0, all: 0))
        for item in items {
          let isHeld = try await reader.read(item.question).memoryHolds == true
          if item.isLast {
            counts.last = (counts.last.held + (isHeld ? 1 : 0), counts.last.all + 1)
          } else {
            counts.other = (counts.other.held + (isHeld ? 1 : 0), counts.other.all + 1)
          }
        }
        print(
          "| \(name) | \(arm) | \(counts.last.all) | \(Interval.share(counts.last.held, of: counts.last.all)) |",
          "\(counts.other.all) | \(Interval.share(counts.other.held, of: counts.other.all)) |")
      }
    }
  }
}
