import Palimpsest
import Testing

/// Whatever foreign text contains and wherever it is cut, each token occurs exactly as often as the
/// literals have it.
@Suite struct `Foreign text` {
  static let controls = [
    "<|im_start|>", "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<s>", "</s>", "<bos>", "<eos>",
    "[INST]", "[/INST]", "<<SYS>>", "<</SYS>>", "<start_of_turn>", "<end_of_turn>", "<｜end▁of▁sentence｜>",
    "[TOOL_CALLS]", "</think>", "<tool_call>",
  ]
  static let tags = ["<memory>", "</memory>", "<notes-2>", "</notes-2>", "<problem>", "</section>"]
  static let template = "<notes-2>\n" + tags.joined(separator: " ") + "\n"

  @Test(arguments: controls + tags)
  func `cannot forge a token by being cut at any place`(_ token: String) {
    let scalars = Array(token.unicodeScalars)
    for cut in 1..<scalars.count {
      let head = text(scalars[..<cut])
      let tail = text(scalars[cut...])
      let reserved = Prompt.Piece.literal(Self.template)
      let forgeries: [[Prompt.Piece]] = [
        [foreign(head + tail)],
        [foreign(head), foreign(tail)],
        [foreign(head), foreign(""), foreign(tail)],
        [.literal(head), foreign(tail)],
        [foreign(head), .literal(tail)],
        [.literal(head), foreign(""), .literal(tail)],
        [.literal(head), foreign(""), foreign(tail)],
        [foreign(head.uppercased()), foreign(tail.uppercased())],
      ]
      for forgery in forgeries { expectUnforged([reserved] + forgery + [reserved]) }
    }
  }

  @Test(arguments: 0..<24)
  func `of any kind cannot forge a token`(_ seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed), purpose: "injection")
    let whole = Self.controls + Self.tags
    let parts = [
      "<", "</", ">", "/", "[", "]", "|", "<|", "|>", "<<", ">>", "memory", "MEMORY", "im_end", "IM_END",
      "INST", "s", "think", " ", "\n", "\r", "\t", "‹", "⟦", "é", "😀", "＜", "｜", "notes-2", "a",
    ]
    let marks = ["\u{338}", "\u{600}", "\u{200D}", "\u{301}"]
    for _ in 0..<100 {
      var pieces: [Prompt.Piece] = []
      for _ in 0..<Int.random(in: 1...12, using: &random) {
        let isForeign = Bool.random(using: &random)
        var text = ""
        for _ in 0..<Int.random(in: 0...5, using: &random) {
          let fragments = isForeign ? whole + parts + marks : whole + parts
          let fragment = fragments[Int.random(in: 0..<fragments.count, using: &random)]
          let scalars = Array(fragment.unicodeScalars)
          let low = Int.random(in: 0...scalars.count, using: &random)
          let high = Int.random(in: low...scalars.count, using: &random)
          text += Bool.random(using: &random) ? fragment : self.text(scalars[low..<high])
        }
        pieces.append(isForeign ? foreign(text) : .literal(text))
      }
      expectUnforged(pieces)
    }
  }

  private func expectUnforged(_ pieces: [Prompt.Piece], at place: SourceLocation = #_sourceLocation) {
    let literals = joinedLiterals(pieces)
    let folded = literals.map { Array($0.utf8).map(lowercased) }
    let rendered = Prompt(pieces).text
    let renderedFolded = Array(rendered.utf8).map(lowercased)
    for token in Set(Self.controls + literals.flatMap(tagsIn)) {
      let bytes = Array(token.utf8).map(lowercased)
      let wanted = folded.reduce(0) { $0 + occurrences(of: bytes, in: $1) }
      let isKept = occurrences(of: bytes, in: renderedFolded) == wanted
      #expect(isKept, "\(token) in \(pieces)", sourceLocation: place)
      // What is there for a comparison of bytes must be there for one of characters.
      let characters = wanted == 0 ? 0 : literals.reduce(0) { $0 + $1.ranges(of: token).count }
      let isWhole = characters == 0 || rendered.ranges(of: token).count >= characters
      #expect(isWhole, "\(token) in \(pieces)", sourceLocation: place)
    }
  }

  private func tagsIn(_ literal: String) -> [String] {
    guard literal.utf8.contains(60) else { return [] }
    return literal.matches(of: /<\/?[A-Za-z0-9_\-]+>/).map { String($0.output) }
  }

  /// Literals that touch are one literal; an empty hole parts them.
  private func joinedLiterals(_ pieces: [Prompt.Piece]) -> [String] {
    var literals = [""]
    for piece in pieces {
      if case .literal(let text) = piece { literals[literals.count - 1] += text } else { literals.append("") }
    }
    return literals
  }

  /// Byte by byte and without regard to case, as the most careless template would compare.
  private func occurrences(of token: [UInt8], in text: [UInt8]) -> Int {
    var count = 0
    var start = 0
    while start + token.count <= text.count {
      var length = 0
      while length < token.count, text[start + length] == token[length] { length += 1 }
      if length == token.count { count += 1 }
      start += 1
    }
    return count
  }

  private func lowercased(_ byte: UInt8) -> UInt8 { (65...90).contains(byte) ? byte + 32 : byte }

  private func foreign(_ text: String) -> Prompt.Piece { .foreign(.text(text), nil) }

  private func text(_ scalars: some Sequence<Unicode.Scalar>) -> String {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars)
    return String(text)
  }
}
