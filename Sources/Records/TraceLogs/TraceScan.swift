import Foundation
import Palimpsest

/// Reads the events of a file and returns traces as they end. It holds only the open traces.
struct TraceScan: ~Copyable {
  /// A trace under construction.
  private struct Building {
    var trace: Trace
    /// The reason why its later events cannot be used.
    var flaw: String?
  }

  private var lines: LineReader
  private let decoder = TraceEvent.makeDecoder()
  private let keeping: Reader.Keeping
  /// The number of remaining ends of each question; nil treats every end as the last.
  private var finals: [Question.ID: Int]?
  private var building: [Question.ID: Building] = [:]
  /// In the order in which questions began.
  private var order: [Question.ID] = []
  private let salvages: Bool
  /// Where tensors are that lines only name.
  private let tensors: (any TensorSource)?
  private var isThrough = false
  private(set) var losses: [TraceFile.Loss] = []
  /// Losses beyond the listed ones.
  private(set) var furtherLosses = 0
  /// Bytes up to the end of the last whole line.
  private(set) var wholeBytes = 0
  private(set) var tornBytes = 0

  /// The questions whose events are used; nil for all.
  private let wanted: Set<Question.ID>?

  init(
    _ url: URL, limits: TraceFile.Limits, keeping: Reader.Keeping, finals: [Question.ID: Int]?,
    tensors: (any TensorSource)?, salvages: Bool = false, wanted: Set<Question.ID>? = nil
  ) throws(TraceLogError) {
    lines = try LineReader(url, limit: limits.lineBytes)
    self.keeping = keeping
    self.finals = finals
    self.salvages = salvages
    self.tensors = tensors
    self.wanted = wanted
  }

  /// The state of each question that has not ended, at the end of the file.
  var standings: [Question.ID: TraceLog.Standing] {
    building.mapValues { .init(nextIndex: $0.trace.nextIndex, state: $0.trace.state) }
  }

  /// The events of the file, in order.
  enum Event {
    /// A question began: its earlier events are void.
    case begun(Trace)
    case step(Step, of: Question.ID)
    /// No further events of this question follow.
    case trace(Trace)
  }

  /// The next trace: ended traces first, then the others.
  mutating func next() throws -> Trace? {
    while let event = try nextEvent() {
      if case .trace(let trace) = event { return trace }
    }
    return nil
  }

  mutating func nextEvent() throws -> Event? {
    while !isThrough, let line = try lines.next() {
      do {
        let event = try take(line)
        wholeBytes = lines.offset
        if let event { return event }
      } catch let error as TraceLogError {
        throw error
      } catch {
        let reason = Self.reason(error)
        guard salvages else { throw TraceLogError.malformed(lines.file, line: lines.count, reason: reason) }
        lose(line.count, because: reason)
      }
    }
    if !isThrough {
      isThrough = true
      tornBytes = lines.torn.count
      if tornBytes > 0 {
        if lines.count == 0 { try checkTornHeader() }
        losses.append(.init(line: lines.count + 1, bytes: tornBytes, reason: "the last line is not whole"))
      }
      if finals == nil { return nil }
    }
    while !order.isEmpty {
      if let left = building.removeValue(forKey: order.removeFirst()) { return .trace(left.trace) }
    }
    return nil
  }

  private mutating func lose(_ bytes: Int, because reason: String) {
    if losses.count < 100 {
      losses.append(.init(line: lines.count, bytes: bytes, reason: reason))
    } else {
      furtherLosses += 1
    }
  }

