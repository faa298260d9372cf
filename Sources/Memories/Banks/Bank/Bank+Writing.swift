import Palimpsest

/// What a write did.
public struct BankOutcome: Sendable, Hashable {
  /// What was done, evictions included.
  public var records: [BankRecord] = []
  /// What was not done, and why.
  public var refusals: [Refused] = []

  /// An operation that changed nothing.
  public struct Refused: Sendable, Hashable {
    public var operation: BankOperation
    public var reason: BankRefusal
  }

  /// Nothing was asked.
  public init() {}

  /// Both, one after the other.
  static func += (a: inout BankOutcome, b: BankOutcome) {
    a.records += b.records
    a.refusals += b.refusals
  }
}

extension Bank {
  /// Does operations, then keeps the budget. The one way to change a bank.
  ///
  /// Each operation is done or refused by itself. Behind them, entries whose time is over expire, and where a bound
  /// is exceeded entries leave: history first, then what the policy of forgetting names.
  ///
  /// - Parameters:
  ///   - cause: why, in a few words for the log; no text of an entry.
  ///   - forgetting: names who leaves.
  ///   - random: drawn from by a policy that samples.
  ///   - known: the length of the log that the writer knows; nil writes in any case.
  /// - Throws: `BankRefusal.stale` where another writer was faster; nothing is done then.
  @discardableResult
  public mutating func write(
    _ operations: [BankOperation], as viewer: BankViewer, at time: Double, because cause: String,
    forgetting: any Forgetting = OldestFirst(), random: inout SeededGenerator, knowing known: Int? = nil
  ) throws(BankRefusal) -> BankOutcome {
    if let known, known != log.count { throw .stale(expected: known, found: log.count) }
    var outcome = BankOutcome()
    let last = clock.isFinite ? clock : time
    for operation in operations {
      do throws(BankRefusal) {
        outcome.records.append(try perform(operation, as: viewer, at: time, because: cause))
      } catch {
        outcome.refusals.append(.init(operation: operation, reason: error))
      }
    }
    outcome += settle(
      from: last, to: time, forgetting: forgetting, sparing: Set(outcome.records.flatMap(\.made)), &random)
    return outcome
  }

  /// Applies an operation and writes its record.
  private mutating func perform(
    _ operation: BankOperation, as viewer: BankViewer, at time: Double, because cause: String
  ) throws(BankRefusal) -> BankRecord {
    let made = try apply(operation, as: viewer, at: time)
    var record = BankRecord(
      number: log.count, time: time, actor: viewer.name, cause: cause, operation: operation, made: made, digest: "",
      chain: "", isRedacted: false)
    record.digest = record.expectedDigest()
    record.chain = record.expectedChain(after: log.last?.chain ?? "")
    log.append(record)
    return record
  }

  /// Lets entries expire and leave until the budget's low mark is reached.
  private mutating func settle(
    from last: Double, to time: Double, forgetting: any Forgetting, sparing fresh: Set<MemoryEntry.ID>,
    _ random: inout SeededGenerator
  ) -> BankOutcome {
    var outcome = BankOutcome()
    guard time.isFinite, time >= clock else { return outcome }
    func does(_ operation: BankOperation, by actor: String, because cause: String, in bank: inout Bank) -> Bool {
      let viewer = BankViewer(actor, rights: [.delete])
      do throws(BankRefusal) {
        outcome.records.append(try bank.perform(operation, as: viewer, at: time, because: cause))
        return true
      } catch {
        return false
      }
    }
    for id in overdue(at: time) { _ = does(.expire(id), by: "clock", because: "its time is over", in: &self) }
    for operation in forgetting.fading(in: self, from: last, to: time, &random) {
      _ = does(operation, by: forgetting.name, because: "faded", in: &self)
    }
    for kind in EntryContent.Kind.allCases {
      guard let limit = budget.kinds[kind] else { continue }
      let mark = budget.mark(budget.high, of: limit)
      guard tokens(of: kind) > mark else { continue }
      let low = budget.mark(budget.low, of: limit)
      for id in victims(of: kind, at: time, by: forgetting, sparing: fresh, &random) where tokens(of: kind) > low {
        _ = does(.delete(id), by: "budget", because: "\(kind.rawValue) is full", in: &self)
      }
    }
    guard exceeds(share: budget.high) else { return outcome }
    for id in victims(of: nil, at: time, by: forgetting, sparing: fresh, &random) where exceeds(share: budget.low) {
      _ = does(.delete(id), by: "budget", because: "the bank is full", in: &self)
    }
    return outcome
  }

  private func exceeds(share: Double) -> Bool {
    tokens > budget.mark(share, of: budget.tokens) || entries.count > budget.mark(share, of: budget.entries)
  }

  private func overdue(at time: Double) -> [MemoryEntry.ID] {
    expiring.filter { id in
      guard let entry = entries[id], entry.state == .active, !entry.isFrozen, let end = entry.content.expiresAt else {
        return false
      }
      return end <= time
    }.sorted()
  }

  /// Everything that may leave, in the order in which it leaves: history by the time it retired, then the rest as the
  /// policy says, and what this very write made at the end.
  private func victims(
    of kind: EntryContent.Kind?, at time: Double, by forgetting: any Forgetting, sparing fresh: Set<MemoryEntry.ID>,
    _ random: inout SeededGenerator
  ) -> [MemoryEntry.ID] {
    let free = entries.values.filter { entry in
      !entry.isGuarded && (kind.map { entry.content.kind == $0 } ?? true)
    }
    let retired = free.filter { $0.state != .active }
      .sorted { ($0.retiredAt ?? 0, $0.id) < ($1.retiredAt ?? 0, $1.id) }
    let active = free.filter { $0.state == .active }.sorted { $0.id < $1.id }
    let order = forgetting.order(of: active, at: time, &random)
    return retired.map(\.id) + order.filter { !fresh.contains($0) } + order.filter(fresh.contains)
  }
}
