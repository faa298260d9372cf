import Tensors

/// Recurrent states of sequences: what a state-space model keeps of what it has read.
///
/// A state cannot be taken back, so a sequence can be forked where it stands and where it was marked; of each
/// sequence the last `marks` marked states are kept.
public struct StateCache: SequenceCache {
  private struct Entry: Sendable {
    var state: [Tensor]
    var count = 0
    var marks: [(count: Int, state: [Tensor])] = []
  }

  /// Marked states of a sequence that are kept at most.
  public let marks: Int
  private let empty: [Tensor]
  private var entries: [SequenceID: Entry] = [:]
  private var nextNumber = 0

  /// - Parameter state: of a sequence that has read nothing, as many tensors as the model likes.
  public init(empty state: [Tensor], marks: Int = 8) {
    empty = state
    self.marks = marks
  }

  /// Bytes of all states, marked ones included.
  public var bytes: Int {
    entries.values.reduce(0) { sum, entry in
      sum + (entry.marks.map(\.state) + [entry.state]).reduce(0) { $0 + $1.reduce(0) { $0 + $1.bytes } }
    }
  }

  private func entry(_ sequence: SequenceID) -> Entry {
    guard let entry = entries[sequence] else { preconditionFailure("a sequence that was removed from its cache") }
    return entry
  }

  /// A new sequence that has read nothing.
  public mutating func begin() -> SequenceID {
    nextNumber += 1
    entries[SequenceID(nextNumber)] = Entry(state: empty)
    return SequenceID(nextNumber)
  }

  /// Positions a sequence has read.
  public func count(of sequence: SequenceID) -> Int { entry(sequence).count }

  /// The state behind the last position a sequence has read.
  public func state(of sequence: SequenceID) -> [Tensor] { entry(sequence).state }

  /// Sets the state behind so many positions more.
  public mutating func advance(_ sequence: SequenceID, by count: Int, to state: [Tensor]) {
    var entry = entry(sequence)
    entry.state = state
    entry.count += count
    entries[sequence] = entry
  }

  /// Keeps the present state, so that the sequence can be forked here later.
  public mutating func mark(_ sequence: SequenceID) {
    var entry = entry(sequence)
    guard entry.count > 0, entry.marks.last?.count != entry.count else { return }
    entry.marks.append((entry.count, entry.state))
    if entry.marks.count > marks { entry.marks.removeFirst() }
    entries[sequence] = entry
  }

  /// The present position or the last marked one, at most `count`.
  public func forkable(_ sequence: SequenceID, upTo count: Int) -> Int {
    let entry = entry(sequence)
    if entry.count <= count { return entry.count }
    return entry.marks.last { $0.count <= count }?.count ?? 0
  }

  /// A new sequence with the state at a position that `forkable` gave.
  public mutating func fork(_ sequence: SequenceID, count: Int) -> SequenceID {
    let entry = entry(sequence)
    let fork = begin()
    guard count > 0 else { return fork }
    if count == entry.count {
      entries[fork] = Entry(state: entry.state, count: count)
    } else if let mark = entry.marks.first(where: { $0.count == count }) {
      entries[fork] = Entry(state: mark.state, count: count)
    } else {
      preconditionFailure("a fork at \(count), where no state of the sequence was kept")
    }
    return fork
  }

  /// Forgets a sequence with its states.
  public mutating func remove(_ sequence: SequenceID) { entries[sequence] = nil }
  /// States take no room by position.
  public mutating func reserve(_ positions: Int, of sequences: Int) {}
}
