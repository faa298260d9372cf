import JSON

extension GGUFVocabulary {
  /// The vocabulary in the form of a `tokenizer.json`, as Hugging Face's converter would have written it before the
  /// model became a GGUF file.
  ///
  /// - Throws: `CheckpointError.unsupported`, where the kind of vocabulary or its way of splitting is not known.
  public func tokenizerJSON() throws -> [UInt8] {
    let (frame, parameters): ([String: JSONValue], [String: JSONValue])
    switch model {
    case "gpt2": (frame, parameters) = try byteLevel()
    case "llama": (frame, parameters) = sentencePiece()
    default:
      throw CheckpointError.unsupported(
        file: file, key: "tokenizer.ggml.model", expected: "gpt2 (byte-level BPE) or llama (SentencePiece)",
        found: shown(model))
    }
    let fields = frame.merging([
      "version": .text("1.0"), "added_tokens": .list(added()), "post_processor": try opening(),
    ]) { first, _ in first }
    do {
      // The table of tokens is written by hand: its keys may be equal as texts and differ in bytes.
      var bytes = try JSONValue.table(fields).written()
      while let last = bytes.popLast(), last != UInt8(ascii: "}") {}
      bytes += Array(",\"model\":{\"type\":\"BPE\",\"vocab\":".utf8)
      appendEntries(to: &bytes)
      bytes += Array(",\"merges\":".utf8)
      appendMerges(model == "llama" ? scoredMerges() : merges.map { Array($0.utf8) }, to: &bytes)
      for (key, value) in parameters.sorted(by: { $0.key < $1.key }) {
        bytes += Array(",\"\(key)\":".utf8) + (try value.written())
      }
      return bytes + Array("}}".utf8)
    } catch {
      throw CheckpointError.unsupported(
        file: file, key: "tokenizer.ggml.tokens", expected: "texts that JSON can hold", found: "\(error)")
    }
  }

  // The types of tokens.
  private static let (unknownType, controlType, givenType, unusedType) = (2, 3, 4, 5)

  private func type(_ id: Int) -> Int { types.isEmpty ? 1 : types[id] }

  /// Tokens that a text is searched for before it is split.
  private func added() -> [JSONValue] {
    tokens.indices.filter { [Self.unknownType, Self.controlType, Self.givenType].contains(type($0)) }.map { id in
      .table([
        "id": .whole(id), "content": .text(tokens[id]), "special": .bool(type(id) != Self.givenType),
        "single_word": .bool(false), "lstrip": .bool(false), "rstrip": .bool(false), "normalized": .bool(false),
      ])
    }
  }

  /// Rows that no token has are named in the file to fill it up; they are left out.
  private func appendEntries(to bytes: inout [UInt8]) {
    var separator = UInt8(ascii: "{")
    for (id, token) in tokens.enumerated() where type(id) != Self.unusedType {
      bytes.append(separator)
      bytes.append(quoting: token.utf8)
      bytes += Array(":\(id)".utf8)
      separator = UInt8(ascii: ",")
    }
    if separator == UInt8(ascii: "{") { bytes.append(separator) }
    bytes.append(UInt8(ascii: "}"))
  }

