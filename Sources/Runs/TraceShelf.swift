import Foundation
import Palimpsest
import TensorLogs
import TraceLogs

/// The traces of a run: what stands on disk already, and where new ones go.
actor TraceShelf {
  private let file: URL
  /// Sentence scores and other readings of steps.
  private let tensors: URL
  /// The same file for readers; it remembers where each tensor stands.
  private let traces: TraceFile
  private var log: TraceLog?
  private var readings: HDF5Log?
  private var ends: [Question.ID: Trace.End] = [:]
  /// Traces from disk, where they are small enough to be held together; else each is looked up.
  private var loaded: [Question.ID: Trace]?
  private var isIndexed = false
  /// Whether the file is what one uninterrupted pass would have written.
  private var isAsWritten = true
  /// How many questions this process took up.
  private(set) var taken = 0
  /// How many of them came to an end.
  private(set) var ended = 0
  private var running: Set<Question.ID> = []
  /// Questions that this process began or resumed, in their order.
  private var arrived: [Question.ID] = []
  /// Up to this size traces are loaded in one go: looking each up costs a pass over the file.
  private static let mostLoaded = 256 << 20

  init(in folder: URL) {
    file = folder.appending(path: "traces.jsonl")
    tensors = folder.appending(path: "tensors.h5")
    traces = TraceFile(file, tensors: HDF5Tensors(tensors))
  }

  /// Opens the files of the run.
  ///
  /// - Parameter isFinished: whether the run was complete, and so has put the file in order. A run that
  ///   was killed behind its last question may not have.
  func open(isFinished: Bool) throws {
    guard FileManager.default.fileExists(atPath: file.path) else { return }
    // The writer opens it first, which cuts off a torn tail.
    log = try writer()
    ends = try traces.standings()
    isAsWritten = isFinished && !ends.values.contains { if case .reading = $0 { true } else { false } }
  }

  /// The trace of a question on disk; nil for a question that never began.
  func stored(_ question: Question, keeping: Reader.Keeping) throws -> Trace? {
    guard ends[question.id] != nil else { return nil }
    if !isIndexed {
      isIndexed = true
      let size = try FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int ?? 0
      if size <= Self.mostLoaded {
        var found: [Question.ID: Trace] = [:]
        try traces.forEach(keeping: keeping) { found[$0.question.id] = $0 }
        loaded = found
      }
    }
    var trace = loaded == nil ? try traces.trace(of: question.id, keeping: keeping) : loaded?[question.id]
    loaded?[question.id] = nil
    trace?.question = question
    return trace
  }

  var isReading: Bool { !running.isEmpty }

  func begin(_ question: Question, resuming past: Trace?) async throws {
    if log == nil { log = try writer() }
    if readings == nil {
      let readings = try takeUpReadings()
      self.readings = readings
      await log?.keepTensors(in: readings)
    }
    if past != nil || !running.isEmpty { isAsWritten = false }
    running.insert(question.id)
    arrived.append(question.id)
    taken += 1
    try await log?.begin(question, resuming: past)
  }

  func record(_ step: Step, of question: Question) async throws {
    try await log?.record(step, of: question.id)
    try await readings?.record(step, of: question)
  }

  func end(_ trace: Trace) async throws {
    running.remove(trace.question.id)
    ended += 1
    try await log?.end(trace)
    if let answer = trace.answer {
      for exchange in answer.recalls + [answer.exchange] {
        try await readings?.record(exchange, of: trace.question.id, at: trace.nextIndex)
      }
    }
  }

  /// What replies bring along goes to the tensor log, once.
  private func writer() throws -> TraceLog {
    try TraceLog(file, settings: .init(keepsCaptures: false), tensors: traces.tensors)
  }

  /// Readings resume where the traces end: steps that never reached the trace log are left out.
  private func takeUpReadings() throws -> HDF5Log {
    guard FileManager.default.fileExists(atPath: tensors.path) else { return try HDF5Log(tensors) }
    var limits: [Question.ID: Int] = [:]
    try traces.forEach(keeping: .lastStep) { limits[$0.question.id] = $0.nextIndex }
    return try HDF5Log(tensors, limits: limits)
  }

  /// Brings what waits to the files; called however a reading ends.
  func close() async throws {
    try await readings?.close()
    readings = nil
    log = nil
  }

  /// Leaves the file as an uninterrupted run would have, one question after the other.
  ///
  /// - Parameter ids: the questions in their order.
  func finish(inOrder ids: [Question.ID]) async throws {
    try await close()
    guard FileManager.default.fileExists(atPath: file.path) else { return }
    // Looking at every line of a long file only to find it in order is spared.
    let isInOrder = isAsWritten && (ends.isEmpty ? arrived == ids : arrived.isEmpty)
    if !isInOrder { try traces.rewrite(inOrder: ids) }
    ends = try traces.standings()
    isIndexed = false
    arrived = []
  }
}
