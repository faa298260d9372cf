import Palimpsest

/// What a memory of one page asks at every chunk: one prompt where a question is known, another where
/// the text is read for no question.
package struct PageTemplates: Sendable {
  package var update: PromptTemplate
  package var withoutQuestion: PromptTemplate

  package init(_ update: PromptTemplate, withoutQuestion: PromptTemplate) {
    self.update = update
    self.withoutQuestion = withoutQuestion
  }

  package var all: [PromptTemplate] { [update, withoutQuestion] }

  /// A replacement of the prompt with a question stands for both, unless both are replaced.
  package func replaced(by templates: PromptTemplates) -> PageTemplates {
    PageTemplates(
      templates.replacing(update), withoutQuestion: templates.replacing(withoutQuestion, or: update.name))
  }

  package func filled(for question: Question, memory: Recollection, section: Chunk) -> Prompt {
    (question.ask.isEmpty ? withoutQuestion : update)
      .filled(problem: question.ask, memory: memory, section: section)
  }
}
