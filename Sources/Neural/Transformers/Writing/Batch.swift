import Palimpsest
import Tensors

/// Continuations written side by side: orders come in at any time, and a place that becomes free is
/// taken by the next.
///
///     var batch = Batch(decoder, width: 8)
///     let tickets = orders.map { batch.add($0) }
///     while !batch.isEmpty { for (ticket, continuation) in batch.step() { … } }
///
/// Each step is one forward pass: a token of every sequence that writes, and a piece of a prompt. An order
/// whose prompt begins like one that was read takes that part over: rollouts of one prompt pay for it once.
///
/// - Important: what an order is given depends on its own random numbers alone, but the last bits of its
///   scores on how many rows its passes had: a product of 8 rows adds up in another order than one of 1.
public struct Batch: Sendable {
  public typealias Ticket = Int

  public let decoder: Decoder
  /// Sequences that write at the same time.
  public let width: Int
  /// Positions of prompts that one step reads.
  public let piece: Int
  /// Sequences that are over and whose rows are kept for prompts to come.
  public let kept: Int
  /// Positions that were read, and tokens written, since the beginning.
  public private(set) var read = 0, written = 0

  private var cache: RowCache
  private var waiting: [(ticket: Ticket, order: Order)] = []
  private var active: [Active] = []
  private var past: [Past] = []
  private var nextTicket = 0

  /// - Precondition: there is a place, and a piece has a position.
  public init(_ decoder: Decoder, width: Int = 8, piece: Int = 512, kept: Int = 2) {
    precondition(width > 0 && piece > 0 && kept >= 0, "a batch of \(width) places, pieces of \(piece)")
    self.decoder = decoder
    self.width = width
    self.piece = piece
    self.kept = kept
    cache = RowCache(for: decoder.configuration)
  }

  /// Whether nothing is left to do.
  public var isEmpty: Bool { active.isEmpty && waiting.isEmpty }

  /// Bytes of the rows that are held.
  public var bytes: Int { cache.bytes }

  /// Takes an order; the first that come are the first that begin.
  public mutating func add(_ order: Order) -> Ticket {
    nextTicket += 1
    waiting.append((nextTicket, order))
    return nextTicket
  }

  /// Gives an order up.
  public mutating func cancel(_ ticket: Ticket) {
    waiting.removeAll { $0.ticket == ticket }
    if let index = active.firstIndex(where: { $0.ticket == ticket }) { leave(index) }
  }

  /// One forward pass, one token more for each sequence that writes.
  ///
  /// - Returns: the orders that are done.
  public mutating func step() -> [(ticket: Ticket, continuation: Continuation)] {
    admit()
    let turns = turns()
    guard !turns.isEmpty else { return [] }
    let passages = turns.map { active[$0.index].take($0.count) }
    let states = decoder.states(of: passages, continuing: turns.map { active[$0.index].sequence }, in: &cache)
    read += states.hidden.shape[0]

    let writing = turns.indices.filter { active[turns[$0].index].pending.isEmpty }
    guard !writing.isEmpty else { return [] }
    let rows = writing.map { states.lastRows[$0] }
    let logits = decoder.logits(of: states, rows: rows)
    let chosen = choose(from: logits, for: writing.map { turns[$0].index })
    let likelihoods = logits.logLikelihoods(of: chosen).scalars
    written += chosen.count
    for (row, place) in writing.enumerated() {
      active[turns[place].index].write(chosen[row], likelihoods[row], after: states.hidden.row(rows[row]))
    }
    let done = active.indices.filter { active[$0].finish != nil }
    let results = done.map { (ticket: active[$0].ticket, continuation: active[$0].continuation) }
    for index in done.reversed() { leave(index) }
    return results
  }

  /// The next token of each sequence, by its own rule and random numbers.
  private mutating func choose(from logits: Tensor, for indices: [Int]) -> [Int] {
    var orders = indices.map { active[$0].order }
    var chosen = [Int](repeating: 0, count: indices.count)
    orders.withUnsafeMutableBufferPointer { orders in
      chosen.withUnsafeMutableBufferPointer { chosen in
        // Rows are apart from each other: no two bodies touch the same order or place.
        nonisolated(unsafe) let (orders, chosen) = (orders, chosen)
        let few = max(1, (1 << 14) / max(1, logits.shape[1]))
        parallel(indices.count, grain: few) { rows in
          for row in rows {
            chosen[row] = orders[row].choice.token(from: logits.row(row), using: &orders[row].random)
          }
        }
      }
    }
    for (row, index) in indices.enumerated() { active[index].order.random = orders[row].random }
    return chosen
  }

  /// Who goes how far: everyone that writes, and prompts as long as there is room in the piece.
  private func turns() -> [(index: Int, count: Int)] {
    var room = piece
    return active.indices.compactMap { index in
      let count = active[index].pending.reduce(0) { $0 + $1.count }
      if active[index].isWriting { return (index, count) }
      let taken = min(count, room)
      room -= taken
      return taken > 0 ? (index, taken) : nil
    }
  }

  /// Fills free places. An order whose prompt another is just reading waits for it.
  private mutating func admit() {
    let before = waiting.count
    var index = 0
    while active.count < width, index < waiting.count {
      let (ticket, order) = waiting[index]
      if let tokens = order.prompt.tokens, order.prompt.entries.isEmpty {
        if active.contains(where: { $0.isAhead(of: tokens, with: order.prompt.adapter) }) {
          index += 1
          continue
        }
        active.append(begin(ticket, order, tokens: tokens))
      } else {
        active.append(Active(ticket: ticket, order: order, sequence: cache.begin(), shared: 0))
      }
      waiting.remove(at: index)
    }
    // Room for all that is likely to come, at once: a cache that grows copies what it holds.
    if waiting.count < before { cache.reserve(active.reduce(0) { $0 + $1.expected + RowCache.pageSize }) }
  }

