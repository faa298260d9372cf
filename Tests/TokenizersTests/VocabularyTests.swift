import Foundation
import Testing
import Tokenizers

@Suite struct `A vocabulary that lacks bytes` {
  @Test func `leaves them out, counts them and warns of them`() throws {
    let tokenizer = try Fixtures.tokenizer("smollm")
    #expect(tokenizer.missingBytes == 21)
    #expect(tokenizer.encode("Call me Ishmael.").count > 3)
    #expect(tokenizer.lostBytes == 0 && tokenizer.warning == nil)
    let missing = (UInt8.min...UInt8.max).filter { tokenizer.id(of: [$0]) == nil }
    #expect(missing.count == 21 && missing.contains(0xFF) && missing.contains(0xC0))
    let byte = try #require(missing.first { $0 < 0x80 })
    let scalar = String(Unicode.Scalar(byte))
    // What stands around the byte is split as with it, and merged without it.
    #expect(tokenizer.decode(tokenizer.encode("whale\(scalar)\(scalar) of")) == "whale of")
    #expect(tokenizer.lostBytes == 2)
    #expect(tokenizer.warning?.contains("21 of the 256 bytes") ?? false)
  }

  /// Made by Tests/Fixtures/Tokenizers/more.py.
  private struct Case: Decodable {
    var text: String
    var ids: [Int]

    init(from decoder: any Decoder) throws {
      var values = try decoder.unkeyedContainer()
      text = try values.decode(String.self)
      ids = try values.decode([Int].self)
    }
  }

  @Test func `drops them as the reference implementation does, and finds its borders all the same`() throws {
    let tokenizer = try Fixtures.tokenizer("smollm")
    let data = try Data(contentsOf: Fixtures.folder.appending(path: "smollm.lost.json"))
    let cases = try JSONDecoder().decode([Case].self, from: data)
    #expect(cases.count == 200)
    for line in cases {
      #expect(tokenizer.encode(line.text) == line.ids, "\(line.text.debugDescription)")
      let bytes = Array(line.text.utf8)
      for limit in stride(from: 0, through: line.ids.count + 1, by: 3) {
        let cut = tokenizer.prefix(of: bytes.span, tokens: limit, isEnd: true) ?? (0, 0)
        let front = String(decoding: bytes[..<cut.bytes], as: UTF8.self)
        let back = String(decoding: bytes[cut.bytes...], as: UTF8.self)
        #expect(front + back == line.text && cut.tokens <= limit)
        #expect(tokenizer.encode(front) == Array(line.ids.prefix(cut.tokens)))
        #expect(tokenizer.encode(back) == Array(line.ids.dropFirst(cut.tokens)))
      }
    }
    #expect(tokenizer.lostBytes > 1000)
  }

  @Test func `says so with a prompt, and not with one that has all its bytes`() throws {
    let tokenizer = try Fixtures.tokenizer("smollm")
    let format = try ChatFormat(template: "<|im_start|>{{ messages[0].content }}<|im_end|>", name: "t")
    let byte = try #require((UInt8.min..<0x80).first { tokenizer.id(of: [$0]) == nil })
    let lossy = ChatMessage(.user, "a\(Unicode.Scalar(byte))b")
    #expect(try format.render([lossy], with: tokenizer).warnings.count == 1)
    #expect(try format.render([ChatMessage(.user, "ab")], with: tokenizer).warnings.isEmpty)
  }

  @Test func `is refused where it lacks most of them`() throws {
    let one = BytePairTrainer(size: 300).train(on: ["the whale"], name: "one").json
    var fields = try #require(try JSONSerialization.jsonObject(with: Data(one.utf8)) as? [String: Any])
    var model = try #require(fields["model"] as? [String: Any])
    model["vocab"] = ["t": 1, "h": 2, "th": 3]
    model["merges"] = ["t h"]
    fields["model"] = model
    let json = [UInt8](try JSONSerialization.data(withJSONObject: fields))
    let error = #expect(throws: TokenizerError.self) { try BytePairTokenizer(json: json, name: "x") }
    #expect(error?.description.contains("most of the 256 bytes") ?? false)
  }
}

@Suite struct `A vocabulary of scalars` {
  @Test func `writes what has no token as bytes, or as one unknown token`() throws {
    let llama = try Fixtures.tokenizer("llama")
    #expect(llama.encode("😀").suffix(4).map { llama.bytes(of: $0) ?? [] } == "😀".utf8.map { [$0] })
    #expect(llama.decode(llama.encode("a 😀 é\n")) == "a 😀 é\n")
    #expect(llama.id(of: [0xF0]) == 3 + 0xF0 && llama.bytes(of: 3 + 0x0A) == [0x0A])
    let metaspace = try Fixtures.tokenizer("metaspace")
    let unknown = try #require(metaspace.id(ofAdded: "<unk>"))
    #expect(metaspace.encode("a😀😀b").filter { $0 == unknown }.count == 1)
    #expect(metaspace.lostBytes == 8)
  }

