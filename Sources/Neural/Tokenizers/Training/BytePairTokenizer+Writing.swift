import Foundation

extension BytePairTokenizer {
  /// The tokenizer as a `tokenizer.json` that this room and Hugging Face tokenizers read, and encode
  /// with as this value does.
  public var json: String {
    var tokens: [String] = []
    let special = Set(addedTokens.map(\.id))
    // An added token behind the others counts on from them; one among them must be listed to keep its id.
    for token in addedTokens where token.id < vocabulary.table.end && vocabulary.table[token.id].isEmpty {
      tokens.append("\(Self.quoted(token.content)):\(token.id)")
    }
    for id in 0..<vocabulary.table.end where !vocabulary.table[id].isEmpty {
      let written = special.contains(id) ? vocabulary.added.token(id)?.content : nil
      tokens.append("\(Self.quoted(written ?? self.written(id))):\(id)")
    }
    let merges = vocabulary.mergeList.map { merge in
      let parts = [merge.left, merge.right].map { self.written(Int($0)) }
      return Self.quoted(parts.joined(separator: " "))
    }
    let added = addedTokens.map { token in
      """
      {"id":\(token.id),"content":\(Self.quoted(token.content)),"single_word":\(token.isSingleWord),\
      "lstrip":\(token.takesBlanksBefore),"rstrip":\(token.takesBlanksBehind),\
      "normalized":\(token.isNormalized),"special":\(token.isSpecial)}
      """
    }
    return """
      {"version":"1.0","truncation":null,"padding":null,
      "added_tokens":[\(added.joined(separator: ",\n"))],
      "normalizer":\(normalizerJSON),
      "pre_tokenizer":\(splittingJSON),
      "post_processor":\(frameJSON),
      "decoder":\(decoderJSON),
      "model":{"type":"BPE","dropout":null,"unk_token":\(unknownJSON),"continuing_subword_prefix":null,\
      "end_of_word_suffix":null,"fuse_unk":\(vocabulary.symbols.fusesUnknown),\
      "byte_fallback":\(writesScalars && missingBytes < 256),"ignore_merges":\(vocabulary.ignoresMerges),
      "vocab":{\(tokens.joined(separator: ",\n"))},
      "merges":[\(merges.joined(separator: ",\n"))]}}

      """
  }

  /// Writes `tokenizer.json` into a folder, and beside it the `tokenizer_config.json` with which Hugging
  /// Face transformers loads it; each file is written whole or not at all.
  ///
  /// - Parameters:
  ///   - end: the token that ends a text.
  ///   - contextLength: positions of the model it belongs to.
  /// - Throws: Foundation's error for a folder that cannot be written to.
  public func write(to folder: String, end: Int? = nil, contextLength: Int? = nil) throws {
    let url = URL(filePath: folder, directoryHint: .isDirectory)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    try Data(json.utf8).write(to: url.appending(path: "tokenizer.json"), options: .atomic)
    var fields = ["\"tokenizer_class\": \"PreTrainedTokenizerFast\"", "\"clean_up_tokenization_spaces\": false"]
    if let end = end.flatMap({ bytes(of: $0) }) {
      fields.append("\"eos_token\": \(Self.quoted(String(decoding: end, as: UTF8.self)))")
    }
    if let contextLength { fields.append("\"model_max_length\": \(contextLength)") }
    let configuration = "{\n  " + fields.joined(separator: ",\n  ") + "\n}\n"
    try Data(configuration.utf8).write(to: url.appending(path: "tokenizer_config.json"), options: .atomic)
  }

  // MARK: Vocabularies of scalars

  private var writesScalars: Bool { vocabulary.symbols.scalarIDs != nil }

  private func written(_ id: Int) -> String {
    let bytes = vocabulary.table[id]
    return writesScalars
      ? String(decoding: Blank.written(bytes), as: UTF8.self) : ByteAlphabet.written(bytes)
  }

  private var unknownJSON: String { vocabulary.symbols.unknown.map { Self.quoted(written(Int($0))) } ?? "null" }

