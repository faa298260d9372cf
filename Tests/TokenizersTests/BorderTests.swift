import Foundation
import Palimpsest
import Support
import Testing
import Tokenizers

@Suite struct `Cutting a text by a checkpoint's own tokens` {
  /// Hard lines, and generated ones.
  static let texts: [String] = {
    let pieces = (try? LinesOfText.pieces()) ?? []
    let hard = ((try? Fixtures.lines("qwen2")) ?? []).map(\.text).filter { $0.utf8.count <= 400 }
    return hard + LinesOfText(pieces: pieces, seed: 7).prefix(120)
  }()

  @Test(arguments: Fixtures.names)
  func `changes no token on either side`(_ name: String) throws {
    let tokenizer = try Fixtures.tokenizer(name)
    for text in Self.texts {
      let ids = tokenizer.encode(text)
      let bytes = Array(text.utf8)
      var last = -1
      for limit in 0...(ids.count + 1) {
        let cut = tokenizer.prefix(of: bytes.span, tokens: limit, isEnd: true) ?? (-1, -1)
        guard 0...bytes.count ~= cut.bytes else {
          Issue.record("\(cut) of \(text.debugDescription) at \(limit)")
          continue
        }
        let front = String(decoding: bytes[..<cut.bytes], as: UTF8.self)
        let back = String(decoding: bytes[cut.bytes...], as: UTF8.self)
        let title = "\(text.debugDescription) at \(limit): \(front.debugDescription)"
        #expect(cut.tokens <= limit && cut.tokens >= last, "\(title)")
        #expect(Array(front.utf8) == Array(bytes[..<cut.bytes]), "inside a scalar: \(title)")
        #expect(tokenizer.encode(front) == Array(ids.prefix(cut.tokens)), "\(title)")
        // A tokenizer that puts a space before every text puts one before the rest too.
        if !Fixtures.spacing.contains(name) {
          #expect(tokenizer.encode(back) == Array(ids.dropFirst(cut.tokens)), "\(title)")
        }
        last = cut.tokens
      }
      #expect(last == ids.count, "\(text.debugDescription)")
    }
  }

  @Test(arguments: Fixtures.names)
  func `is the same however little has arrived, or waits`(_ name: String) throws {
    let tokenizer = try Fixtures.tokenizer(name)
    for text in Self.texts.prefix(90) {
      let bytes = Array(text.utf8)
      for limit in [0, 1, 2, 3, 7, 20, 1000] {
        let whole = tokenizer.prefix(of: bytes.span, tokens: limit, isEnd: true)
        for end in 0...bytes.count {
          guard let part = tokenizer.prefix(of: bytes.span.extracting(first: end), tokens: limit, isEnd: false)
          else { continue }
          #expect(part == whole ?? (-1, -1), "\(text.debugDescription) at \(limit), \(end) arrived")
        }
      }
    }
  }

  @Test(arguments: ["gpt2", "qwen2", "llama3"])
  func `keeps nearly to the limit in prose, and in writing without spaces`(_ name: String) throws {
    let tokenizer = try Fixtures.tokenizer(name)
    let prose = "It is a truth universally acknowledged, that a single man must be in want of a wife. "
    for text in [String(repeating: prose, count: 20), String(repeating: "吾輩は猫である名前はまだ無い", count: 40)] {
      let bytes = Array(text.utf8)
      let total = tokenizer.count(text)
      for limit in stride(from: 10, to: total, by: 7) {
        let cut = tokenizer.prefix(of: bytes.span, tokens: limit, isEnd: true) ?? (-1, -1)
        // At most the tokens of one scalar that is cut off are missing.
        #expect(cut.tokens >= limit - 3 && cut.tokens <= limit)
      }
    }
  }
}