  /// A sequence that takes over what others have read of its prompt.
  private mutating func begin(_ ticket: Ticket, _ order: Order, tokens: [Int]) -> Active {
    // Rows of another adapter are rows of another model.
    let known =
      past.filter { $0.adapter.isSame(as: order.prompt.adapter) }.map { ($0.sequence, $0.tokens) }
      + active.filter { $0.order.prompt.adapter.isSame(as: order.prompt.adapter) }
      .compactMap { one in one.read.map { (one.sequence, $0) } }
    // The last position is read anew: its scores are wanted.
    let most = tokens.count - 1
    let best = known.map { ($0.0, commonPrefix($0.1, tokens, most: most)) }.max { $0.1 < $1.1 }
    guard let (sequence, shared) = best, shared >= RowCache.pageSize else {
      return Active(ticket: ticket, order: order, sequence: cache.begin(), shared: 0)
    }
    return Active(ticket: ticket, order: order, sequence: cache.fork(sequence, count: shared), shared: shared)
  }

  /// Frees a place. What was read stays for a while, if it can serve others.
  private mutating func leave(_ index: Int) {
    let one = active.remove(at: index)
    if kept > 0, let tokens = one.read {
      past.append(Past(sequence: one.sequence, tokens: tokens, adapter: one.order.prompt.adapter))
      if past.count > kept { cache.remove(past.removeFirst().sequence) }
    } else {
      cache.remove(one.sequence)
    }
  }
}

/// A sequence that is over, and the tokens of its rows.
private struct Past: Sendable {
  var sequence: RowCache.Sequence
  var tokens: [Int]
  var adapter: Adapter?
}

/// A sequence that is read or written.
private struct Active: Sendable {
  let ticket: Batch.Ticket
  var order: Order
  let sequence: RowCache.Sequence
  let shared: Int
  /// What is to be read before the next token can be chosen.
  var pending: [Passage.Part]
  /// The tokens of its rows; nil where something other than tokens entered.
  var read: [Int]?
  var isWriting = false
  var tokens: [Int] = []
  var logProbabilities: [Float] = []
  var finish: Continuation.Finish?

  init(ticket: Batch.Ticket, order: Order, sequence: RowCache.Sequence, shared: Int) {
    self.ticket = ticket
    self.order = order
    self.sequence = sequence
    self.shared = shared
    let tokens = order.prompt.tokens
    pending = tokens.map { [.tokens(Array($0[shared...]))] } ?? order.prompt.parts
    read = order.prompt.entries.isEmpty ? tokens.map { Array($0[..<shared]) } : nil
  }

  var continuation: Continuation {
    Continuation(tokens: tokens, logProbabilities: logProbabilities, finish: finish ?? .limit, shared: shared)
  }

  /// Positions to come, as far as they are likely.
  var expected: Int { pending.reduce(0) { $0 + $1.count } + min(256, order.limit - tokens.count) }

  /// Whether it is about to read what a prompt begins with, so that the prompt had better wait.
  func isAhead(of prompt: [Int], with adapter: Adapter?) -> Bool {
    guard !isWriting, order.prompt.adapter.isSame(as: adapter), let read, case .tokens(let rest)? = pending.first else {
      return false
    }
    let common = commonPrefix(read + rest, prompt, most: prompt.count - 1)
    return common >= RowCache.pageSize && common > read.count
  }

  /// The next positions to read.
  mutating func take(_ count: Int) -> Passage {
    var parts: [Passage.Part] = []
    var left = count
    while left > 0, !pending.isEmpty {
      let part = pending.removeFirst()
      if part.count <= left {
        parts.append(part)
        left -= part.count
        continue
      }
      switch part {
      case .tokens(let tokens):
        parts.append(.tokens(Array(tokens[..<left])))
        pending.insert(.tokens(Array(tokens[left...])), at: 0)
      case .vectors(let vectors):
        parts.append(.vectors(vectors.rows(0..<left)))
        pending.insert(.vectors(vectors.rows(left..<vectors.shape[0])), at: 0)
      }
      left = 0
    }
    for part in parts {
      if case .tokens(let tokens) = part { read? += tokens } else { read = nil }
    }
    return Passage(parts, entries: order.prompt.entries, adapter: order.prompt.adapter)
  }

  mutating func write(_ token: Int, _ logProbability: Float, after hidden: Tensor) {
    isWriting = true
    tokens.append(token)
    logProbabilities.append(logProbability)
    if order.ends.contains(token) {
      finish = .end
    } else if order.isStopped?(tokens) ?? false {
      finish = .stop
    } else if tokens.count >= order.limit {
      finish = .limit
    }
    pending = [.tokens([token])]
    if let vectors = order.interjector?.interject(after: hidden) { pending.append(.vectors(vectors)) }
  }
}

private func commonPrefix(_ a: [Int], _ b: [Int], most: Int) -> Int {
  var count = 0
  while count < min(a.count, b.count, most), a[count] == b[count] { count += 1 }
  return count
}

extension Decoder {
  /// Continuations of orders, in their order.
  ///
  /// - Parameter width: how many are written side by side.
  public func continuations(of orders: [Order], width: Int = 8) -> [Continuation] {
    var batch = Batch(self, width: width)
    let tickets = orders.map { batch.add($0) }
    var done: [Batch.Ticket: Continuation] = [:]
    while !batch.isEmpty { for (ticket, continuation) in batch.step() { done[ticket] = continuation } }
    return tickets.compactMap { done[$0] }
  }
}
