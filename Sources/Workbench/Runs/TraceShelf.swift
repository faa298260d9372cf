import Foundation
import Palimpsest
import TraceLogs

/// The traces of a run: what stands on disk already, and where new ones go.
actor TraceShelf {
  private let file: URL
  private var log: TraceLog?
  private var ends: [Question.ID: Trace.End] = [:]
  /// Traces from disk, where they are small enough to be held together; else each is looked up.
  private var loaded: [Question.ID: Trace]?
  private var isIndexed = false
  /// Whether the file is what one uninterrupted pass would have written.
  private var isAsWritten = true
  /// How many questions this process took up.
  private(set) var taken = 0
  private var running: Set<Question.ID> = []
  /// Questions taken up by this process, in their order.
  private var arrived: [Question.ID] = []
  /// Up to this size traces are loaded in one go: looking each up costs a pass over the file.
  private static let mostLoaded = 256 << 20

  init(_ file: URL) { self.file = file }

  /// Takes up what is there.
  func open() throws {
    guard FileManager.default.fileExists(atPath: file.path) else { return }
    // Taken up by the writer first, which cuts a torn tail off.
    log = try TraceLog(file)
    ends = try TraceFile(file).standings()
    isAsWritten = !ends.values.contains { if case .reading = $0 { true } else { false } }
  }

  /// What stands on disk of a question; nil for one that was never taken up.
  func stored(_ question: Question, keeping: Reader.Keeping) throws -> Trace? {
    guard ends[question.id] != nil else { return nil }
    if !isIndexed {
      isIndexed = true
      let size = try FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int ?? 0
      if size <= Self.mostLoaded {
        var traces: [Question.ID: Trace] = [:]
        try TraceFile(file).forEach(keeping: keeping) { traces[$0.question.id] = $0 }
        loaded = traces
      }
    }
    var trace = loaded == nil ? try TraceFile(file).trace(of: question.id, keeping: keeping) : loaded?[question.id]
    loaded?[question.id] = nil
    trace?.question = question
    return trace
  }

  func begin(_ question: Question, resuming past: Trace?) async throws {
    if log == nil { log = try TraceLog(file) }
    if past != nil || !running.isEmpty { isAsWritten = false }
    running.insert(question.id)
    arrived.append(question.id)
    taken += 1
    try await log?.begin(question, resuming: past)
  }

  func record(_ step: Step, of id: Question.ID) async throws { try await log?.record(step, of: id) }

  func end(_ trace: Trace) async throws {
    running.remove(trace.question.id)
    try await log?.end(trace)
  }

  /// Leaves the file as an uninterrupted run would have, one question after the other.
  ///
  /// - Parameter ids: the questions in their order.
  func finish(inOrder ids: [Question.ID]) throws {
    log = nil
    guard FileManager.default.fileExists(atPath: file.path) else { return }
    // Looking at every line of a long file only to find it in order is spared.
    let isInOrder = isAsWritten && (ends.isEmpty ? arrived == ids : arrived.isEmpty)
    if !isInOrder { try TraceFile(file).rewrite(inOrder: ids) }
    ends = try TraceFile(file).standings()
    isIndexed = false
    arrived = []
  }
}
