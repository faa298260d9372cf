import Palimpsest
import SentenceRules
import Support
import Testing

/// Each example is written with `|` where a sentence ends, worked out by hand.
@Suite struct `A sentence` {
  static func check(_ marked: String, location: SourceLocation = #_sourceLocation) {
    let expected = marked.split(separator: "|").map(String.init)
    #expect(Sentences.of(expected.joined()) == expected, sourceLocation: location)
  }

  @Test(arguments: [
    "One. |Two! |Three? |Four", "Really?! |Yes... |Well. |", "He left.\nShe stayed.", "No stop at all",
    "It is the end.", "What?|", "A line\nthat was wrapped goes on. |Then the next.",
  ])
  func `ends at a stop before white space and a capital`(_ text: String) {
    if text.contains("\nShe") { Self.check("He left.\n|She stayed.") } else { Self.check(text) }
  }

  @Test(arguments: [
    "It costs 3.50 or 1,000.5 in all. |Good.", "See example.com/a.html?b=c!d for more. |Or not.",
    "Version 2.0.1 runs. |Use it.", "He stopped. |1990 was over.", "It was in 1990. |The next year it rained.",
  ])
  func `goes on through decimals, versions and addresses`(_ text: String) { Self.check(text) }

  @Test(arguments: [
    "Mr. Darcy met Mrs. Hall and Dr. Who. |They spoke.", "St. Louis lies west. |He lives in Main St. |He likes it.",
    "It is used, e.g. The Times says so, i.e. Often. |Yes.", "Cats, dogs, etc. |Birds too.",
    "Smith et al. Nature 1990 shows it. |So did Jones et al. |The rest did not.",
    "Apple Inc. Cook runs it. |He works at Apple Inc. |The firm grew.", "Roe v. Wade was vs. Nobody.",
    "See vol. 3, p. 12, and fig. 4 of no. 5. |Then stop.", "He said no. |I left.",
    "See Vol. IV for it. |Or ch. X for more.",
    "On Sept. 11 it fell. |In Dec. |Snow came.",
  ])
  func `goes on behind an abbreviation that needs more`(_ text: String) { Self.check(text) }

  @Test(arguments: [
    "J. R. R. Tolkien wrote it. |C. S. Lewis read it.", "J.K. Rowling and J. A. Smith met. |A day passed.",
    "The U.S. Army left the U.S. |The army came back at 5 p.m. |It rained.", "At 5 p.m. Monday it began.",
    "He has a Ph.D. |She has none.", "You and I. |Nobody else.", "А. С. Пушкин писал. |Он умер.",
    "É. Zola accused. |They listened.",
  ])
  func `goes on behind initials unless the next word opens sentences`(_ text: String) { Self.check(text) }

  @Test(arguments: [
    "“Is it so?” |“It is.” |They left.", "“Is it so?” he asked. |“Yes!” cried she.",
    "(He left.) |Then (she too.) |End.",
    "He said \"no.\" |Then \"yes.\" |Done.", "It rose.[12] |It fell.[3][4] |It stayed.", "She said, ‘Go.’ |He went.",
    "_Stop._ |_Go on._ |**Now.** |Then.", "He (Jones, etc.) went. |“(‘Why?’)” |So.",
  ])
  func `takes closing quotes, brackets and notes along`(_ text: String) { Self.check(text) }

  @Test(arguments: [
    "He paused... and went on. |Then... |He stopped.", "Wait . . . what? |Oh . . . |Well.", "Hm… no. |Hm… |Yes.",
    "He came!—and went. |Stop! — he cried.", "Really?, he said. |Yes.",
  ])
  func `goes on through an ellipsis or a mark that continues`(_ text: String) { Self.check(text) }

  @Test(arguments: [
    "吾輩は猫である。|名前はまだ無い。|", "他说：“好。”|她走了。|", "「行く？」|「いや！」|終わり。|", "यह है। |वह है। |", "هل هذا؟ |نعم.",
    "𝒳 is set. |Ω holds. |",
  ])
  func `knows the stops of other scripts`(_ text: String) { Self.check(text) }

