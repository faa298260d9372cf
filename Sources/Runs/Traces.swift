import Figures
import Foundation
import Palimpsest
import Settings
import Terminal

/// The traces of many questions, in the order of the questions, read side by side.
///
/// At most `width` readings run at once, and at most four times as many begin ahead of the next
/// trace to return, so memory does not grow with the number of questions.
public struct Traces: AsyncSequence {
  /// Traces come in the order of the questions, whatever the order in which they end.
  public typealias Element = Trace

  let reader: Reader
  let questions: () throws -> any Sequence<Question>
  let past: @Sendable (Question) -> Trace?
  let retrying: Bool
  let width: Int
  let limit: Int
  let console: Console
  let fail: ((any Error) -> Never)?
  let folder: RunFolder
  /// Gives the moment at which the run was first begun.
  let begin: @Sendable () async throws -> Date
  /// Told the questions in their order, and the first of them with their texts.
  let end: @Sendable ([Question.ID], [Question]) async throws -> Void

  /// Each iterator reads all questions again.
  public func makeAsyncIterator() -> Iterator { Iterator(self) }

  /// Ends its readings when it is released.
  public final class Iterator: AsyncIteratorProtocol {
    private let traces: Traces
    private let places: Semaphore
    private let progress: Terminal.Progress
    private var reader: Reader
    private var questions: (any IteratorProtocol<Question>)?
    private var begun: [Task<Trace, any Error>] = []
    private var taken = 0
    private var ids: [Question.ID] = []
    private var first: [Question] = []
    private var known: Set<Question.ID> = []
    private var hasEnded = false
    private var failed = 0
    private var firstReason: String?
    /// Answers without a word in them.
    private var blank = 0

    init(_ traces: Traces) {
      self.traces = traces
      reader = traces.reader
      places = Semaphore(traces.width)
      progress = Terminal.Progress(traces.console, of: traces.reader.policy)
    }

    deinit { begun.forEach { $0.cancel() } }

    /// The next trace; nil behind the last question.
    /// - Throws: what a reading throws, after the others have stopped.
    public func next() async throws -> Trace? {
      do {
        return try await advance()
      } catch {
        begun.forEach { $0.cancel() }
        // What they are writing is finished before the process may end.
        for task in begun { _ = await task.result }
        do { try await traces.folder.close() } catch { traces.console.warn("\(error)") }
        await progress.end()
        let error = Interruption.isRequested ? RunError.interrupted(resume: Interruption.command) : error
        if let fail = traces.fail { fail(error) }
        throw error
      }
    }

    private func advance() async throws -> Trace? {
      if hasEnded { return nil }
      if questions == nil {
        reader.policy = reader.policy.begun(on: try await traces.begin())
        questions = try traces.questions().makeIterator()
        reader.policy.warnings.forEach { traces.console.warnOnce($0) }
        await progress.start()
      }
      while begun.count < 4 * traces.width, taken < traces.limit, let question = questions?.next() {
        taken += 1
        guard known.insert(question.id).inserted else {
          throw RunError.usage(
            "two questions have the id \(question.id); ids name runs and random draws, so they must differ")
        }
        begun.append(reading(question))
      }
      guard !begun.isEmpty else {
        hasEnded = true
        await progress.end()
        reader.policy.warnings.forEach { traces.console.warnOnce($0) }
        if let account = await reader.policy.account { traces.console.note(account) }
        complain()
        try await traces.end(ids, first)
        return nil
      }
      let next = begun[0]
      let trace = try await Interruption.told({ next.cancel() }) {
        try await withTaskCancellationHandler {
          try await next.value
        } onCancel: {
          next.cancel()
        }
      }
      begun.removeFirst()
      ids.append(trace.question.id)
      count(trace)
      try await traces.folder.tick()
      await progress.addQuestion()
      if first.count < TracePage.mostQuestions { first.append(trace.question) }
      return trace
    }

    private func count(_ trace: Trace) {
      if case .failed(let reason, _) = trace.end {
        failed += 1
        firstReason = firstReason ?? reason
      } else if let answer = trace.answer, answer.reply.text.allSatisfy(\.isWhitespace) {
        blank += 1
      }
    }

    /// Says what of the questions came to nothing, and what to do about it.
    private func complain() {
      let console = traces.console
      if failed > 0 {
        console.note(
          "\(failed) of \(ids.count) questions failed; the first: \(firstReason ?? "")\n"
            + "they are not read again unless that is asked for:\n  \(Interruption.command(adding: "--retry-failed"))")
      }
      if blank > 0, blank + failed == ids.count {
        console.warn(
          "every answer of \(reader.policy.name) is empty, \(blank) of \(blank); look at the model, its template "
            + "and how many tokens a reply may have")
      }
    }

    private func reading(_ question: Question) -> Task<Trace, any Error> {
      let (reader, places, folder, past, progress) = (reader, places, traces.folder, traces.past, progress)
      let retrying = traces.retrying
      let console = traces.console
      return Task {
        try await places.take()
        defer { places.give() }
        if Interruption.isRequested { throw CancellationError() }
        let trace = try await folder.trace(
          of: question, with: reader, past: past(question), retrying: retrying
        ) { await progress.add($0) }
        // What is loaded from disk is analysed like what was just read.
        do {
          return try await trace.withText()
        } catch let error where !(error is CancellationError) {
          console.warn("what is found in the texts of chunks is left out for \(question.id): \(error)")
          return trace
        }
      }
    }
  }
}

extension Reader {
  /// Reads; a refusal that concerns this question alone becomes a trace that ended `failed`.
  ///
  /// - Throws: a refusal that stops the run, cancellation, and every error that is not a refusal.
  func outcome(
    of question: Question, resuming past: Trace? = nil,
    each mark: @escaping @Sendable (Step) async throws -> Void = { _ in }
  ) async throws -> Trace {
    let steps = Steps(past ?? Trace(of: question), keeping: keeping)
    do {
      return try await read(question, resuming: past) { step in
        await steps.append(step)
        try await mark(step)
      }
    } catch let refusal as any Refusal {
      if refusal.stopsRun { throw refusal }
      var trace = await steps.trace
      trace.fail(with: refusal)
      return trace
    }
  }
}

/// What of a reading is done, for the case that it fails.
private actor Steps {
  var trace: Trace
  private let keeping: Reader.Keeping

  init(_ trace: Trace, keeping: Reader.Keeping) {
    self.trace = trace
    self.keeping = keeping
  }

  func append(_ step: Step) { trace.append(step, keeping: keeping) }
}
