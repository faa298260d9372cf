import MemoryOverwrite
import Palimpsest

extension GatedMemory {
  /// The prompt at every chunk: GRU-Mem's fields in our own words. Without a question, the prompt
  /// asks to keep what any question may need, and never to stop.
  static let templates = PageTemplates(
    PromptTemplate(
      "update", form: .gatedPage,
      """
      You are working through a long document piece by piece, in order, to solve the task below. \
      Your notes from earlier pieces and the next piece follow.

      <problem>
      {problem}
      </problem>

      <memory>
      {memory}
      </memory>

      <section>
      {section}
      </section>

      Reply with these four fields, each once and in this order:
      <think>what in this piece the notes lack and the task needs</think>
      <check>yes only if there is such a thing, otherwise no</check>
      <update>the complete new notes; empty if the notes stay</update>
      <next>end once the notes suffice to solve the task, otherwise continue</next>
      """),
    withoutQuestion: PromptTemplate(
      "updateWithoutQuestion", form: .gatedPage,
      """
      You are reading a long document piece by piece, in order. Questions about it will be asked \
      later, when only your notes are at hand. Your notes from earlier pieces and the next piece \
      follow.

      <memory>
      {memory}
      </memory>

      <section>
      {section}
      </section>

      Reply with these four fields, each once and in this order:
      <think>what in this piece the notes lack and a question could be about</think>
      <check>yes if the notes must change, otherwise no</check>
      <update>the complete new notes; empty if the notes stay</update>
      <next>continue</next>
      """))
}