  @Test(arguments: [
    "A Title\n\n|The text begins. |It ends.\n\n\n|Next", "No stop\r\n\r\n|here", "Page one\n\u{C}\n|Page two",
    "\n\n  Lead. |Two.", "Buy:\n|- eggs\n|- milk\n|* bread",
    "Steps:\n|1. Open it.\n|2. Close it.\n|(a) slowly\n|3.1 Quickly",
    "It cost about\n3.5 million in\n1990 and later.", "1. Scope. |2. Terms. |More.",
    "CHAPTER 1. Loomings.\n\n|Call me Ishmael.",
    "IV. The End. |All done.", "See Section 4. |The rest follows.", "Purpose......... 7 and on",
  ])
  func `ends at blank lines, page breaks and items, not at numbers of items`(_ text: String) { Self.check(text) }

  @Test func `is nothing in an empty text, and everything in one of blanks`() {
    #expect(Sentences.of("").isEmpty)
    #expect(Sentences.of(" \n\n \t") == [" \n\n \t"])
  }

  @Test func `is trimmed to what is not white space`() {
    let text = Array(" \n a b. \n".utf8)
    #expect(Sentences.trimmed(0..<text.count, in: text.span) == 3..<7)
    #expect(Sentences.trimmed(0..<2, in: text.span).isEmpty)
  }
}

@Suite struct `Sentences of any text` {
  /// Everything the rules look at, at random.
  static let texts: [String] = {
    let parts = [
      ".", ".", "!", "?", "…", "。", "।", " ", " ", "  ", "\n", "\n\n", "\r\n", "\t", "\u{C}", "\u{2029}", "a", "word",
      "Mr", "No", "U.S",
      "The", "He", "I", "IV", "12", "3.5", "J", "É", "(", ")", "[3]", "[", "\"", "”", "“", "-", "— ", "•", "* ", "1. ",
      "(a) ", "e.g",
      "etc", "Chapter", "猫", "👩‍🚀", "e\u{301}", ",", ":", "Я", "я", "\0", "....",
    ]
    var random = SeededGenerator(seed: 3, purpose: "sentence texts")
    return (0..<300).map { _ in
      (0..<Int.random(in: 1...40, using: &random)).map { _ in parts.randomElement(using: &random) ?? "" }.joined()
    }
  }()

  @Test func `put together are the text, and cut no scalar`() {
    for text in Self.texts {
      let sentences = Sentences.of(text)
      #expect(sentences.joined() == text)
      #expect(Array(sentences.joined().utf8) == Array(text.utf8))
      #expect(sentences.allSatisfy { !$0.isEmpty })
    }
  }

  @Test func `end in the same place however little has arrived, or wait`() {
    for text in Self.texts {
      let bytes = Array(text.utf8)
      let whole = Sentences.end(in: bytes.span, from: 0, isEnd: true)
      for count in 0..<bytes.count {
        if let end = Sentences.end(in: bytes.span.extracting(first: count), from: 0, isEnd: false) {
          #expect(end == whole, "\(text.debugDescription), \(count) bytes arrived")
        }
      }
    }
  }

  @Test func `do not depend on what came before`() {
    for text in Self.texts {
      let bytes = Array(text.utf8)
      for range in Sentences.ranges(in: bytes.span) {
        let rest = Array(bytes[range.lowerBound...])
        #expect(Sentences.end(in: rest.span, from: 0, isEnd: true) == range.count)
      }
    }
  }

  @Test func `survive bytes that are no UTF-8`() {
    var random = SeededGenerator(seed: 4, purpose: "noise")
    for _ in 0..<200 {
      let bytes = (0..<64).map { _ in UInt8.random(in: 0...255, using: &random) }
      #expect(Sentences.ranges(in: bytes.span).reduce(0) { $0 + $1.count } == bytes.count)
    }
  }
}
