import Foundation
import JSON

/// The tokens in `tokenizer_config.json`: the second file of a published tokenizer, which other programs follow
/// where the two files differ.
public struct TokenizerConfiguration: Sendable, Hashable {
  /// An added token as this file describes it; nil where the file does not say.
  public struct Described: Sendable, Hashable {
    /// The key of the entry.
    public var id: Int
    /// The text by which the token is found.
    public var content: String
    /// `special`
    public var isSpecial: Bool?
    /// `single_word`
    public var isSingleWord: Bool?
    /// `lstrip`
    public var takesBlanksBefore: Bool?
    /// `rstrip`
    public var takesBlanksBehind: Bool?
    /// `normalized`
    public var isNormalized: Bool?
  }

  /// The path, for messages.
  public let file: String
  /// `added_tokens_decoder`, by rising ids.
  public var addedTokens: [Described]
  /// `bos_token`
  public var begin: String?
  /// `eos_token`
  public var end: String?
  /// All tokens that have a name, by it: `bos_token`, `pad_token`.
  public var named: [String: String]

  /// Reads the file of a folder.
  ///
  /// - Returns: nil where the folder has none.
  /// - Throws: `TokenizerError` with file, key, expected and found value.
  public init?(folder: String) throws {
    let file = URL(filePath: folder, directoryHint: .isDirectory).appending(path: "tokenizer_config.json").path
    guard FileManager.default.fileExists(atPath: file) else { return nil }
    try self.init(json: BytePairTokenizer.read(file), file: file)
  }

  /// - Parameter file: the name in messages.
  public init(json: [UInt8], file: String = "tokenizer_config.json") throws {
    self = try reading { try Self(JSONNode(JSONText(json, file: file))) }
  }

  private init(_ node: JSONNode) throws {
    file = node.text.file
    let table = try node.at("added_tokens_decoder")
    addedTokens = try (table.present?.members() ?? []).map { name, entry in
      guard let id = Int(name), String(id) == name, 0..<Limits.ids ~= id else {
        throw entry.fails("under an id from 0 to \(Limits.ids - 1)")
      }
      return Described(
        id: id, content: try entry.at("content").string(), isSpecial: try entry.at("special").present?.bool(),
        isSingleWord: try entry.at("single_word").present?.bool(),
        takesBlanksBefore: try entry.at("lstrip").present?.bool(),
        takesBlanksBehind: try entry.at("rstrip").present?.bool(),
        isNormalized: try entry.at("normalized").present?.bool())
    }
    .sorted { $0.id < $1.id }
    begin = try Self.token(node.at("bos_token"))
    end = try Self.token(node.at("eos_token"))
    named = [:]
    for name in ["bos", "eos", "unk", "sep", "pad", "cls", "mask"].map({ $0 + "_token" }) {
      named[name] = try Self.token(node.at(name))
    }
  }

  /// A token's text, or a table that has it as `content`.
  private static func token(_ node: JSONNode) throws -> String? {
    guard let node = node.present else { return nil }
    if case .table? = node.value { return try node.at("content").string() }
    return try node.string()
  }
}

extension BytePairTokenizer {
  /// Compares both files of a tokenizer. `init(folder:)` calls it.
  ///
  /// A token that this file describes must be an added token of `tokenizer.json`, with the same id and the same
  /// flags: otherwise two programs would see different tokens in the same text.
  ///
  /// - Throws: `TokenizerError.unexpected`, which names the token.
  public func check(against configuration: TokenizerConfiguration) throws {
    for described in configuration.addedTokens { try check(described, of: configuration.file) }
    for (key, token) in [("bos_token", configuration.begin), ("eos_token", configuration.end)] {
      guard let token, id(ofAdded: token) == nil, id(of: Array(token.utf8)) == nil else { continue }
      throw TokenizerError.unexpected(
        file: configuration.file, key: key, expected: "a token of tokenizer.json", found: shown(token))
    }
  }

  private func check(_ described: TokenizerConfiguration.Described, of file: String) throws {
    func fault(_ key: String, expected: String, found: String) -> TokenizerError {
      .unexpected(
        file: file, key: "added_tokens_decoder.\(described.id)\(key)",
        expected: "\(expected), as in tokenizer.json", found: found)
    }
    guard let token = addedTokens.first(where: { $0.id == described.id }) else {
      let other = id(ofAdded: described.content)
      throw fault(
        "", expected: other.map { "under the id \($0)" } ?? "absent",
        found: "the added token \(shown(described.content))")
    }
    guard token.content.utf8.elementsEqual(described.content.utf8) else {
      throw fault(".content", expected: shown(token.content), found: shown(described.content))
    }
    let flags: [(key: String, ours: Bool, theirs: Bool?)] = [
      ("special", token.isSpecial, described.isSpecial), ("single_word", token.isSingleWord, described.isSingleWord),
      ("lstrip", token.takesBlanksBefore, described.takesBlanksBefore),
      ("rstrip", token.takesBlanksBehind, described.takesBlanksBehind),
      ("normalized", token.isNormalized, described.isNormalized),
    ]
    for (key, ours, theirs) in flags {
      guard let theirs, theirs != ours else { continue }
      throw fault(".\(key)", expected: "\(ours)", found: "\(theirs) for \(shown(token.content))")
    }
  }
}
