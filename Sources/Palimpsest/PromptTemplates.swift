/// Prompt templates that replace the built-in ones, byte for byte.
///
/// A template is text with the slots `{problem}`, `{memory}` and `{section}`; any other braces are
/// plain text. Published checkpoints expect their authors' prompts: give them here.
public struct PromptTemplates: Sendable, Codable, Hashable {
  /// Replacement texts by the name of the template: `update`, `answer`, and others that a memory
  /// declares.
  public var texts: [String: String]

  /// What is nil keeps the built-in prompt.
  public init(_ texts: [String: String] = [:]) { self.texts = texts }

  /// A table of texts by name.
  public init(from decoder: any Decoder) throws { texts = try [String: String](from: decoder) }
  /// A table of texts by name.
  public func encode(to encoder: any Encoder) throws { try texts.encode(to: encoder) }

  /// The replacement of a template; nil keeps the built-in text.
  public subscript(name: String) -> String? {
    get { texts[name] }
    set { texts[name] = newValue }
  }
}

extension Prompt {
  /// A template with its slots filled.
  public init(template: String, problem: String, memory: Recollection, section: Chunk? = nil) {
    var built = StringInterpolation(literalCapacity: 0, interpolationCount: 0)
    var rest = template[...]
    while let open = rest.firstIndex(of: "{") {
      let slot = ["{problem}", "{memory}", "{section}"].first { rest[open...].hasPrefix($0) }
      let end = rest.index(open, offsetBy: slot?.count ?? 1)
      built.appendLiteral(String(rest[..<(slot == nil ? end : open)]))
      switch slot {
      case "{problem}": built.appendInterpolation(problem, .problem)
      case "{memory}": built.appendInterpolation(memory, .memory)
      case "{section}": if let section { built.appendInterpolation(section) }
      default: break
      }
      rest = rest[end...]
    }
    built.appendLiteral(String(rest))
    self.init(stringInterpolation: built)
  }
}