  /// - Parameter merges: two pieces with a blank between.
  private func appendMerges(_ merges: [[UInt8]], to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "["))
    for (rank, merge) in merges.enumerated() {
      if rank > 0 { bytes.append(UInt8(ascii: ",")) }
      bytes.append(quoting: merge)
    }
    bytes.append(UInt8(ascii: "]"))
  }

  // MARK: Byte-level BPE

  private func byteLevel() throws -> (frame: [String: JSONValue], parameters: [String: JSONValue]) {
    guard !merges.isEmpty else {
      throw CheckpointError.unsupported(
        file: file, key: "tokenizer.ggml.merges", expected: "the list of merges", found: "none")
    }
    let splitting = try splitting()
    let frame: [String: JSONValue] = [
      "pre_tokenizer": .table(["type": .text("Sequence"), "pretokenizers": .list(splitting.steps)]),
      "normalizer": splitting.isComposed ? .table(["type": .text("NFC")]) : .null,
      "decoder": .table(["type": .text("ByteLevel")]),
    ]
    return (frame, ["ignore_merges": .bool(splitting.ignoresMerges)])
  }

  private struct Splitting {
    var steps: [JSONValue]
    var isComposed = false
    var ignoresMerges = false
  }

  /// Names as in llama.cpp, rules as in the `tokenizer.json` of the models that they are named after.
  private func splitting() throws -> Splitting {
    func bytes(isSplit: Bool) -> JSONValue {
      .table([
        "type": .text("ByteLevel"), "add_prefix_space": .bool(false), "trim_offsets": .bool(true),
        "use_regex": .bool(!isSplit),
      ])
    }
    func words(digits: String) -> JSONValue {
      let expression =
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"# + digits
        + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
      return .table([
        "type": .text("Split"), "pattern": .table(["Regex": .text(expression)]), "behavior": .text("Isolated"),
        "invert": .bool(false),
      ])
    }
    switch preTokenizer {
    case "gpt-2", "gpt2": return Splitting(steps: [bytes(isSplit: false)])
    case "smollm", "starcoder", "refact", "command-r":
      let digits: JSONValue = .table(["type": .text("Digits"), "individual_digits": .bool(true)])
      return Splitting(steps: [digits, bytes(isSplit: false)])
    case "qwen2", "deepseek-r1-qwen":
      return Splitting(steps: [words(digits: #"\p{N}"#), bytes(isSplit: true)], isComposed: true)
    case "llama-bpe", "llama3", "llama-v3":
      return Splitting(steps: [words(digits: #"\p{N}{1,3}"#), bytes(isSplit: true)], ignoresMerges: true)
    case let other:
      throw CheckpointError.unsupported(
        file: file, key: "tokenizer.ggml.pre",
        expected: "one of gpt-2, smollm, starcoder, refact, command-r, qwen2, "
          + "deepseek-r1-qwen, llama-bpe, llama3, llama-v3", found: other.map(shown) ?? "missing")
    }
  }

  // MARK: SentencePiece

  /// Blanks are written as this sign.
  private static let blank = "\u{2581}"

  private func sentencePiece() -> (frame: [String: JSONValue], parameters: [String: JSONValue]) {
    let (sign, space) = (JSONValue.text(Self.blank), JSONValue.text(" "))
    var steps: [JSONValue] = []
    if addsBlank ?? true { steps.append(.table(["type": .text("Prepend"), "prepend": sign])) }
    steps.append(.table(["type": .text("Replace"), "pattern": .table(["String": space]), "content": sign]))
    let decoders: [JSONValue] = [
      .table(["type": .text("Replace"), "pattern": .table(["String": sign]), "content": space]),
      .table(["type": .text("ByteFallback")]), .table(["type": .text("Fuse")]),
      .table(["type": .text("Strip"), "content": space, "start": .whole(1), "stop": .whole(0)]),
    ]
    let frame: [String: JSONValue] = [
      "normalizer": .table(["type": .text("Sequence"), "normalizers": .list(steps)]), "pre_tokenizer": .null,
      "decoder": .table(["type": .text("Sequence"), "decoders": .list(decoders)]),
    ]
    let parameters: [String: JSONValue] = [
      "byte_fallback": .bool(true), "fuse_unk": .bool(true), "unk_token": unknown.map { .text(tokens[$0]) } ?? .null,
    ]
    return (frame, parameters)
  }

  /// Every pair of tokens that makes a token, the highest score first: how Hugging Face's converter makes merges of
  /// scores.
  private func scoredMerges() -> [[UInt8]] {
    // By bytes: tokens may be equal as texts.
    let pieces = tokens.map { Array($0.utf8)[...] }
    var ids: [ArraySlice<UInt8>: Int] = [:]
    for (id, piece) in pieces.enumerated() { ids[piece] = id }
    var merges: [(left: ArraySlice<UInt8>, right: ArraySlice<UInt8>, score: Float, lengths: (Int, Int))] = []
    for (id, piece) in pieces.enumerated() {
      var local: [(left: Int, right: Int, cut: Int)] = []
      for cut in piece.indices.dropFirst() where piece[cut] & 0xc0 != 0x80 {
        if let left = ids[piece[..<cut]], let right = ids[piece[cut...]] { local.append((left, right, cut)) }
      }
      local.sort { ($0.left, $0.right) < ($1.left, $1.right) }
      for (_, _, cut) in local {
        let (left, right) = (piece[..<cut], piece[cut...])
        merges.append((left, right, scores.isEmpty ? -Float(id) : scores[id], (letters(left), letters(right))))
      }
    }
    // Swift's sort is stable, as the converter's is.
    merges.sort { ($0.score, $0.lengths.0, $0.lengths.1) > ($1.score, $1.lengths.0, $1.lengths.1) }
    return merges.map { Array($0.left) + [UInt8(ascii: " ")] + Array($0.right) }
  }

  private func letters(_ piece: ArraySlice<UInt8>) -> Int { piece.count { $0 & 0xc0 != 0x80 } }

  // MARK: Around a text

  /// The token before a text, where there is one. llama.cpp's rules hold where the file does not say.
  private func opening() throws -> JSONValue {
    let usual = model == "llama" || ["llama-bpe", "llama3", "llama-v3"].contains(preTokenizer)
    func token(_ id: Int?, _ isThere: Bool, _ key: String) throws -> (name: String, id: Int)? {
      guard isThere else { return nil }
      guard let id else {
        throw CheckpointError.broken(
          .valueKind, file: file, tensor: "tokenizer.ggml.\(key)_token_id", expected: "the token that a text gets",
          found: "no such key")
      }
      return (tokens[id], id)
    }
    let first = try token(begin, addsBegin ?? (usual && begin != nil), "bos")
    let last = try token(end, addsEnd ?? false, "eos")
    let frame = [first, last].compactMap(\.self)
    guard !frame.isEmpty else { return .null }
    func piece(_ token: (name: String, id: Int)) -> JSONValue {
      .table(["SpecialToken": .table(["id": .text(token.name), "type_id": .whole(0)])])
    }
    let text: JSONValue = .table(["Sequence": .table(["id": .text("A"), "type_id": .whole(0)])])
    let explained = frame.map { token in
      (
        token.name,
        JSONValue.table([
          "id": .text(token.name), "ids": .list([.whole(token.id)]), "tokens": .list([.text(token.name)]),
        ])
      )
    }
    return .table([
      "type": .text("TemplateProcessing"),
      "single": .list((first.map { [piece($0)] } ?? []) + [text] + (last.map { [piece($0)] } ?? [])),
      "pair": .list([]), "special_tokens": .table(Dictionary(explained) { first, _ in first }),
    ])
  }
}

extension [UInt8] {
  /// A text of JSON.
  fileprivate mutating func append(quoting text: some Sequence<UInt8>) {
    append(UInt8(ascii: "\""))
    for byte in text {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        append(UInt8(ascii: "\\"))
        append(byte)
      case ..<0x20:
        self += Array("\\u00".utf8) + [byte >> 4, byte & 15].map { $0 + ($0 < 10 ? 0x30 : 0x57) }
      default: append(byte)
      }
    }
    append(UInt8(ascii: "\""))
  }
}