  @Test(arguments: ["llama", "mistral", "metaspace"])
  func `never makes a special token of text`(_ name: String) throws {
    let tokenizer = try Fixtures.tokenizer(name)
    for text in ["</s>", "<s>x</s>", " </s> <unk>", "<0x0A>", "\u{2581}</s>"] {
      let special = tokenizer.encode(text).filter { tokenizer.isSpecial($0) && $0 != 0 }
      #expect(special.isEmpty, "\(text)")
    }
    #expect(tokenizer.encode("a</s>b", matching: .all).filter { $0 == 2 }.count == 1)
  }

  @Test func `puts a blank first as its file says`() throws {
    let (llama, mistral) = (try Fixtures.tokenizer("llama"), try Fixtures.tokenizer("mistral"))
    // Llama's before every piece, even one with a blank; Mistral's before the first that has none.
    #expect(llama.encode("a</s>a", matching: .all).first == llama.encode("a</s>a", matching: .all).last)
    #expect(mistral.encode("a</s>a", matching: .all).first != mistral.encode("a</s>a", matching: .all).last)
    #expect(mistral.encode(" a") == mistral.encode("a"))
    #expect(llama.encode(" a") != llama.encode("a"))
    for tokenizer in [llama, mistral] { #expect(tokenizer.decode(tokenizer.encode("the whale")) == "the whale") }
  }

  @Test(arguments: ["llama", "mistral", "metaspace", "smollm"])
  func `streams what it decodes`(_ name: String) throws {
    let tokenizer = try Fixtures.tokenizer(name)
    for line in LinesOfText(pieces: try LinesOfText.pieces(), seed: 21).prefix(300) {
      let ids = tokenizer.encode(line)
      var stream = tokenizer.textStream(showingSpecial: true)
      let streamed = ids.map { stream.feed($0) }.joined() + stream.finish()
      #expect(Array(streamed.utf8) == Array(tokenizer.decode(ids).utf8))
    }
  }

  @Test(arguments: ["llama", "mistral", "metaspace"])
  func `reads a sign for a blank as a blank`(_ name: String) throws {
    let tokenizer = try Fixtures.tokenizer(name)
    #expect(tokenizer.encode("the\u{2581}whale \u{2581}of") == tokenizer.encode("the whale  of"))
  }

  @Test func `is merged in time linear in the text`() throws {
    let tokenizer = try Fixtures.tokenizer("llama")
    let text = String(repeating: "the whale of a time ", count: 50_000)
    let begin = ContinuousClock.now
    #expect(tokenizer.encode(text).count > 100_000)
    #expect(ContinuousClock.now - begin < .seconds(10))
  }

  @Test func `that contradicts itself is refused with the key`() throws {
    let json = String(decoding: try Fixtures.json("llama"), as: UTF8.self)
    let sign = "\u{2581}"
    let cases: [(old: String, new: String, mentions: String)] = [
      (#"{"type":"Prepend","prepend":"\#(sign)"}"#, #"{"type":"Prepend","prepend":"_"}"#, "prepend"),
      (#""pattern":{"String":" "},"content":"\#(sign)""#, #""pattern":{"String":"x"},"content":"\#(sign)""#, "pattern"),
      (#""pre_tokenizer":null"#, #""pre_tokenizer":{"type":"ByteLevel"}"#, "pre_tokenizer"),
      (
        #""pre_tokenizer":null"#, #""pre_tokenizer":{"type":"Metaspace","replacement":"\#(sign)"}"#, "Metaspace"
      ),
      (#""unk_token":"<unk>""#, #""unk_token":"<nobody>""#, "unk_token"),
      (#"{"type":"Fuse"}"#, #"{"type":"WordPiece"}"#, "decoder"), (#""start":1"#, #""start":2"#, "Strip"),
      (#"{"type":"Replace","pattern""#, #"{"type":"Lowercase"},{"type":"Replace","pattern""#, "normalizer"),
    ]
    for (old, new, mentions) in cases {
      #expect(json.contains(old), "\(old)")
      let changed = Array(json.replacing(old, with: new, maxReplacements: 1).utf8)
      let error = #expect(throws: TokenizerError.self, "\(new)") { try BytePairTokenizer(json: changed, name: "x") }
      #expect(error?.description.contains(mentions) ?? false, "\(error?.description ?? "")")
    }
  }
}