  private var normalizerJSON: String {
    guard writesScalars, !usesMetaspace else {
      return normalization.map { "{\"type\":\"\($0.rawValue)\"}" } ?? "null"
    }
    let replace = #"{"type":"Replace","pattern":{"String":" "},"content":"▁"}"#
    guard vocabulary.splitting.leadingSpace == .always else { return replace }
    return #"{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},\#(replace)]}"#
  }

  private var usesMetaspace: Bool {
    [.unlessThere, .onceUnlessThere].contains(vocabulary.splitting.leadingSpace) || vocabulary.splitting.blanks == .each
  }

  private var metaspaceJSON: String {
    let schemes: [Splitting.LeadingSpace: String] = [.unlessThere: "always", .onceUnlessThere: "first"]
    let scheme = schemes[vocabulary.splitting.leadingSpace] ?? "never"
    let splits = vocabulary.splitting.blanks == .each
    return #"{"type":"Metaspace","replacement":"▁","prepend_scheme":"\#(scheme)","split":\#(splits)}"#
  }

  private var decoderJSON: String {
    guard writesScalars else {
      return #"{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true}"#
    }
    let pieces = #"{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"}"#
    switch vocabulary.strip {
    case .nothing: return #"{"type":"Sequence","decoders":[\#(pieces)]}"#
    case .blank:
      return #"{"type":"Sequence","decoders":[\#(pieces),{"type":"Strip","content":" ","start":1,"stop":0}]}"#
    case .firstToken: return metaspaceJSON
    }
  }

  private var splittingJSON: String {
    guard !writesScalars else { return usesMetaspace ? metaspaceJSON : "null" }
    let splitting = vocabulary.splitting
    let usesRegex = splitting.pattern == .gpt2
    let bytes = """
      {"type":"ByteLevel","add_prefix_space":\(splitting.leadingSpace == .unlessThere),"trim_offsets":true,"use_regex":\(usesRegex)}
      """
    var steps: [String] = []
    if let digits = splitting.digits {
      steps.append("{\"type\":\"Digits\",\"individual_digits\":\(digits == .single)}")
    }
    if let pattern = splitting.pattern, !usesRegex {
      let regex = Self.quoted(pattern.expression)
      steps.append("{\"type\":\"Split\",\"pattern\":{\"Regex\":\(regex)},\"behavior\":\"Isolated\",\"invert\":false}")
    }
    steps.append(bytes)
    guard steps.count > 1 else { return bytes }
    return "{\"type\":\"Sequence\",\"pretokenizers\":[\(steps.joined(separator: ","))]}"
  }

  private var frameJSON: String {
    guard !opening.isEmpty || !closing.isEmpty else {
      return "{\"type\":\"ByteLevel\",\"add_prefix_space\":true,\"trim_offsets\":false,\"use_regex\":true}"
    }
    func name(_ id: Int) -> String { Self.quoted(String(decoding: bytes(of: id) ?? [], as: UTF8.self)) }
    func pieces(_ ids: [Int], _ type: Int) -> [String] {
      ids.map { "{\"SpecialToken\":{\"id\":\(name($0)),\"type_id\":\(type)}}" }
    }
    func text(_ id: String, _ type: Int) -> [String] {
      pieces(opening, type) + ["{\"Sequence\":{\"id\":\"\(id)\",\"type_id\":\(type)}}"] + pieces(closing, type)
    }
    let tokens = Set(opening + closing).sorted().map {
      "\(name($0)):{\"id\":\(name($0)),\"ids\":[\($0)],\"tokens\":[\(name($0))]}"
    }
    return """
      {"type":"TemplateProcessing","single":[\(text("A", 0).joined(separator: ","))],\
      "pair":[\((text("A", 0) + text("B", 1)).joined(separator: ","))],\
      "special_tokens":{\(tokens.joined(separator: ","))}}
      """
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\u{0}"..<" ", "\u{7F}": result += String(format: "\\u%04x", scalar.value)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