  private mutating func take(_ line: Data) throws -> Event? {
    if lines.count == 1 { try checkHeader(line) }
    if let wanted, try TraceEvent.kind(of: line, decoder) != .file {
      guard wanted.contains(try TraceEvent.id(of: line, decoder)) else { return nil }
    }
    switch try TraceEvent(line: line, decoder) {
    case .file: return nil
    case .begin(let record):
      var trace = Trace(of: try record.asked(), rollout: try (record.rollout ?? 0).checked("rollout"))
      trace.reading = record.reading
      if building.updateValue(Building(trace: trace), forKey: record.id) == nil { order.append(record.id) }
      return .begun(trace)
    case .resume(let record):
      try change(record.id) { building throws in
        building.trace.tally = try record.tally.checked()
        building.trace.end = .reading
        building.trace.answer = nil
      }
      return nil
    case .step(let record):
      let (keeping, tensors) = (keeping, tensors)
      let step = try change(record.id) { building throws in
        let step = try record.step(of: building.trace, tensors: tensors)
        guard building.trace.steps.isEmpty || step.chunk.index == building.trace.nextIndex else {
          throw RecordFlaw("chunk \(step.chunk.index) follows chunk \(building.trace.nextIndex - 1)")
        }
        building.trace.append(step, keeping: keeping)
        building.trace.end = .reading
        return step
      }
      return .step(step, of: record.id)
    case .end(let record):
      let tensors = tensors
      try change(record.id) { building throws in
        building.trace.end = record.way
        building.trace.answer = try record.answer(of: building.trace, tensors: tensors)
        building.trace.tally = try record.tally.checked()
      }
      return ended(record.id).map { .trace($0) }
    }
  }

  /// The trace, if no further end of the question follows.
  private mutating func ended(_ id: Question.ID) -> Trace? {
    guard let trace = building[id]?.trace else { return nil }
    if finals == nil {
      // For a writer: ended questions need not be held.
      switch trace.end {
      case .finished, .exited: building[id] = nil
      case .failed, .reading: break
      }
      return trace
    }
    guard let left = finals?[id] else { return nil }
    finals?[id] = left - 1
    guard left == 1 else { return nil }
    building[id] = nil
    return trace
  }

  private mutating func change<Result>(
    _ id: Question.ID, _ body: (inout Building) throws -> Result
  ) throws -> Result {
    guard var one = building.removeValue(forKey: id) else {
      throw RecordFlaw("question \(id) was not taken up")
    }
    defer { building[id] = one }
    if let flaw = one.flaw { throw RecordFlaw("it follows what was lost: \(flaw)") }
    do {
      return try body(&one)
    } catch {
      one.flaw = Self.reason(error)
      throw error
    }
  }

  private func checkHeader(_ line: Data) throws {
    guard case .file(let record)? = try? TraceEvent(line: line, decoder), record.format == "palimpsest-trace",
      (1...2).contains(record.version)
    else {
      throw TraceLogError.foreign(lines.file, found: String(decoding: line.prefix(80), as: UTF8.self))
    }
  }

  /// A file that does not begin like a trace log belongs to another program, and is left alone.
  private func checkTornHeader() throws {
    let header = try TraceEvent.file(.init()).line(TraceEvent.makeEncoder())
    guard header.starts(with: lines.torn) else {
      throw TraceLogError.foreign(lines.file, found: String(decoding: lines.torn.prefix(80), as: UTF8.self))
    }
  }

  private static func reason(_ error: any Error) -> String {
    switch error {
    case let error as DecodingError:
      switch error {
      case .dataCorrupted(let context) where context.codingPath.isEmpty && context.underlyingError != nil:
        return "it is no JSON"
      case .dataCorrupted(let context), .keyNotFound(_, let context), .typeMismatch(_, let context),
        .valueNotFound(_, let context):
        let place = context.codingPath.map(\.stringValue).joined(separator: ".")
        // What our own decoders say is a sentence; of a wrong type the expected one is named.
        let isSentence = if case .dataCorrupted = error { true } else { false }
        let words = Expected.words(for: error)
        if isSentence { return (place.isEmpty ? "" : "\(place): ") + words }
        return "\(place.isEmpty ? "it" : place) must be \(words)"
      @unknown default: return "it cannot be read"
      }
    default: return "\(error)"
    }
  }
}
