import Foundation
import Palimpsest

/// Reads a file of traces of any length: it holds the traces that are open at one place of the file,
/// never the file.
///
/// An incomplete last line (the writer was killed) is left out and reported. Any other line that is
/// not an event throws, unless the file is read with `salvage`, which keeps the whole lines and
/// reports the rest. A question that was read again is returned once, with its last end.
///
/// With lean detail, chunks are read without their text and prompts are empty; everything else is
/// exact. Questions are read without their source.
public struct TraceFile: Sendable {
  /// How much a foreign file may ask for.
  public struct Limits: Sendable, Hashable {
    /// The longest line that is accepted, in bytes.
    public var lineBytes = 256 << 20

    /// Lines of at most 256 MiB.
    public init(lineBytes: Int = 256 << 20) { self.lineBytes = lineBytes }
  }

  /// A line that could not be read.
  public struct Loss: Sendable, Hashable, CustomStringConvertible {
    /// Number of the line, from 1.
    public var line: Int
    /// Length of the line.
    public var bytes: Int
    /// What is wrong with it.
    public var reason: String

    /// The line's number, its length and the reason.
    public var description: String { "line \(line) (\(bytes) bytes) was left out: \(reason)" }
  }

  /// The file that is read.
  public let url: URL
  /// Longer lines are errors.
  public var limits: Limits
  /// Where the tensors are that the file only names; nil for a log that keeps them itself.
  public var tensors: (any TensorSource)?

  /// Opens nothing yet; errors come with the first reading.
  public init(_ url: URL, limits: Limits = Limits(), tensors: (any TensorSource)? = nil) {
    self.url = url
    self.limits = limits
    self.tensors = tensors
  }

  /// Visits the traces one at a time: ended traces in the order of their ends, then the others, whose
  /// `end` is `reading`.
  ///
  /// A trace of a shared reading has no steps of its own; `trace(of:)` of its `reading` has them.
  ///
  /// - Parameters:
  ///   - keeping: whether traces keep all their steps.
  ///   - salvage: whether lines that are not events are left out; otherwise they throw.
  /// - Returns: the lines that were left out, at most the first hundred.
  /// - Throws: `TraceLogError`; what `body` throws.
  @discardableResult
  public func forEach(
    keeping: Reader.Keeping = .everyStep, salvage: Bool = false, _ body: (Trace) throws -> Void
  ) throws -> [Loss] {
    var scan = try TraceScan(
      url, limits: limits, keeping: keeping, finals: ends(), tensors: tensors, salvages: salvage)
    while let trace = try scan.next() { try body(trace) }
    return scan.losses
  }

  /// All traces at once, for files that are known to be small.
  public func traces(keeping: Reader.Keeping = .everyStep) throws -> [Trace] {
    var traces: [Trace] = []
    try forEach(keeping: keeping) { traces.append($0) }
    return traces
  }

  /// The trace of a question as the file leaves it; nil when it has none.
  public func trace(of id: Question.ID, keeping: Reader.Keeping = .everyStep) throws -> Trace? {
    var scan = try TraceScan(
      url, limits: limits, keeping: keeping, finals: ends(), tensors: tensors, wanted: [id])
    var found: Trace?
    while let trace = try scan.next() { found = trace }
    return found
  }

  /// Folds over the steps of one question without keeping them.
  ///
  /// - Parameters:
  ///   - start: the value before the first step.
  ///   - add: adds the next step.
  /// - Returns: the final value, and the trace with its last step; nil when the file has no such
  ///   question.
  public func fold<Result>(
    _ id: Question.ID, from start: (Question) -> Result, _ add: (inout Result, Step) throws -> Void
  ) throws -> (result: Result, trace: Trace)? {
    try fold([id], from: start, add)[id]
  }

  /// The same for several questions, in one pass over the file.
  public func fold<Result>(
    _ ids: Set<Question.ID>, from start: (Question) -> Result, _ add: (inout Result, Step) throws -> Void
  ) throws -> [Question.ID: (result: Result, trace: Trace)] {
    var scan = try TraceScan(url, limits: limits, keeping: .lastStep, finals: ends(), tensors: tensors, wanted: ids)
    var results: [Question.ID: Result] = [:]
    var folded: [Question.ID: (result: Result, trace: Trace)] = [:]
    while let event = try scan.nextEvent() {
      switch event {
      case .begun(let trace): results[trace.id] = start(trace.question)
      case .step(let step, let id): if results[id] != nil { try add(&results[id]!, step) }
      case .trace(let trace): if let result = results[trace.id] { folded[trace.id] = (result, trace) }
      }
    }
    return folded
  }

  /// The questions of the file, in the order in which they first began.
  public func questions() throws -> [Question.ID] {
    let decoder = TraceEvent.makeDecoder()
    var ids: [Question.ID] = []
    var known: Set<Question.ID> = []
    try eachEvent(but: .step) { line, kind in
      guard kind == .begin else { return }
      let id = try TraceEvent.id(of: line, decoder)
      if known.insert(id).inserted { ids.append(id) }
    }
    return ids
  }

  /// How each question ended, without its steps: the remaining work when a run is resumed.
  /// Questions that began and did not end are `reading`.
  public func standings() throws -> [Question.ID: Trace.End] {
    let decoder = TraceEvent.makeDecoder()
    var standings: [Question.ID: Trace.End] = [:]
    try eachEvent(but: .step) { line, kind in
      switch kind {
      case .begin, .resume: standings[try TraceEvent.id(of: line, decoder)] = .reading
      case .end:
        guard case .end(let record) = try TraceEvent(line: line, decoder) else { return }
        standings[record.id] = record.way
      case .file, .step: break
      }
    }
    return standings
  }

  /// The number of ends of each question in the file; 0 for a question with events behind its last
  /// end.
  private func ends() throws -> [Question.ID: Int] {
    let decoder = TraceEvent.makeDecoder()
    var ends: [Question.ID: Int] = [:]
    var open: Set<Question.ID> = []
    try eachEvent(but: .step) { line, kind in
      // The scan meets a line that is not an event again, and judges it.
      guard kind != .file, let id = try? TraceEvent.id(of: line, decoder) else { return }
      if kind == .end {
        ends[id, default: 0] += 1
        open.remove(id)
      } else {
        open.insert(id)
      }
    }
    for id in open { ends[id] = 0 }
    return ends
  }

  private func eachEvent(
    but skipped: TraceEvent.Kind, _ body: (Data, TraceEvent.Kind) throws -> Void
  ) throws {
    let decoder = TraceEvent.makeDecoder()
    var lines = try LineReader(url, limit: limits.lineBytes)
    while let line = try lines.next() {
      guard let kind = try? TraceEvent.kind(of: line, decoder), kind != skipped else { continue }
      try body(line, kind)
    }
  }
}
