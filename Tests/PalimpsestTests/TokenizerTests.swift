import Palimpsest
import Support
import Testing

@Suite struct `Every tokenizer` {
  static let variants: [any Tokenizer] = [WordTokenizer(), ScalarTokenizer(), ByteTokenizer()]

  @Test(arguments: variants.indices)
  func `counts that add up at every border it reports`(_ index: Int) {
    let tokenizer = Self.variants[index]
    for text in texts {
      let total = tokenizer.count(text)
      for limit in 0...(total + 2) {
        let front = tokenizer.truncate(text, to: limit)
        let count = tokenizer.count(front)
        #expect(count <= limit)
        #expect(count + tokenizer.count(String(text.unicodeScalars.dropFirst(front.unicodeScalars.count))) == total)
      }
    }
  }

  @Test(arguments: variants.indices)
  func `answers the same however little has arrived, or waits`(_ index: Int) {
    let tokenizer = Self.variants[index]
    for text in texts {
      let bytes = Array(text.utf8)
      for limit in [0, 1, 2, 3, 7, 50] {
        let whole = tokenizer.prefix(of: bytes.span, tokens: limit, isEnd: true)
        for end in 0...bytes.count {
          if let part = tokenizer.prefix(of: bytes.span.extracting(first: end), tokens: limit, isEnd: false) {
            #expect(part == whole ?? (-1, -1), "\(text.debugDescription) at \(limit), \(end) arrived")
          }
        }
      }
    }
  }

  @Test(arguments: variants.indices)
  func `never cuts a scalar`(_ index: Int) {
    for text in texts {
      for limit in 0...(text.utf8.count + 1) {
        #expect(text.unicodeScalars.starts(with: Self.variants[index].truncate(text, to: limit).unicodeScalars))
      }
    }
  }
}

@Suite struct `The word tokenizer` {
  let words = WordTokenizer()

  @Test(arguments: [
    ("", 0), (" ", 1), ("word", 1), ("It cost 12,500 dollars.", 7),
    ("understanding", 2),  // understa|nding
    ("a  b", 3),  // a| | b
    ("a    b", 3),  // a|three spaces| b
    ("a \n\nb", 4),  // a| |two breaks|b
    ("2026-11-21", 6),  // 202|6|-|11|-|21
    ("吾輩は猫", 4), ("👩‍🚀", 3), ("größer", 1), ("don't", 3), (" (so)", 3),
    (String(repeating: " ", count: 33), 3), (String(repeating: "\n", count: 17), 2),
  ])
  func `counts what can be counted by eye`(_ text: String, _ count: Int) {
    #expect(words.count(text) == count)
  }

  @Test func `agrees with the rules written out plainly`() {
    for text in texts { #expect(words.count(text) == plainCount(text), "\(text.debugDescription)") }
  }

  @Test func `counts English at about 1.3 tokens a word`() {
    let text = """
      The committee met on Tuesday to consider the report. Nobody had read it, and the chairman, who \
      was tired, proposed that they adjourn until the following week; everyone agreed at once.
      """
    let share = Double(words.count(text)) / Double(text.split(separator: " ").count)
    #expect(1.1...1.5 ~= share)
  }
}

/// The rules of the word tokenizer, one token at a time with everything in hand.
private func plainCount(_ text: String) -> Int {
  enum Kind { case letter, digit, space, lineBreak, mark }
  func kind(_ scalar: Unicode.Scalar) -> Kind {
    switch scalar {
    case "a"..."z", "A"..."Z", "\u{C0}"..."\u{7FF}", "\u{800}"..."\u{1FFF}": .letter
    case "0"..."9": .digit
    case " ", "\t": .space
    case "\n", "\r": .lineBreak
    default: .mark
    }
  }
  let scalars = Array(text.unicodeScalars)
  var position = 0
  var count = 0
  func run(from start: Int, of wanted: Kind) -> Int {
    scalars[start...].prefix { kind($0) == wanted }.count
  }
  while position < scalars.count {
    count += 1
    var first = kind(scalars[position])
    if first == .space || first == .lineBreak {
      let run = run(from: position, of: first)
      let follows = position + run < scalars.count ? kind(scalars[position + run]) : .lineBreak
      if first == .lineBreak || run > 16 || follows == .lineBreak {
        position += min(run, 16)
        continue
      }
      if run > 1 {
        position += run - 1
        continue
      }
      position += 1
      first = kind(scalars[position])
    }
    switch first {
    case .letter:
      var bytes = 0
      while position < scalars.count, kind(scalars[position]) == .letter, bytes < 8 {
        bytes += UTF8.width(scalars[position])
        position += 1
      }
    case .digit: position += min(run(from: position, of: .digit), 3)
    default: position += 1
    }
  }
  return count
}

/// Hand-picked hard places and seeded noise over the kinds of scalar that the rules tell apart.
private let texts: [String] = {
  var texts = [
    "", " ", "\n", "\0", "It cost 12,500 dollars.", "a  b \t c\r\n\r\n  d", "e\u{301}tude — naïve “quoted” text…",
    "吾輩は猫である。名前はまだ無い。", "👩‍🚀👨‍👩‍👧 flies", "Привет, мир! 123456789", "ก็ภาษาไทย ไม่มี ช่องว่าง",
    String(repeating: " ", count: 70), String(repeating: "\n", count: 40), String(repeating: "a", count: 100),
    String(repeating: "Ω", count: 30), String(repeating: " ", count: 16) + "x", String(repeating: " ", count: 17) + "x",
  ]
  let alphabet = Array("ab yZ09 .,-\n\r\t éΩก猫👩\u{200D}\u{301}—\u{A0}  ".unicodeScalars)
  var random = SeededGenerator(seed: 1, purpose: "tokenizer texts")
  for _ in 0..<60 {
    var text = ""
    for _ in 0..<Int.random(in: 1...120, using: &random) {
      text.unicodeScalars.append(alphabet.randomElement(using: &random) ?? "a")
    }
    texts.append(text)
  }
  return texts
}()
