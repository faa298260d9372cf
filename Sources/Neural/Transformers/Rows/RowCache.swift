import Tensors

/// Keys and values of what sequences have read, so that they are not computed again.
///
/// Rows of all sequences lie in one buffer a layer, in pages of 16 positions. Sequences that began as one
/// share the pages they have in common; a shared page is copied when one of them writes into it. Keys are
/// kept rotated to their positions: position p of a sequence is its p-th row.
public struct RowCache: Sendable {
  /// A sequence of the cache, until it is removed.
  public struct Sequence: Sendable, Hashable { fileprivate let number: Int }

  private struct Rows: Sendable {
    var pages: [Int] = []
    var count = 0
  }

  static let pageSize = 16

  /// Per layer, [capacity, keyHeads, headWidth].
  private(set) var keys, values: [Tensor]
  private var users: [Int] = []
  /// Pages that nobody uses, the lowest last, so that sequences lie in long runs.
  private var free: [Int] = []
  private var sequences: [Sequence: Rows] = [:]
  private var nextNumber = 0

  /// An empty cache; memory is taken as sequences grow.
  public init(for configuration: DecoderConfiguration) {
    let empty = Tensor(zeros: [0, configuration.keyHeads, configuration.headWidth])
    keys = [Tensor](repeating: empty, count: configuration.layers)
    values = keys
  }

  /// Positions there is room for without growing.
  public var capacity: Int { users.count * Self.pageSize }

  /// Bytes of all buffers.
  public var bytes: Int { (keys + values).reduce(0) { $0 + $1.bytes } }

  /// A new sequence that has read nothing.
  public mutating func begin() -> Sequence {
    nextNumber += 1
    let sequence = Sequence(number: nextNumber)
    sequences[sequence] = Rows()
    return sequence
  }

  /// A new sequence that has read the first positions of another; nothing is copied.
  ///
  /// - Precondition: the other has read that many.
  public mutating func fork(_ sequence: Sequence, count: Int? = nil) -> Sequence {
    let from = rows(of: sequence)
    let count = count ?? from.count
    precondition((0...from.count).contains(count), "a fork at \(count) of \(from.count) positions")
    let fork = begin()
    let pages = Array(from.pages.prefix((count + Self.pageSize - 1) / Self.pageSize))
    for page in pages { users[page] += 1 }
    sequences[fork] = Rows(pages: pages, count: count)
    return fork
  }

  /// Forgets a sequence; what only it used is free.
  public mutating func remove(_ sequence: Sequence) {
    release(rows(of: sequence).pages)
    sequences[sequence] = nil
  }

  /// Forgets what a sequence read from a position on.
  public mutating func rewind(_ sequence: Sequence, to count: Int) {
    var rows = rows(of: sequence)
    precondition((0...rows.count).contains(count), "back to \(count) of \(rows.count) positions")
    let kept = (count + Self.pageSize - 1) / Self.pageSize
    release(Array(rows.pages[kept...]))
    rows.pages.removeSubrange(kept...)
    rows.count = count
    sequences[sequence] = rows
  }

  /// Positions a sequence has read.
  public func count(of sequence: Sequence) -> Int { rows(of: sequence).count }

  /// Makes room for so many positions more, so that the buffers grow once.
  public mutating func reserve(_ positions: Int) {
    let pages = (positions + Self.pageSize - 1) / Self.pageSize
    if free.count < pages { grow(by: max(pages - free.count, users.count / 2)) }
  }

  private func rows(of sequence: Sequence) -> Rows {
    guard let rows = sequences[sequence] else { preconditionFailure("a sequence that was removed from its cache") }
    return rows
  }

  private mutating func release(_ pages: [Int]) {
    var isFreed = false
    for page in pages {
      users[page] -= 1
      if users[page] == 0 {
        free.append(page)
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
  mutating func append(_ count: Int, to sequence: Sequence) -> [Int] {
    var rows = rows(of: sequence)
    // Out of the table while it changes.
    if rows.count % Self.pageSize != 0, count > 0, let last = rows.pages.last, users[last] > 1 {
      rows.pages[rows.pages.count - 1] = copied(last)
    }
    let needed = (rows.count + count + Self.pageSize - 1) / Self.pageSize
    while rows.pages.count < needed { rows.pages.append(takePage()) }
    let taken = (rows.count..<(rows.count + count)).map {
      rows.pages[$0 / Self.pageSize] * Self.pageSize + $0 % Self.pageSize
    }
    rows.count += count
    sequences[sequence] = rows
    return taken
  }

  /// The rows of a sequence, run after run.
  func runs(of sequence: Sequence) -> [Range<Int>] {
    let rows = rows(of: sequence)
    var runs: [Range<Int>] = []
    var left = rows.count
    for page in rows.pages {
      let start = page * Self.pageSize
      let end = start + min(left, Self.pageSize)
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
    Self.write(newKeys, to: rows, in: &keys[layer])
    Self.write(newValues, to: rows, in: &values[layer])
  }

  private static func write(_ new: Tensor, to rows: [Int], in buffer: inout Tensor) {
    let width = buffer.shape[1] * buffer.shape[2]
    buffer.withMutableScalars { to in
      new.withScalars { from in
        guard let to = to.baseAddress, let from = from.baseAddress else { return }
        for (index, row) in rows.enumerated() { (to + row * width).update(from: from + index * width, count: width) }
      }
    }
  }

  private mutating func takePage() -> Int {
    if free.isEmpty { grow(by: max(4, users.count / 2)) }
    let page = free.removeLast()
    users[page] = 1
    return page
  }

  private mutating func copied(_ page: Int) -> Int {
    let copy = takePage()
    users[page] -= 1
    for layer in keys.indices {
      for (from, to) in zip(
        page * Self.pageSize..<(page + 1) * Self.pageSize, copy * Self.pageSize..<(copy + 1) * Self.pageSize)
      {
        Self.copy(from, to, in: &keys[layer])
        Self.copy(from, to, in: &values[layer])
      }
    }
    return copy
  }

  private static func copy(_ row: Int, _ other: Int, in buffer: inout Tensor) {
    let width = buffer.shape[1] * buffer.shape[2]
    buffer.withMutableScalars { scalars in
      guard let base = scalars.baseAddress else { return }
      (base + other * width).update(from: base + row * width, count: width)
    }
  }

  private mutating func grow(by pages: Int) {
    let (old, new) = (capacity, capacity + pages * Self.pageSize)
    func grown(_ buffer: Tensor) -> Tensor {
      let width = buffer.shape[1] * buffer.shape[2]
      return Tensor(shape: [new] + buffer.shape.dropFirst()) { to in
        buffer.withScalars { from in
          if let from = from.baseAddress { to.update(from: from, count: old * width) }
        }
        (to + old * width).update(repeating: 0, count: (new - old) * width)
      }
    }
    for layer in keys.indices {
      keys[layer] = grown(keys[layer])
      values[layer] = grown(values[layer])
    }
    free = (users.count..<(users.count + pages)).reversed() + free
    users += [Int](repeating: 0, count: pages)
  }
}
