import Foundation
import Palimpsest

/// Writes traces as they happen: a file of JSON Lines that only grows, with one line for each begin
/// of a question, each step, and each end.
///
/// Questions that are read side by side share one file; their lines interleave. A step is on its way to
/// the file before the next one begins, so a killed process loses at most the line it was writing.
/// `init` cuts that line off when the file is reopened, and learns from the rest where every question
/// stood. A power failure may also lose what was written since the last synchronisation
/// (`Settings.synchronizing`).
///
/// The cost of a step does not grow with the number of steps: a memory state is written as its difference
/// from the one before, and a slot once per step. Tensors are written into the lines, or named by their content
/// where a tensor log beside this file keeps them (`keepTensors(in:)`).
public actor TraceLog {
  /// How much of a step is written.
  public enum Detail: String, Codable, Sendable, CaseIterable {
    /// Chunks by their range, prompts by fingerprint and size; replies, decisions and memory states whole.
    case lean
    /// Chunks and prompts with their text, too.
    case full
  }

  /// When the disk is waited for.
  public enum Synchronizing: String, Codable, Sendable, CaseIterable { case never, ends, everyEvent }

  /// How much is written, and when the disk is waited for; all have defaults.
  public struct Settings: Codable, Sendable, Hashable {
    /// Lean leaves out the texts of chunks and prompts; full keeps both.
    public var detail = Detail.lean
    /// When `fsync` is called; by default at the end of each question.
    public var synchronizing = Synchronizing.ends
    /// Whether readings of a reply (sentence scores, hidden states) are written here; false where a
    /// tensor log beside this file keeps them.
    public var keepsCaptures = true

    /// Lean, and synchronised at the end of each question, by default.
    public init(
      detail: Detail = .lean, synchronizing: Synchronizing = .ends, keepsCaptures: Bool = true
    ) {
      self.detail = detail
      self.synchronizing = synchronizing
      self.keepsCaptures = keepsCaptures
    }
  }

  /// The file that is written.
  public nonisolated let url: URL
  /// As given when the log was opened.
  public nonisolated let settings: Settings
  /// Bytes of a torn last line that were cut off when the file was reopened.
  public nonisolated let tornBytes: Int

  private var file: AppendingFile
  /// The state of each question that has not ended.
  private var open: [Question.ID: Standing]
  private let encoder = TraceEvent.makeEncoder()
  private var keeper: (any TensorKeeper)?

  /// The state of a question in the file.
  struct Standing {
    var nextIndex = 0
    var state: MemoryState?
  }

  /// Opens a file, or makes it.
  ///
  /// - Parameter tensors: where the tensors are that an existing file only names.
  /// - Throws: `TraceLogError` when it cannot be written, has another writer, or holds a whole line
  ///   that is not an event.
  public init(_ url: URL, settings: Settings = Settings(), tensors: (any TensorSource)? = nil) throws {
    self.url = url
    self.settings = settings
    file = try AppendingFile(url)
    var scan = try TraceScan(url, limits: TraceFile.Limits(), keeping: .lastStep, finals: nil, tensors: tensors)
    while try scan.next() != nil {}
    try file.truncate(to: scan.wholeBytes)
    tornBytes = scan.tornBytes
    open = scan.standings
    if file.count == 0 { try file.append(TraceEvent.file(.init()).line(encoder)) }
  }

  /// Bytes of the file.
  public var bytes: Int { file.count }

  /// From now on tensors are kept there, and lines name them by their content. A tensor is kept before the line
  /// that names it is written.
  public func keepTensors(in keeper: any TensorKeeper) { self.keeper = keeper }

  /// Begins or resumes a question.
  ///
  /// - Parameters:
  ///   - past: the trace that is resumed. Its steps are not written again where the file ends with
  ///     them; otherwise the file's events of the question are void, and they are written.
  ///   - reading: the id of the reading this trace shares with other questions.
  public func begin(
    _ question: Question, rollout: Int = 0, resuming past: Trace? = nil, reading: String? = nil
  ) async throws {
    let id = Trace.id(of: question.id, rollout: rollout)
    if let past, let standing = open[id], standing.nextIndex == past.nextIndex, standing.state == past.state {
      try write(.resume(.init(id: id, tally: past.tally)))
      return
    }
    try write(.begin(.init(question, rollout: rollout, reading: reading ?? past?.reading)))
    open[id] = Standing()
    guard let past else { return }
    for step in past.steps { try await record(step, of: id) }
    try write(.resume(.init(id: id, tally: past.tally)))
  }

  /// Writes a step.
  public func record(_ step: Step, of id: Question.ID) async throws {
    guard let standing = open[id] else {
      throw TraceLogError.outOfOrder(id, reason: "a step came before the question began")
    }
    var tensors = TensorRecorder(isBeside: keeper != nil)
    let record = StepRecord(step, of: id, before: standing.state, settings: settings, &tensors)
    try await keep(tensors)
    try write(.step(record))
    open[id] = Standing(nextIndex: step.chunk.index + 1, state: step.after)
  }

  /// Writes how a trace ended, and its answer.
  public func end(_ trace: Trace) async throws {
    guard open[trace.id] != nil else {
      throw TraceLogError.outOfOrder(trace.id, reason: "it ended before it began")
    }
    var tensors = TensorRecorder(isBeside: keeper != nil)
    let record = TraceEvent.EndRecord(trace, settings: settings, &tensors)
    try await keep(tensors)
    try write(.end(record))
    if settings.synchronizing == .ends { try file.synchronize() }
    // A trace that failed, or that was only stopped, may be resumed.
    switch trace.end {
    case .failed, .reading: break
    case .finished, .exited: open[trace.id] = nil
    }
  }

  /// Writes a whole trace at once.
  public func record(_ trace: Trace) async throws {
    try await begin(trace.question, rollout: trace.rollout, reading: trace.reading)
    for step in trace.steps { try await record(step, of: trace.id) }
    try await end(trace)
  }

  /// Waits until the disk has everything.
  public func synchronize() throws { try file.synchronize() }

  private func keep(_ tensors: TensorRecorder) async throws {
    if !tensors.named.isEmpty { try await keeper?.keep(tensors.named) }
  }

  private func write(_ event: TraceEvent) throws {
    try file.append(event.line(encoder))
    if settings.synchronizing == .everyEvent { try file.synchronize() }
  }
}
