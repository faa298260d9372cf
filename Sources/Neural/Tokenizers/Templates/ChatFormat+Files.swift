import Foundation
import JSON

extension ChatFormat {
  /// The format of a checkpoint, recognised from its `chat_template.jinja`, or else from the
  /// `chat_template` of its `tokenizer_config.json`.
  ///
  /// - Throws: `TokenizerError.unknownTemplate` where there is none, or none that is known.
  public init(folder: String) throws {
    let url = URL(filePath: folder, directoryHint: .isDirectory)
    let written = url.appending(path: "chat_template.jinja").path
    let configuration = url.appending(path: "tokenizer_config.json").path
    if FileManager.default.fileExists(atPath: written) {
      let template = String(decoding: try BytePairTokenizer.read(written), as: UTF8.self)
      try self.init(recognising: template, file: written)
      return
    }
    let bytes = try BytePairTokenizer.read(configuration)
    self = try reading { try Self(configuration: JSONNode(JSONText(bytes, file: configuration))) }
  }

  /// The template that a `tokenizer_config.json` names.
  private init(configuration node: JSONNode) throws {
    let template = try node.at("chat_template")
    guard !template.isAbsent else {
      throw TokenizerError.unknownTemplate(file: node.text.file, reason: "it has no chat_template")
    }
    if case .string = template.value {
      try self.init(recognising: try template.string(), file: node.text.file)
      return
    }
    // Several by name: the one for conversations without tools.
    for entry in try template.list() where try entry.at("name").string() == "default" {
      try self.init(recognising: try entry.at("template").string(), file: node.text.file)
      return
    }
    throw TokenizerError.unknownTemplate(file: node.text.file, reason: "none of its templates is called default")
  }

  /// A format from a file of ours: JSON with the properties of this type, see docs/tokenizers.md.
  ///
  /// - Throws: `TokenizerError` for an unreadable file, an unknown key, or a turn without `{content}`.
  public init(file: String) throws {
    let bytes = try BytePairTokenizer.read(file)
    self = try reading { try Self(properties: JSONNode(JSONText(bytes, file: file))) }
  }

  private init(properties node: JSONNode) throws {
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

  /// The ids that end a reply: those of `stops` that the vocabulary has.
  public func stopIDs(in tokenizer: BytePairTokenizer) -> [Int] { stops.compactMap { tokenizer.id(ofAdded: $0) } }
}
