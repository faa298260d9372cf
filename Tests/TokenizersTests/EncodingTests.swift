import Foundation
import Palimpsest
import Testing
import Tokenizers

@Suite struct `Encoding` {
  @Test(arguments: ["gpt2", "qwen2", "llama3", "digits"])
  func `a megabyte of one letter, of blanks or of accents takes no longer than prose`(_ name: String) throws {
    let tokenizer = try Fixtures.tokenizer(name)
    for piece in ["a", " ", "\n", "!", "1", "\u{301}", "é", "吾", "👩\u{200D}", "ab"] {
      let text = String(repeating: piece, count: 1_000_000 / piece.utf8.count)
      var ids: [Int] = []
      let time = ContinuousClock().measure { ids = tokenizer.encode(text) }
      // Quadratic work would take minutes; a loaded machine still does this in a fraction of a second.
      #expect(time < .seconds(10), "\(piece.debugDescription): \(time)")
      if tokenizer.normalization == nil { #expect(tokenizer.decode(ids) == text) }
    }
  }

  @Test(arguments: ["gpt2", "llama3"])
  func `and decoding give the text back`(_ name: String) throws {
    let tokenizer = try Fixtures.tokenizer(name)
    for line in LinesOfText(pieces: try LinesOfText.pieces(), seed: 11).prefix(500) {
      #expect(Array(tokenizer.decode(tokenizer.encode(line)).utf8) == Array(line.utf8))
    }
  }

  @Test(arguments: Fixtures.exact.filter { $0 != "spaced" })
  func `keeps bytes that make no scalar`(_ name: String) throws {
    let tokenizer = try Fixtures.tokenizer(name)
    func kept(_ bytes: [UInt8]) -> [UInt8] {
      bytes.withUnsafeBufferPointer { tokenizer.encode($0) }.flatMap { tokenizer.bytes(of: $0) ?? [] }
    }
    // A stray byte before an accent, a scalar cut short, a surrogate: none composes with anything.
    for bytes in [[0xFF, 0xCC, 0x81], [0x61, 0xE9, 0xCC, 0x81], [0xED, 0xA0, 0x80, 0x20], [0xF0, 0x9F, 0x91]]
      as [[UInt8]]
    {
      #expect(kept(bytes) == bytes)
    }
    var random = SeededGenerator(seed: 3, purpose: "bytes")
    for _ in 0..<300 where tokenizer.normalization == nil {
      let bytes = (0..<60).map { _ in UInt8.random(in: 0...255, using: &random) }
      #expect(kept(bytes) == bytes)
    }
  }

  @Test func `is the same from many tasks at once`() async throws {
    let tokenizer = try Fixtures.tokenizer("qwen2")
    let lines = Array(LinesOfText(pieces: try LinesOfText.pieces(), seed: 12).prefix(300))
    let expected = lines.map { tokenizer.encode($0) }
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 { group.addTask { lines.map { tokenizer.encode($0) } == expected } }
      for await isSame in group { #expect(isSame) }
    }
  }

  @Test func `streamed back never breaks a scalar`() throws {
    let tokenizer = try Fixtures.tokenizer("llama3")
    for line in LinesOfText(pieces: try LinesOfText.pieces(), seed: 13).prefix(200) {
      var stream = tokenizer.textStream()
      var text = ""
      for id in tokenizer.encode(line) {
        let more = stream.feed(id)
        #expect(line.contains("\u{FFFD}") || !more.unicodeScalars.contains("\u{FFFD}"))
        text += more
      }
      text += stream.finish()
      #expect(Array(text.utf8) == Array(line.utf8))
    }
  }

  @Test func `of any tokens is streamed as it is decoded`() throws {
    let tokenizer = try Fixtures.tokenizer("gpt2")
    var random = SeededGenerator(seed: 2, purpose: "tokens")
    for _ in 0..<300 {
      // Bytes in any order: scalars cut short, overlong forms, surrogates.
      let ids = (0..<40).map { _ in Int.random(in: 0..<300, using: &random) }
      var stream = tokenizer.textStream(showingSpecial: true)
      let text = ids.map { stream.feed($0) }.joined() + stream.finish()
      #expect(Array(text.utf8) == Array(tokenizer.decode(ids).utf8))
    }
  }

  @Test func `by hand gives the merges of the file`() throws {
    // Merges in order: a+b, ab+c, b+c. abc: a+b comes first, then ab+c.
    let bytes = (0..<256).map { (byte: Int) in (byte, UInt8(byte)) }
    let letters = BytePairTrainer(size: 257).train(on: ["x"], name: "x")
    var vocab = bytes.map { "\"\(written(letters, $0.1))\":\($0.0)" }
    vocab += ["\"ab\":300", "\"abc\":301", "\"bc\":302"]
    let json = """
      {"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true},
      "model":{"type":"BPE","vocab":{\(vocab.joined(separator: ","))},"merges":["a b",["ab","c"],"b c"]}}
      """
    let tokenizer = try BytePairTokenizer(json: Array(json.utf8), name: "hand")
    #expect(tokenizer.encode("abc") == [301])
    #expect(tokenizer.encode("bcabc") == [302, 301])
    #expect(tokenizer.encode("bab") == [98, 300])
    #expect(tokenizer.idEnd == 303 && tokenizer.bytes(of: 299) == nil)
  }

  /// A byte as vocabularies write it, escaped for JSON.
  private func written(_ tokenizer: BytePairTokenizer, _ byte: UInt8) -> String {
    switch byte {
    case 0x22: "\\\""
    case 0x5C: "\\\\"
    case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: String(Character(Unicode.Scalar(byte)))
    default:
      // The other bytes, in order, are U+0100 onwards.
      String(
        Character(
          Unicode.Scalar(
            UInt32(
              0x100 + (0..<Int(byte)).filter { !(0x21...0x7E ~= $0 || 0xA1...0xAC ~= $0 || 0xAE...0xFF ~= $0) }.count))
            ?? "?"))
    }
  }
}

@Suite struct `Normal forms` {
  @Test(arguments: [
    ("e\u{301}", "\u{E9}"), ("\u{1112}\u{1161}\u{11AB}", "\u{D55C}"), ("q\u{307}\u{323}", "q\u{323}\u{307}"),
    ("\u{212B}", "\u{C5}"), ("=\u{338}", "\u{2260}"), ("a\u{328}\u{301}\u{301}", "\u{105}\u{301}\u{301}"),
    ("\u{E0041}\u{301}", "\u{E0041}\u{301}"), ("\u{958}", "\u{915}\u{93C}"),
  ])
  func `compose as the standard says`(_ text: String, _ composed: String) {
    #expect(Array(Normalization.nfc.normalized(text).unicodeScalars) == Array(composed.unicodeScalars))
  }

  @Test func `of compatibility undo ligatures, widths and circles`() {
    #expect(Normalization.nfkc.normalized("ﬁ Ａ ① ｶﾞ ½") == "fi A 1 ガ 1⁄2")
  }

  @Test(arguments: [Normalization.nfc, .nfkc])
  func `are reached in one step`(_ form: Normalization) throws {
    for line in LinesOfText(pieces: try LinesOfText.pieces(), seed: 14).prefix(2000) {
      let once = form.normalized(line)
      #expect(Array(form.normalized(once).utf8) == Array(once.utf8))
    }
  }

  @Test func `agree with Foundation for every scalar alone that Unicode 9 had`() {
    for value in (0 as UInt32)..<0x30000 {
      guard let scalar = Unicode.Scalar(value), let age = scalar.properties.age, age.major <= 9 else { continue }
      // Behind a letter, so that what may not stand alone is looked at too.
      let text = String(String.UnicodeScalarView(["a", scalar, "a"]))
      guard value < 0x10000 else { continue }
      #expect(
        Normalization.nfc.normalized(text).unicodeScalars.elementsEqual(
          text.precomposedStringWithCanonicalMapping.unicodeScalars), "U+\(String(value, radix: 16))")
    }
  }
}
