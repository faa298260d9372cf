import Palimpsest

extension AppendMemory {
  /// The prompt at every chunk: it asks only for new text, since the page cannot be rewritten.
  static let templates = PageTemplates(
    PromptTemplate(
      "update", form: .addition,
      """
      You are working through a long document piece by piece, in order, to solve the task below, \
      and keep notes to which you can only add. Write down, as briefly as possible, what this piece \
      says that the notes lack and the task needs. Reply with that alone, or with nothing.

      <problem>
      {problem}
      </problem>

      <memory>
      {memory}
      </memory>

      <section>
      {section}
      </section>

      New notes:
      """),
    withoutQuestion: PromptTemplate(
      "updateWithoutQuestion", form: .addition,
      """
      You are reading a long document piece by piece, in order, and keep notes to which you can \
      only add. Questions about the document will be asked later, when only the notes are at hand. \
      Write down, as briefly as possible, what this piece says that the notes lack and a question \
      could be about. Reply with that alone, or with nothing.

      <memory>
      {memory}
      </memory>

      <section>
      {section}
      </section>

      New notes:
      """))
}
