/// A prompt of a memory as a declared value: text with the slots `{problem}`, `{memory}` and `{section}`.
///
/// Any other braces are plain text. What fills a slot is foreign text and is not searched for slots. A
/// declared prompt can be hashed with a run and replaced by name without asking anything of a model.
public struct PromptTemplate: Sendable, Hashable {
  /// Stands in settings (`--prompts`) and run records: `update`, `answer`.
  public var name: String
  public var text: String
  /// The form in which the reply is expected.
  public var form: Prompt.Form

  public init(_ name: String, form: Prompt.Form, _ text: String) {
    self.name = name
    self.form = form
    self.text = text
  }

  /// The prompt, with the slots filled.
  ///
  /// - Parameter section: the chunk; a template that is asked without one drops the slot.
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
