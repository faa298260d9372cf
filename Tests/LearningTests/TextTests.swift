import Learning
import Palimpsest
import Testing

@Suite struct `A shuffled order` {
  @Test(arguments: [1, 2, 3, 4, 5, 16, 17, 100, 1000, 4097])
  func `has every number once`(_ count: Int) {
    let order = Shuffle(count, seed: 3)
    #expect((0..<count).map { order[$0] }.sorted() == Array(0..<count))
  }

  @Test func `is another in another pass and with another seed`() {
    func order(_ seed: UInt64, _ pass: Int) -> [Int] {
      let order = Shuffle(50, seed: seed, pass: pass)
      return (0..<50).map { order[$0] }
    }
    #expect(order(1, 0) == order(1, 0))
    for other in [order(1, 1), order(2, 0), Array(0..<50)] { #expect(order(1, 0) != other) }
  }

  /// Of 400 seeds each of 8 places holds number 0 about 50 times: ±6 standard deviations of 6.6.
  @Test func `favours no place`() {
    var places = [Int](repeating: 0, count: 8)
    for seed in 0..<400 as Range<UInt64> {
      let order = Shuffle(8, seed: seed)
      for place in 0..<8 where order[place] == 0 { places[place] += 1 }
    }
    #expect(places.allSatisfy { (10...90).contains($0) }, "\(places)")
  }
}

@Suite struct `Spans of tokens` {
  let spans = TokenSpans(Array(0..<107), length: 10, batch: 5, seed: 1)

  @Test func `are runs of the ring, one token longer than what is predicted`() {
    for step in 0..<7 {
      for span in spans.batch(at: step) {
        #expect(span.count == 11)
        let following = span.dropLast().map { ($0 + 1) % 107 }
        #expect(following == Array(span.dropFirst()))
      }
    }
  }

  /// Ten spans of ten a pass, two batches of five.
  @Test(arguments: [0, 1, 2])
  func `predict no token twice in a pass`(_ pass: Int) {
    let predicted = (0..<2).flatMap { spans.batch(at: 2 * pass + $0) }.flatMap { $0.dropFirst() }
    #expect(predicted.count == 100 && Set(predicted).count == 100)
    #expect(spans.passes(after: 2) == 1)
  }

  @Test func `are cut at other places in each pass`() {
    let starts = (0..<4).map { pass in spans.batch(at: 2 * pass).map { $0[0] % 10 } }
    #expect(Set(starts).count > 1)
  }

  @Test func `follow from their number alone`() {
    let again = TokenSpans(Array(0..<107), length: 10, batch: 5, seed: 1)
    #expect(spans.batch(at: 12345) == again.batch(at: 12345))
    #expect(spans.fingerprint == again.fingerprint)
    #expect(spans.fingerprint != TokenSpans(Array(0..<107), length: 10, batch: 5, seed: 2).fingerprint)
    #expect(spans.fingerprint != TokenSpans(Array(1..<108), length: 10, batch: 5, seed: 1).fingerprint)
  }
}

@Suite struct `A corpus` {
  /// Ten paragraphs of twelve words that stand nowhere else.
  static func text(_ name: String, _ paragraphs: Int = 10) -> String {
    let pieces = (0..<paragraphs).map { index in
      (0..<12).map { "\(name)\(index)word\($0)" }.joined(separator: " ")
    }
    return pieces.joined(separator: "\n\n") + "\n"
  }

  @Test func `holds the end of each text out, and loses nothing`() throws {
    let texts = [Self.text("a", 20), Self.text("b", 20)]
    let corpus = try Corpus(texts)
    let whole = texts.indices.map { corpus.training[$0] + corpus.choosing[$0] + corpus.heldOut[$0] }
    #expect(whole == texts)
    #expect(corpus.repeated == 0 && corpus.overlap == 0)
    for (text, part) in zip(texts, corpus.heldOut) {
      #expect(part.utf8.count * 10 <= text.utf8.count && part.utf8.count * 25 > text.utf8.count)
    }
  }

  @Test func `leaves out what another text has said, however its lines are broken`() throws {
    let quoted = Self.text("a", 1).replacing(" ", with: "\n", maxReplacements: 3).uppercased()
    let texts = [Self.text("a", 20), Self.text("b", 20) + "\n" + quoted]
    let corpus = try Corpus(texts)
    #expect(corpus.repeated == quoted.utf8.count)
    #expect(!(corpus.training + corpus.choosing + corpus.heldOut).joined().contains(quoted))
    var kept = Corpus.Settings()
    kept.dropsRepetitions = false
    #expect(try Corpus(texts, kept).repeated == 0)
  }

  @Test func `says how much of a text was learned from`() throws {
    let corpus = try Corpus([Self.text("a", 20)])
    #expect(corpus.familiarity(of: "a0word0 " + corpus.training[0]) ?? 0 > 0.99)
    #expect(corpus.familiarity(of: Self.text("c")) == 0)
    #expect(corpus.familiarity(of: "too short") == nil)
  }

  @Test func `refuses a text that cannot be cut`() {
    #expect(throws: LearningError.tooShort("to choose by", found: 5)) { try Corpus(["a b c"]) }
  }
}
