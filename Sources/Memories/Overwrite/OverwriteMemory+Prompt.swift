import Palimpsest

extension OverwriteMemory {
  /// The prompt at every chunk: MemAgent's blocks in our own words. Without a question, the prompt
  /// asks to keep what any question may need.
  static let templates = PageTemplates(
    PromptTemplate(
      "update", form: .page,
      """
      You are working through a long document piece by piece, in order, to solve the task below. \
      Your notes from earlier pieces and the next piece follow. Write the new notes in full: carry \
      over everything that is still useful, and add whatever in this piece bears on the task. \
      What you leave out is lost. Reply with the notes alone.

      <problem>
      {problem}
      </problem>

      <memory>
      {memory}
      </memory>

      <section>
      {section}
      </section>

      Updated memory:
      """),
    withoutQuestion: PromptTemplate(
      "updateWithoutQuestion", form: .page,
      """
      You are reading a long document piece by piece, in order. Questions about it will be asked \
      later, when only your notes are at hand. Your notes from earlier pieces and the next piece \
      follow. Write the new notes in full: carry over what is still worth keeping, and add the \
      facts of this piece that a question could be about. Reply with the notes alone.

      <memory>
      {memory}
      </memory>

      <section>
      {section}
      </section>

      Updated memory:
      """))
}
