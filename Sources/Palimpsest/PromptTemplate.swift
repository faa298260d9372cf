/// A prompt of a memory as a declared value: text with the slots `{problem}`, `{memory}` and `{section}`.
///
/// Any other braces are plain text. Text in a slot is foreign and is not searched for slots. A
/// declared prompt can be hashed with a run and replaced by name without calling a model.
public struct PromptTemplate: Sendable, Hashable {
  /// The name in settings (`--prompts`) and run records: `update`, `answer`.
  public var name: String
  /// The prompt with its slots, byte for byte.
  public var text: String
  /// The form in which the reply is expected.
  public var form: Prompt.Form

  /// Any braces besides the three slots are plain text.
  public init(_ name: String, form: Prompt.Form, _ text: String) {
    self.name = name
    self.form = form
    self.text = text
  }

  /// The prompt, with the slots filled.
  ///
  /// - Parameter section: the chunk; without one the slot is dropped.
  public func filled(problem: String, memory: Recollection, section: Chunk? = nil) -> Prompt {
    Prompt(template: text, problem: problem, memory: memory, section: section).expecting(form)
  }
}

extension PromptTemplates {
  /// A template, with its text replaced where the settings replace it.
  ///
  /// - Parameter other: the name whose replacement also stands for this one.
  public func replacing(_ template: PromptTemplate, or other: String? = nil) -> PromptTemplate {
    var template = template
    if let text = texts[template.name] ?? other.flatMap({ texts[$0] }) { template.text = text }
    return template
  }
}
