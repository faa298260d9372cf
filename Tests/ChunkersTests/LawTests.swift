import Chunkers
import Palimpsest
import Support
import Testing

/// Every chunker of the catalogue, small enough to cut often.
struct Variant: CustomTestStringConvertible, Sendable {
  let spec: Spec
  let size: Int
  let tokenizer: any Tokenizer
  let chunker: any Chunker
  var testDescription: String { "\(Setting.table(spec.settings).line) \(spec.kind) by \(tokenizer.name)" }

  static let all: [Variant] = {
    var variants: [Variant] = []
    let catalog = Catalog("chunker", chunkers)
    for entry in chunkers {
      for (size, overlap) in [(1, 0), (8, 3), (50, 0), (64, 32)] {
        for tokenizer in [WordTokenizer(), ByteTokenizer()] as [any Tokenizer] {
          if tokenizer.name == "bytes", overlap == 0 { continue }
          for count in [nil, 2] as [Int?] {
            if count != nil, entry.defaults["count"] == nil || size != 8 { continue }
            var settings: [String: Setting] = ["size": .int(size), "overlap": .int(overlap)]
            if let count { settings["count"] = .int(count) }
            if entry.defaults["block"] != nil { settings["block"] = .int(5) }
            let spec = Spec(entry.name, settings)
            guard let chunker = try? catalog.make(spec, in: Setup(tokenizer: tokenizer)) else {
              preconditionFailure("\(spec) cannot be made")
            }
            let measure: any Tokenizer = entry.name == "characters" ? ScalarTokenizer() : tokenizer
            variants.append(Variant(spec: spec, size: size, tokenizer: measure, chunker: chunker))
          }
        }
      }
    }
    return variants
  }()
}

@Suite struct `Every chunker` {
  @Test(arguments: Variant.all)
  func `makes chunks that are the text, without a gap and within bounds`(_ variant: Variant) async throws {
    for text in hostileTexts {
      let bytes = Array(text.utf8)
      var rebuilt: [UInt8] = []
      var next = 0
      for (index, chunk) in try await variant.chunker.all(of: StringText(text)).enumerated() {
        #expect(chunk.index == index)
        // No scalar was cut: a cut one would have been replaced.
        #expect(Array((chunk.text ?? "").utf8) == Array(bytes[chunk.range]))
        #expect(chunk.range.lowerBound == next)
        #expect(chunk.next > chunk.range.lowerBound && chunk.next <= chunk.range.upperBound)
        #expect(chunk.range.count <= variant.chunker.limit)
        let tokens = variant.tokenizer.count(chunk.text ?? "")
        // A scalar that a border of bytes cuts belongs to the chunk in which it ends.
        let torn = variant.tokenizer.name == "bytes" && variant.spec.kind == "tokens" ? 3 : 0
        #expect(
          tokens <= variant.size + torn || chunk.text?.unicodeScalars.count == 1, "\(chunk.text.debugDescription)")
        rebuilt += bytes[chunk.range.lowerBound..<chunk.next]
        next = chunk.next
      }
      #expect(rebuilt == bytes)
    }
  }

  @Test(arguments: Variant.all)
  func `cuts in the same places whatever the size of the pieces`(_ variant: Variant) async throws {
    for text in hostileTexts {
      let whole = try await variant.chunker.all(of: PiecedText(text, size: 65_536))
      for size in [1, 7] {
        let pieced = try await variant.chunker.all(of: PiecedText(text, size: size))
        #expect(pieced == whole, "pieces of \(size): \(text.prefix(60).debugDescription)")
      }
    }
  }

  @Test(arguments: Variant.all)
  func `goes on from any chunk as if it had never stopped`(_ variant: Variant) async throws {
    for text in hostileTexts.suffix(8) {
      let whole = try await variant.chunker.all(of: StringText(text))
      for stop in stride(from: 0, to: whole.count, by: max(1, whole.count / 5)) {
        let rest = try await variant.chunker.all(
          of: PiecedText(text, size: 11), from: whole[stop].next, ahead: whole[stop].ahead, index: stop + 1)
        #expect(whole[...stop] + rest == whole[...])
      }
    }
  }

  @Test(arguments: Variant.all)
  func `answers at the latest at its limit, and never differently with more text`(_ variant: Variant) throws {
    for text in hostileTexts where !text.isEmpty {
      let bytes = Array((text + text).utf8)
      let whole = try variant.chunker.cut(bytes.span, isEnd: true)
      for count in [
        1, 2, 3, 10, 40, 100, 500, variant.chunker.limit - 1, variant.chunker.limit, variant.chunker.limit + 3,
      ]
      where count < bytes.count {
        let window = Array(bytes[..<count])
        let cut = try variant.chunker.cut(window.span, isEnd: false)
        if let cut, cut.length < count || cut.next == cut.length {
          #expect(cut.length == whole?.length, "\(count) of \(text.prefix(60).debugDescription)")
        }
        #expect(cut != nil || count < variant.chunker.limit)
      }
    }
  }

  @Test(arguments: Variant.all)
  func `says which chunk is the last, and no other`(_ variant: Variant) async throws {
    for text in hostileTexts where !text.isEmpty {
      let chunks = try await variant.chunker.all(of: PiecedText(text, size: 5))
      #expect(chunks.last?.ending == .text)
      #expect(chunks.dropLast().allSatisfy { $0.ending != .text })
    }
  }

  @Test(arguments: Variant.all)
  func `reads as far into an endless text as it is asked to`(_ variant: Variant) async throws {
    var chunks = variant.chunker.chunks(of: EndlessText("It goes on. And on, “and on”. 猫。\n\n")).makeAsyncIterator()
    for _ in 0..<10 { #expect(try await chunks.next() != nil) }
  }

  @Test(arguments: Variant.all)
  func `names the first byte that is no UTF-8, after the same chunks`(_ variant: Variant) async throws {
    let text = Array("It was cold. Nobody came, as I said. ".utf8)
    let bytes = text + text + [0xFF] + text
    var read: [[Chunk]] = []
    for size in [1, 7, 65_536] {
      var chunks: [Chunk] = []
      await #expect(throws: TextError.notUTF8(offset: 2 * text.count, byte: 0xFF)) {
        for try await chunk in variant.chunker.chunks(of: PiecedText(bytes, size: size)) { chunks.append(chunk) }
      }
      read.append(chunks)
    }
    #expect(read[0] == read[1] && read[1] == read[2])
  }
}

@Suite struct `The chunker catalogue` {
  let catalog = Catalog("chunker", chunkers)

  @Test func `has the names that the page lists`() {
    #expect(catalog.names == ["tokens", "characters", "lines", "sentences", "paragraphs", "semantic"])
  }

  @Test(arguments: chunkers.map(\.name))
  func `makes every chunker from its defaults`(_ name: String) throws {
    #expect(try catalog.make(Spec(name)).limit > 0)
  }

  @Test(arguments: ["size", "overlap"], chunkers.map(\.name))
  func `refuses sizes no chunk can have`(_ key: String, _ name: String) {
    for value in [-1, key == "size" ? 0 : 513, Int.max] {
      let settings: [String: Setting] = name == "characters" ? ["size": .int(1024)] : [:]
      let error = #expect(throws: SettingError.self) {
        try catalog.make(Spec(name, settings.merging([key: .int(value)]) { $1 }))
      }
      if case .outOfRange(let path, _, _)? = error {
        #expect(path == "chunker.\(key)")
      } else {
        Issue.record("\(String(describing: error))")
      }
    }
  }
}
