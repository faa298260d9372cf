import Palimpsest
import Support

/// Calls the policy three times a chunk (what is new, what is old, what to keep) and once more to recall:
/// what an agent that deliberates takes to write. Numbers, seeds and records are the caller's business.
struct DeliberatingMemory: Memory {
  var state: MemoryState
  private let tokens: Int
  private let tokenizer = WordTokenizer()

  init(tokens: Int = 40) {
    state = MemoryState(budget: Budget(tokens: tokens, slots: 1))
    self.tokens = tokens
  }

  private static let extract = PromptTemplate(
    "extract", form: .addition, "Task: {problem}\nText: {section}\nList what bears on the task.")
  private static let doubt = PromptTemplate(
    "doubt", form: .addition, "Task: {problem}\nNotes: {memory}\nText: {section}\nWhich notes does the text refute?")
  private static let merge = PromptTemplate("merge", form: .page, "Task: {problem}\nFindings: {memory}\nNew notes:")
  private static let choose = PromptTemplate("choose", form: .page, "Task: {problem}\nNotes: {memory}\nRelevant ones:")

  var prompts: [PromptTemplate] { [Self.extract, Self.doubt, Self.merge, Self.choose] }

  func draft(from chunk: Chunk, for question: Question, with caller: Caller) async throws -> Draft {
    let held = Recollection.text(state.text, used: state.slots.map(\.id))
    let sampling = Sampling(maxTokens: tokens)
    // 1. and 2. do not wait for each other.
    let found = try await caller.replies(
      to: [Self.extract, Self.doubt].map { $0.filled(problem: question.ask, memory: held, section: chunk) },
      sampling: sampling)
    // 3. What is kept of both.
    let findings = Recollection.text(([state.text] + found.map(\.text)).joined(separator: "\n"))
    let reply = try await caller.reply(
      to: Self.merge.filled(problem: question.ask, memory: findings), sampling: sampling)
    let page = tokenizer.truncate(reply.text, to: tokens)
    let slot = Slot(id: 0, content: .text(page), tokens: tokenizer.count(page), origins: [chunk.index])
    return Draft(edits: [.write(slot, because: "deliberation")])
  }

  func recall(for cue: Cue, with caller: Caller) async throws -> Recollection {
    let held = Recollection.text(state.text, used: state.slots.map(\.id))
    let reply = try await caller.reply(
      to: Self.choose.filled(problem: cue.question.ask, memory: held), sampling: Sampling(maxTokens: tokens))
    return .text(reply.text, used: held.used)
  }
}
