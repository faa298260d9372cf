import Palimpsest
import Tensors

/// Reads without a model: keeps the sentences that bear on the question, and answers with a span of
/// one of them.
///
/// It replies by the prompt's form. At a chunk it knows only the page and what is handed back to it:
/// counts, and the sentence that the last chunk's end cut. So a reading can stop and resume at any
/// step. It answers from the page alone. The same prompt always gets the same reply, and no reply is
/// longer than its budget.
///
///     # Neil Peart
///     Neil Ellwood Peart is a Canadian musician, best known as the drummer of the rock band Rush.
///
/// Captures `sentenceScores`, [count]: how much each sentence of the chunk bears on the question.
public struct ExtractivePolicy: Policy {
  /// Always `extractive`; its rules have no settings.
  public var name: String { "extractive" }
  let tokenizer: any Tokenizer
  let weights: Weights

  /// - Parameter tokenizer: counts the budget of a reply.
  public init(tokenizer: any Tokenizer = WordTokenizer()) {
    self.tokenizer = tokenizer
    weights = Weights()
  }

  /// For experiments: other numbers of the ranking, by name.
  package init(tokenizer: any Tokenizer, weights: Setting) throws {
    self.tokenizer = tokenizer
    self.weights = try Setting.resolve(Weights(), overlaid: weights, at: "weights")
  }

  /// In the form that the prompt expects, never longer than the sampling allows.
  public func reply(to prompt: Prompt, sampling: Sampling, call: CallID) async throws -> Reply {
    let form = prompt.form ?? (prompt[.section] == nil ? .answer : .page)
    let memory = prompt[.memory].flatMap { $0 == Self.unwritten ? nil : $0 } ?? ""
    let section = form == .answer ? "" : prompt[.section] ?? ""
    let study = try study(memory, section, for: prompt)
    var reply =
      switch form {
      case .answer: Reply(tokenizer.truncate(Answering(from: study).text, to: sampling.maxTokens))
      case .gatedPage: gated(study, memory, tokens: sampling.maxTokens, page: sampling.page)
      case .addition: Reply(Selection(ofNewIn: study, tokens: sampling.maxTokens, tokenizer: tokenizer).text)
      default:
        Reply(Selection(from: study, tokens: sampling.page ?? sampling.maxTokens, tokenizer: tokenizer).text)
      }
    reply.usage = Usage(
      read: tokenizer.count(prompt[.problem] ?? "") + tokenizer.count(memory) + tokenizer.count(section),
      generated: tokenizer.count(reply.text))
    reply.model = name
    if form != .answer {
      reply.policyState = try study.counts.state()
      reply.captures["sentenceScores"] = Tensor(study.newScores)
    }
    return reply
  }

  /// The text that memories show before the first write.
  private static let unwritten = "No previous memory"

  private func study(_ memory: String, _ section: String, for prompt: Prompt) throws -> Study {
    let counts = try Counts(prompt.policyState)
    var sheet = Sheet()
    if prompt.form != .answer || counts.sentences > 0 || memory.hasPrefix("#") {
      sheet.add(page: PageText(memory))
    } else {
      sheet.add(section: memory, isHeld: true, ending: .text)
    }
    if prompt.form != .answer, prompt[.section] != nil {
      sheet.add(section: section, after: counts.rest, ending: prompt.ending ?? .cut)
    }
    return Study(sheet, for: Inquiry(prompt[.problem] ?? ""), counts: counts, weights: weights)
  }

  // MARK: experiments

  /// For experiments: the spans that could answer, with their clues.
  package func candidates(
    for prompt: Prompt
  ) throws -> [(text: String, identity: UInt64, clues: [(place: Int, amount: Double)])] {
    let study = try study(prompt[.memory].flatMap { $0 == Self.unwritten ? nil : $0 } ?? "", "", for: prompt)
    guard study.inquiry.kind != .yesNo, study.inquiry.kind != .choice else { return [] }
    return Candidates(of: study).all.map { (study.sheet.line($0.bytes), $0.identity, $0.clues.values) }
  }

  /// For experiments: the number of clues, and their weights in the source.
  package static var clueCount: Int { Clues.count }
  package static func table(of weights: [Double]) -> String { Clues.written(weights) }

  // MARK: gates

  private func gated(_ study: Study, _ memory: String, tokens: Int, page limit: Int?) -> Reply {
    func form(_ think: String, check: Bool, page: String, end: Bool) -> String {
      "<think>\(think)</think><check>\(check ? "yes" : "no")</check>"
        + "<update>\(page)</update><next>\(end ? "end" : "continue")</next>"
    }
    let room = min(max(tokens - Self.frame, 0), limit ?? .max)
    let selection = Selection(from: study, tokens: room, tokenizer: tokenizer)
    let fresh = selection.kept.filter { !study.sheet.passages[$0].isHeld }
    // A weak sentence fills an empty page, but does not open the gate.
    let least = weights.novelty * (study.scores.max() ?? 0)
    let isChanged = fresh.contains { study.scores[$0] >= least }
    let page = isChanged ? disarmed(selection.text) : ""
    // What was not enough before is not enough without something new among the best.
    let best = study.ranked.prefix(weights.anchors)
    let verdict = isChanged && fresh.contains(where: best.contains) ? Sufficiency(of: study) : nil
    let reason = verdict?.reason(fresh: fresh.count) ?? Sufficiency.nothingNew
    let text = form(reason, check: isChanged, page: page, end: verdict?.isEnough ?? false)
    guard tokenizer.count(text) <= tokens else {
      // No room for a page: the shut form, or as much of it as there is room for.
      let shut = form("No room.", check: false, page: "", end: false)
      return Reply(tokenizer.truncate(shut, to: tokens), finish: .length)
    }
    return Reply(text)
  }

  /// Tokens that the four fields take besides the page, at most.
  static let frame = 80

  /// A page is foreign text: it must not close the field it stands in.
  private func disarmed(_ page: String) -> String {
    page.utf8.contains(UInt8(ascii: "<")) ? page.replacing("<", with: "‹") : page
  }
}
