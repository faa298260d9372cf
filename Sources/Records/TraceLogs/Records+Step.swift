import Foundation
import Palimpsest
import Tensors

/// One step of one question. Unchanged values are not written: the memory state is stored as its
/// difference from the one before, and each slot once in `slots`.
struct StepRecord: Codable {
  struct ChunkRecord: Codable {
    var index: Int
    var range: [Int]
    /// Where the next chunk begins, unless at the end of this one.
    var next: Int?
    /// Tokens behind the next chunk's begin that were counted already, where there are some.
    var ahead: Int?
    /// How the chunk ends; absent in files written before chunks said so, which is read as `cut`.
    var ending: Chunk.Ending?
    var time: Double?
    var speaker: String?
    /// Only in full detail.
    var text: String?
    var vectors: TensorRecord?
    /// Shape of vectors that were left out.
    var shape: [Int]?
  }

  struct EditRecord: Codable {
    var write: SlotReference?
    var erase: Int?
    var touch: Int?
    var because: String?
  }

  struct ChangeRecord: Codable {
    var added: SlotReference?
    var replaced: SlotReference?
    /// The slot that replaced another.
    var by: SlotReference?
    var erased: SlotReference?
    var evicted: SlotReference?
    var refused: SlotReference?
  }

  struct MemoryStateRecord: Codable {
    struct BudgetRecord: Codable {
      var tokens: Int
      /// Absent when there is no bound.
      var slots: Int?
      /// Absent when there is no bound.
      var bytes: Int?
      var eviction: Budget.Eviction
    }
    struct PutRecord: Codable {
      var at: Int
      var slot: SlotReference
    }
    /// Present when the memory state is described from nothing.
    var budget: BudgetRecord?
    var drop: [Int]?
    var put: [PutRecord]?
    var uses: [Int: Int]?
    var clock: Int?
    var fresh: Int?
    /// What the policy is handed back from here on, where that changed.
    var policyState: PolicyState?
    /// Present when it is handed nothing any more.
    var dropsPolicyState: Bool?
  }

  var id: String
  var chunk: ChunkRecord
  var decision: Decision
  var signals: Signals?
  var reason: String?
  var exchanges: [ExchangeRecord]?
  var slots: [SlotRecord]?
  var edits: [EditRecord]?
  var changes: [ChangeRecord]?
  /// Absent when the memory state stayed as it was.
  var state: MemoryStateRecord?
  /// What `state` is called in files written before the memory state had its present name; never written.
  var tablet: MemoryStateRecord?
  var seconds: Double
}

extension StepRecord {
  init(
    _ step: Step, of id: String, before: MemoryState?, settings: TraceLog.Settings,
    _ tensors: inout TensorRecorder
  ) {
    self.id = id
    chunk = ChunkRecord(step.chunk, detail: settings.detail, &tensors)
    decision = step.decision
    signals = step.draft.signals.isEmpty ? nil : step.draft.signals
    reason = step.draft.reason
    seconds = step.seconds
    var exchanges: [ExchangeRecord] = []
    for exchange in step.draft.exchanges {
      exchanges.append(ExchangeRecord(exchange, after: step.after, settings: settings, &tensors))
    }
    self.exchanges = exchanges.isEmpty ? nil : exchanges

    var table = SlotTable(besides: before)
    let edits = step.draft.edits.map { EditRecord($0, &table) }
    let changes = step.changes.map { ChangeRecord($0, &table) }
    let difference = step.after.difference(from: before)
    if !difference.isEmpty { state = MemoryStateRecord(difference, &table) }
    self.edits = edits.isEmpty ? nil : edits
    self.changes = changes.isEmpty ? nil : changes
    let replies = table.slots.isEmpty ? [] : step.draft.exchanges.map { Array($0.reply.text.utf8) }
    var slots: [SlotRecord] = []
    for slot in table.slots { slots.append(SlotRecord(slot, replies: replies, &tensors)) }
    self.slots = slots.isEmpty ? nil : slots
  }

  /// - Parameters:
  ///   - trace: the trace that the step belongs to, as far as it is read.
  ///   - tensors: where tensors are that the line only names.
  func step(of trace: Trace, tensors: (any TensorSource)?) throws -> Step {
    let before = trace.state
    let replies = (exchanges ?? []).map(\.reply.text)
    var slots: [Slot] = []
    for record in self.slots ?? [] { slots.append(try record.slot(replies: replies, tensors: tensors)) }
    func slot(_ reference: SlotReference) throws -> Slot {
      try SlotTable.slot(reference, in: slots, held: before)
    }

    let after: MemoryState
    if let state = state ?? tablet {
      after = try MemoryState.applying(state.difference(slot), to: before)
    } else if let before {
      after = before
    } else {
      throw RecordFlaw("the first step gives no state")
    }
    var draft = Draft(
      edits: try (edits ?? []).map { try $0.edit(slot) }, signals: signals ?? Signals(), reason: reason)
    draft.call = CallID(question: trace.question.id, rollout: trace.rollout, step: chunk.index, purpose: .draft)
    draft.exchanges = try (exchanges ?? []).map { try $0.exchange(as: draft.call, after: after, tensors: tensors) }
    return Step(
      chunk: try chunk.chunk(tensors: tensors), draft: draft, decision: decision,
      changes: try (changes ?? []).map { try $0.change(slot) }, after: after, seconds: seconds)
  }
}

