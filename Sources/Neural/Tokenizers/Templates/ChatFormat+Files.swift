import Foundation
import JSON

extension ChatFormat {
  /// The format of a checkpoint: its `chat_template.jinja`, or else the `chat_template` of its
  /// `tokenizer_config.json`. The template is told the tokens that this file names.
  ///
  /// - Throws: `TokenizerError.noTemplate` where there is none; `.template` for one that cannot be evaluated, with its
  ///   line.
  public init(folder: String) throws {
    let url = URL(filePath: folder, directoryHint: .isDirectory)
    let written = url.appending(path: "chat_template.jinja").path
    let configuration = url.appending(path: "tokenizer_config.json").path
    let tokens = try Self.tokens(folder: folder)
    if FileManager.default.fileExists(atPath: written) {
      try self.init(template: try Self.template(written), name: written, tokens: tokens)
      return
    }
    let bytes = try BytePairTokenizer.read(configuration)
    let template = try reading { try Self.template(JSONNode(JSONText(bytes, file: configuration))) }
    try self.init(template: template, name: configuration, tokens: tokens)
  }

  /// A format from a file: a template in Jinja (`.jinja`), or JSON with turns, see docs/tokenizers.md.
  ///
  /// - Parameter folder: the checkpoint whose `tokenizer_config.json` names the tokens for a template.
  /// - Throws: `TokenizerError` for an unreadable file, an unknown key, a turn without `{content}`, or a template that
  ///   cannot be evaluated.
  public init(file: String, folder: String) throws {
    try self.init(file: file, tokens: try Self.tokens(folder: folder))
  }

  /// The same where the tokens are known.
  ///
  /// - Parameter tokens: by the names that a template uses, `bos_token` and `eos_token`; turns in JSON need none.
  public init(file: String, tokens: [String: String] = [:]) throws {
    if file.hasSuffix(".jinja") {
      try self.init(template: try Self.template(file), name: file, tokens: tokens)
      return
    }
    let bytes = try BytePairTokenizer.read(file)
    let turns = try reading { try ChatTurns(JSONNode(JSONText(bytes, file: file))) }
    try self.init(turns)
  }

  private static func template(_ file: String) throws -> String {
    String(decoding: try BytePairTokenizer.read(file), as: UTF8.self)
  }

  /// The template that a `tokenizer_config.json` has.
  private static func template(_ node: JSONNode) throws -> String {
    let template = try node.at("chat_template")
    guard !template.isAbsent else {
      throw TokenizerError.noTemplate(file: node.text.file, reason: "it has no chat_template")
    }
    if case .string = template.value { return try template.string() }
    // Several by name: the one for conversations without tools.
    let entries = try template.list()
    for entry in entries where try entries.count == 1 || entry.at("name").string() == "default" {
      return try entry.at("template").string()
    }
    throw TokenizerError.noTemplate(file: node.text.file, reason: "none of its templates is called default")
  }

  private static func tokens(folder: String) throws -> [String: String] {
    try TokenizerConfiguration(folder: folder)?.named ?? [:]
  }
}

extension ChatTurns {
  /// From a file of ours.
  init(_ node: JSONNode) throws {
    try node.allows(only: [
      "name", "markers", "begin", "system", "user", "assistant", "reply", "defaultSystem", "systemPlace", "trims",
      "trimsReplies", "dropsThoughts", "stops",
    ])
    func text(_ key: String, or fallback: String? = nil) throws -> String {
      let node = try node.at(key)
      if let fallback, node.isAbsent { return fallback }
      return try node.string()
    }
    func turn(_ key: String, or fallback: String? = nil) throws -> String {
      let turn = try text(key, or: fallback)
      guard turn == fallback || turn.contains("{content}") else {
        throw try node.at(key).fails("a text with {content} in it")
      }
      return turn
    }
    self.init(
      name: try text("name"), markers: try node.at("markers").list().map { try $0.string() }, user: try turn("user"),
      assistant: try turn("assistant"), stops: try node.at("stops").list().map { try $0.string() })
    begin = try text("begin", or: "")
    system = try turn("system", or: "")
    reply = try text("reply", or: "")
    defaultSystem = try node.at("defaultSystem").isAbsent ? nil : text("defaultSystem")
    let place = try node.at("systemPlace")
    if !place.isAbsent {
      guard let known = SystemPlace(rawValue: try place.string()) else { throw place.fails("own, lastUser or nowhere") }
      systemPlace = known
    }
    trims = try node.at("trims").bool(or: false)
    trimsReplies = try node.at("trimsReplies").bool(or: false)
    dropsThoughts = try node.at("dropsThoughts").bool(or: false)
    guard systemPlace != .own || !system.isEmpty else {
      throw try node.at("system").fails("a text with {content}, or another systemPlace")
    }
  }
}
