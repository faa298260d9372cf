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
    self.init(
      template: template,
      slots: [
        "{problem}": { $0.appendInterpolation(problem, .problem) },
        "{memory}": { $0.appendInterpolation(memory, .memory) },
        "{section}": { if let section { $0.appendInterpolation(section) } },
      ])
  }

  /// A template with slots of its own, each filled by a part of a prompt. Other braces are plain text.
  public init(template: String, slots: [String: (inout StringInterpolation) -> Void]) {
    var built = StringInterpolation(literalCapacity: 0, interpolationCount: 0)
    var rest = template[...]
    while let open = rest.firstIndex(of: "{") {
      let slot = slots.first { rest[open...].hasPrefix($0.key) }
      let end = rest.index(open, offsetBy: slot?.key.count ?? 1)
      built.appendLiteral(String(rest[..<(slot == nil ? end : open)]))
      slot?.value(&built)
      rest = rest[end...]
    }
    built.appendLiteral(String(rest))
    self.init(stringInterpolation: built)
  }
}
