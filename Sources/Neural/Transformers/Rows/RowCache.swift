import Tensors

/// Keys and values of the positions that sequences have read, so that they are not computed again.
///
/// Rows of all sequences lie in one buffer per layer, in blocks of 16 positions. Forked sequences share
/// their common blocks; a shared block is copied when one of them writes into it. Keys are kept rotated to
/// their positions: position p of a sequence is its p-th row. Rows of 16 bits are rounded when they are written, and
/// every pass reads them from the cache, its own included: a reply does not depend on how its prompt was cut.
public struct RowCache: SequenceCache {
  /// A sequence of the cache, until it is removed.
  public typealias Sequence = SequenceID

  private struct Rows: Sendable {
    var blocks: [Int] = []
    var count = 0
  }

  static let blockSize = 16

  /// Per layer, [capacity, keyHeads, headWidth].
  private(set) var keys, values: [RowBuffer]
  private var users: [Int] = []
  /// Unused blocks, the lowest last, so that sequences lie in long runs.
  private var free: [Int] = []
  private var sequences: [SequenceID: Rows] = [:]
  private var nextNumber = 0

  /// An empty cache; memory is taken as sequences grow.
  ///
  /// - Parameter format: how rows are written.
  public init(for configuration: DecoderConfiguration, format: RowFormat = .float32) {
    func empty(_ layer: Int) -> RowBuffer {
      RowBuffer(count: 0, heads: configuration.keyHeads, width: configuration.headWidth, format: format)
    }
    keys = (0..<configuration.layers).map(empty)
    values = (0..<configuration.layers).map(empty)
  }

  /// Positions there is room for without growing.
  public var capacity: Int { users.count * Self.blockSize }

  /// Bytes of all buffers.
  public var bytes: Int { (keys + values).reduce(0) { $0 + $1.bytes } }

  /// A new sequence that has read nothing.
  public mutating func begin() -> SequenceID {
    nextNumber += 1
    let sequence = SequenceID(nextNumber)
    sequences[sequence] = Rows()
    return sequence
  }

  /// A new sequence that has read the first positions of another; nothing is copied.
  ///
  /// - Precondition: the other has read that many.
  public mutating func fork(_ sequence: SequenceID, count: Int) -> SequenceID {
    let from = rows(of: sequence)
    precondition((0...from.count).contains(count), "a fork at \(count) of \(from.count) positions")
    let fork = begin()
    let blocks = Array(from.blocks.prefix((count + Self.blockSize - 1) / Self.blockSize))
    for block in blocks { users[block] += 1 }
    sequences[fork] = Rows(blocks: blocks, count: count)
    return fork
  }

  /// A new sequence that has read what another has; nothing is copied.
  public mutating func fork(_ sequence: SequenceID) -> SequenceID { fork(sequence, count: count(of: sequence)) }

  /// Rows can be forked anywhere.
  public func forkable(_ sequence: SequenceID, upTo count: Int) -> Int { min(count, self.count(of: sequence)) }

  /// Nothing has to be kept for it.
  public mutating func mark(_ sequence: SequenceID) {}

  /// Forgets a sequence; blocks that only it used become free.
  public mutating func remove(_ sequence: SequenceID) {
    release(rows(of: sequence).blocks)
    sequences[sequence] = nil
  }

  /// Forgets what a sequence read from a position on.
  public mutating func rewind(_ sequence: SequenceID, to count: Int) {
    var rows = rows(of: sequence)
    precondition((0...rows.count).contains(count), "back to \(count) of \(rows.count) positions")
    let kept = (count + Self.blockSize - 1) / Self.blockSize
    release(Array(rows.blocks[kept...]))
    rows.blocks.removeSubrange(kept...)
    rows.count = count
    sequences[sequence] = rows
  }

  /// Positions a sequence has read.
  public func count(of sequence: SequenceID) -> Int { rows(of: sequence).count }

  /// Makes room for that many more positions, so that the buffers grow once.
  public mutating func reserve(_ positions: Int, of sequences: Int = 0) {
    let blocks = (positions + Self.blockSize - 1) / Self.blockSize
    if free.count < blocks { grow(by: max(blocks - free.count, users.count / 4)) }
  }

  private func rows(of sequence: SequenceID) -> Rows {
    guard let rows = sequences[sequence] else { preconditionFailure("a sequence that was removed from its cache") }
    return rows
  }

  private mutating func release(_ blocks: [Int]) {
    var isFreed = false
    for block in blocks {
      users[block] -= 1
      if users[block] == 0 {
        free.append(block)
        isFreed = true
      }
    }
    if isFreed { free.sort(by: >) }
  }
}

// What a forward pass does with it.
extension RowCache {
  /// Takes rows for positions behind a sequence's last.
  ///
  /// - Returns: the rows, in the order of positions.
  mutating func append(_ count: Int, to sequence: SequenceID) -> [Int] {
    var rows = rows(of: sequence)
    // Out of the table while it changes.
    if rows.count % Self.blockSize != 0, count > 0, let last = rows.blocks.last, users[last] > 1 {
      rows.blocks[rows.blocks.count - 1] = copied(last)
    }
    let needed = (rows.count + count + Self.blockSize - 1) / Self.blockSize
    while rows.blocks.count < needed { rows.blocks.append(takeBlock()) }
    let taken = (rows.count..<(rows.count + count)).map {
      rows.blocks[$0 / Self.blockSize] * Self.blockSize + $0 % Self.blockSize
    }
    rows.count += count
    sequences[sequence] = rows
    return taken
  }

  /// The rows of a sequence, run after run.
  func runs(of sequence: SequenceID) -> [Range<Int>] {
    let rows = rows(of: sequence)
    var runs: [Range<Int>] = []
    var left = rows.count
    for block in rows.blocks {
      let start = block * Self.blockSize
      let end = start + min(left, Self.blockSize)
      if let last = runs.last, last.upperBound == start {
        runs[runs.count - 1] = last.lowerBound..<end
      } else {
        runs.append(start..<end)
      }
      left -= end - start
    }
    return runs
  }

  mutating func write(_ newKeys: Tensor, _ newValues: Tensor, to rows: [Int], layer: Int) {
    keys[layer].write(newKeys, to: rows)
    values[layer].write(newValues, to: rows)
  }

  private mutating func takeBlock() -> Int {
    if free.isEmpty { grow(by: max(4, users.count / 4)) }
    let block = free.removeLast()
    users[block] = 1
    return block
  }

  private mutating func copied(_ block: Int) -> Int {
    let copy = takeBlock()
    users[block] -= 1
    let rows = block * Self.blockSize..<(block + 1) * Self.blockSize
    for layer in keys.indices {
      keys[layer].copy(rows, to: copy * Self.blockSize)
      values[layer].copy(rows, to: copy * Self.blockSize)
    }
    return copy
  }

  private mutating func grow(by blocks: Int) {
    let new = capacity + blocks * Self.blockSize
    for layer in keys.indices {
      keys[layer].grow(to: new)
      values[layer].grow(to: new)
      // The old buffers are of sizes that nothing asks for again: the pool would keep every generation of them.
      BufferPool.empty()
    }
    free = (users.count..<(users.count + blocks)).reversed() + free
    users += [Int](repeating: 0, count: blocks)
  }
}