extension StepRecord.ChunkRecord {
  init(_ chunk: Chunk, detail: TraceLog.Detail, _ tensors: inout TensorRecorder) {
    index = chunk.index
    range = [chunk.range.lowerBound, chunk.range.upperBound]
    next = chunk.next == chunk.range.upperBound ? nil : chunk.next
    ahead = chunk.ahead == 0 ? nil : chunk.ahead
    ending = chunk.ending
    time = chunk.time
    speaker = chunk.speaker
    switch chunk.content {
    case .text(let text): self.text = detail == .full ? text : nil
    case .vectors(let tensor):
      if detail == .full { vectors = tensors.record(tensor) } else { shape = tensor.shape }
    }
  }

  func chunk(tensors: (any TensorSource)?) throws -> Chunk {
    guard range.count == 2, 0 <= range[0], range[0] <= range[1] else {
      throw RecordFlaw("the chunk's range is \(range)")
    }
    let content: Chunk.Content =
      if let vectors {
        .vectors(try vectors.tensor(from: tensors))
      } else if shape != nil {
        .vectors(Tensor(zeros: [0]))
      } else {
        .text(text ?? "")
      }
    return Chunk(
      index: try index.checked("the chunk's index"), content: content,
      range: range[0]..<(try range[1].checked("the chunk's end")),
      next: try next?.checked("the next chunk's place"),
      ahead: try ahead?.checked("the tokens counted ahead") ?? 0, ending: ending ?? .cut, time: time,
      speaker: speaker)
  }
}

extension StepRecord.EditRecord {
  init(_ edit: Edit, _ table: inout SlotTable) {
    switch edit {
    case .write(let slot, let reason):
      write = table.reference(to: slot)
      because = reason
    case .erase(let id, let reason):
      erase = id
      because = reason
    case .touch(let id): touch = id
    }
  }

  func edit(_ slot: (SlotReference) throws -> Slot) throws -> Edit {
    if let write { return .write(try slot(write), because: because ?? "") }
    if let erase { return .erase(erase, because: because ?? "") }
    if let touch { return .touch(touch) }
    throw RecordFlaw("an edit does nothing")
  }
}

extension StepRecord.ChangeRecord {
  init(_ change: Change, _ table: inout SlotTable) {
    switch change {
    case .added(let slot): added = table.reference(to: slot)
    case .replaced(let old, let new):
      replaced = table.reference(to: old)
      by = table.reference(to: new)
    case .erased(let slot): erased = table.reference(to: slot)
    case .evicted(let slot): evicted = table.reference(to: slot)
    case .refused(let slot): refused = table.reference(to: slot)
    }
  }

  func change(_ slot: (SlotReference) throws -> Slot) throws -> Change {
    if let added { return .added(try slot(added)) }
    if let replaced, let by { return .replaced(old: try slot(replaced), new: try slot(by)) }
    if let erased { return .erased(try slot(erased)) }
    if let evicted { return .evicted(try slot(evicted)) }
    if let refused { return .refused(try slot(refused)) }
    throw RecordFlaw("a change changes nothing")
  }
}

extension StepRecord.MemoryStateRecord {
  init(_ difference: MemoryStateDifference, _ table: inout SlotTable) {
    budget = difference.budget.map {
      BudgetRecord(
        tokens: $0.tokens, slots: $0.slots == .max ? nil : $0.slots, bytes: $0.bytes == .max ? nil : $0.bytes,
        eviction: $0.eviction)
    }
    let put = difference.put.map { PutRecord(at: $0.position, slot: table.reference(to: $0.slot)) }
    self.put = put.isEmpty ? nil : put
    drop = difference.dropped.isEmpty ? nil : difference.dropped
    uses = difference.uses.isEmpty ? nil : difference.uses
    clock = difference.clock
    fresh = difference.freshID
    if let policyState = difference.policyState {
      self.policyState = policyState
      if policyState == nil { dropsPolicyState = true }
    }
  }

  func difference(_ slot: (SlotReference) throws -> Slot) throws -> MemoryStateDifference {
    var difference = MemoryStateDifference()
    if let budget {
      let bounds = [("tokens", budget.tokens), ("slots", budget.slots ?? 0), ("bytes", budget.bytes ?? 0)]
      if let (unit, bound) = bounds.first(where: { $0.1 < 0 }) { throw RecordFlaw("the budget is \(bound) \(unit)") }
      difference.budget = Budget(
        tokens: budget.tokens, slots: budget.slots ?? .max, bytes: budget.bytes ?? .max, eviction: budget.eviction)
    }
    difference.put = try (put ?? []).map { .init(position: $0.at, slot: try slot($0.slot)) }
    difference.dropped = drop ?? []
    difference.uses = uses ?? [:]
    difference.clock = clock
    difference.freshID = fresh
    if dropsPolicyState == true { difference.policyState = .some(nil) }
    if let policyState { difference.policyState = policyState }
    return difference
  }
}
