import Palimpsest
import Tensors

/// Continuations generated side by side: requests can be added at any time, and the next request
/// takes a place that becomes free.
///
///     var batch = Batch(decoder, width: 8)
///     let tickets = requests.map { batch.add($0) }
///     while !batch.isEmpty { for (ticket, continuation) in batch.step() { … } }
///
/// Each step generates a token of every active sequence, and reads a piece of a prompt. A request whose
/// prompt begins like an earlier prompt reuses that part: rollouts of one prompt pay for it once.
///
/// Up to a width of 16, the result of a request depends on that request alone, bit for bit, whatever runs
/// beside it and whatever was read before. Prompts are therefore read in passes of their own, in pieces
/// that end at the same places for every prompt, and only whole pieces (or a whole prompt) are reused.
///
/// - Important: a wider batch puts everything into one pass, which is faster for small models. The last
///   bits of scores then depend on the number of rows of a pass, since a product of many rows sums in
///   another order than one of few.
public struct Batch: Sendable {
  /// Names a request of one batch; tickets rise by one and are never used again.
  public typealias Ticket = Int

  /// The model that all requests share.
  public let decoder: Decoder
  /// Sequences that generate at the same time.
  public let width: Int
  /// Positions of prompts that one step reads.
  public let piece: Int
  /// Finished sequences whose rows are kept for later prompts.
  public let kept: Int
  /// Counts since the batch was made.
  public struct Counts: Sendable, Hashable {
    /// Positions that went through a pass: prompts, and tokens that were written before.
    public var passed = 0
    /// Positions of prompts among them.
    public var read = 0
    /// Positions of prompts that were reused instead.
    public var shared = 0
    /// Tokens.
    public var written = 0
    /// Seconds of passes with a piece of a prompt in them, and of those without.
    public var readSeconds = 0.0, writeSeconds = 0.0

    /// Nothing done yet.
    public init() {}
  }

  /// What was done since the batch was made.
  public private(set) var counts = Counts()

  private var cache: RowCache
  private var waiting: [(ticket: Ticket, request: GenerationRequest)] = []
  private var active: [Active] = []
  private var past: [Known] = []
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

  /// Positions of prompts that are still to be read.
  public var waitingPositions: Int {
    waiting.reduce(0) { $0 + $1.request.prompt.count }
      + active.reduce(0) { $0 + ($1.isWriting ? 0 : $1.pending.reduce(0) { $0 + $1.count }) }
  }

  /// Bytes of the rows that are held.
  public var bytes: Int { cache.bytes }

  /// Adds a request; requests begin in the order in which they are added.
  public mutating func add(_ request: GenerationRequest) -> Ticket {
    nextTicket += 1
    waiting.append((nextTicket, request))
    return nextTicket
  }

  /// Cancels a request.
  public mutating func cancel(_ ticket: Ticket) {
    waiting.removeAll { $0.ticket == ticket }
    if let index = active.firstIndex(where: { $0.ticket == ticket }) { leave(index) }
  }

  /// Generates one token for each active sequence, and reads a piece of a prompt.
  ///
  /// - Returns: the finished requests.
  public mutating func step() -> [(ticket: Ticket, continuation: Continuation)] {
    admit()
    let ready = active.indices.filter { active[$0].ready != nil }
    let passes = passes()
    write(from: ready.compactMap { active[$0].ready }, of: ready)
    for turns in passes { advance(turns) }
    let done = active.indices.filter { active[$0].finish != nil }
    let results = done.map { (ticket: active[$0].ticket, continuation: active[$0].continuation) }
    for index in done.reversed() { leave(index) }
    return results
  }

  private typealias Turn = (index: Int, count: Int)

  /// Whether the passes of a request are what they would be without the others.
  private var isExact: Bool { width <= StoredMatrix.fewest }

  /// The turns of one step: every sequence that generates, and prompts while the piece has room.
  private func passes() -> [[Turn]] {
    var room = piece
    var (writing, others): ([Turn], [Turn]) = ([], [])
    for index in active.indices where active[index].ready == nil {
      let one = active[index]
      let count = one.pending.reduce(0) { $0 + $1.count }
      guard !one.isWriting else {
        // What was interjected makes a pass longer.
        if count == 1 { writing.append((index, count)) } else { others.append((index, count)) }
        continue
      }
      let most = isExact ? piece - cache.count(of: one.sequence) % piece : room
      let taken = min(count, most)
      guard taken > 0, room > 0 else { continue }
      room -= taken
      others.append((index, taken))
    }
    let passes = isExact ? [writing] + others.map { [$0] } : [writing + others]
    return passes.filter { !$0.isEmpty }
  }

  /// One forward pass.
  private mutating func advance(_ turns: [Turn]) {
    let start = ContinuousClock.now
    let read = turns.reduce(0) { $0 + (active[$1.index].isWriting ? 0 : $1.count) }
    defer {
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      if read > 0 { counts.readSeconds += seconds } else { counts.writeSeconds += seconds }
    }
    counts.read += read
    let passages = turns.map { active[$0.index].take($0.count) }
    let states = decoder.states(of: passages, continuing: turns.map { active[$0.index].sequence }, in: &cache)
    counts.passed += states.hidden.shape[0]
    let writing = turns.indices.filter { active[turns[$0].index].pending.isEmpty }
    guard !writing.isEmpty else { return }
    let rows = writing.map { states.lastRows[$0] }
    write(
      decoder.logits(of: states, rows: rows), after: rows.map { states.hidden.row($0) },
      of: writing.map { turns[$0].index })
  }

  /// The first tokens of requests whose whole prompts were read for other requests.
  private mutating func write(from hidden: [Tensor], of indices: [Int]) {
    guard !indices.isEmpty else { return }
    let rows = Tensor.concatenated(hidden.map { $0.reshaped(1, $0.count) })
    write(decoder.logits(after: rows), after: hidden, of: indices)
  }

  private mutating func write(_ logits: Tensor, after hidden: [Tensor], of indices: [Int]) {
    let chosen = choose(from: logits, for: indices)
    let likelihoods = logits.logLikelihoods(of: chosen).scalars
    counts.written += chosen.count
    for (row, index) in indices.enumerated() {
      active[index].write(chosen[row], likelihoods[row], after: hidden[row])
    }
  }

  /// The next token of each sequence, by its own rule and random numbers.
  private mutating func choose(from logits: Tensor, for indices: [Int]) -> [Int] {
    var requests = indices.map { active[$0].request }
    var chosen = [Int](repeating: 0, count: indices.count)
    requests.withUnsafeMutableBufferPointer { requests in
      chosen.withUnsafeMutableBufferPointer { chosen in
        // Rows are apart from each other: no two bodies touch the same request or place.
        nonisolated(unsafe) let (requests, chosen) = (requests, chosen)
        let few = max(1, (1 << 14) / max(1, logits.shape[1]))
        parallel(indices.count, grain: few) { rows in
          for row in rows {
            chosen[row] = requests[row].choice.token(from: logits.row(row), using: &requests[row].random)
          }
        }
      }
    }
    for (row, index) in indices.enumerated() { active[index].request.random = requests[row].random }
    return chosen
  }

  /// Fills free places. A request whose prompt is being read for another request waits for it.
  private mutating func admit() {
    let before = waiting.count
    var index = 0
    while active.count < width, index < waiting.count {
      let (ticket, request) = waiting[index]
      if request.prompt.tokens != nil, request.prompt.injections.isEmpty {
        let isWorthWaiting = active.contains { one in
          one.rising.map { shared(by: $0, with: request) > shared(by: one.known, with: request) } ?? false
        }
        if isWorthWaiting {
          index += 1
          continue
        }
        active.append(begin(ticket, request))
      } else {
        active.append(Active(ticket: ticket, request: request, sequence: cache.begin(), shared: 0))
      }
      waiting.remove(at: index)
    }
    // Room for all that is likely to come, at once: a cache that grows copies what it holds.
    if waiting.count < before { cache.reserve(active.reduce(0) { $0 + $1.expected + RowCache.blockSize }) }
  }

  /// A sequence that reuses the part of its prompt that others have read.
  private mutating func begin(_ ticket: Ticket, _ request: GenerationRequest) -> Active {
    let known = past + active.compactMap(\.known)
    let best = known.map { (known: $0, shared: shared(by: $0, with: request)) }.max { $0.shared < $1.shared }
    guard let (known, shared) = best, shared > 0 else {
      return Active(ticket: ticket, request: request, sequence: cache.begin(), shared: 0)
    }
    counts.shared += shared
    var one = Active(
      ticket: ticket, request: request, sequence: cache.fork(known.sequence, count: shared), shared: shared)
    if shared == request.prompt.count { one.end = known.end }
    return one
  }

  /// The part of a prompt that another sequence has read.
  private func shared(by known: Known?, with request: GenerationRequest) -> Int {
    // Rows of another adapter are rows of another model.
    guard let known, let prompt = request.prompt.tokens, known.adapter.isSame(as: request.prompt.adapter) else {
      return 0
    }
    let common = commonPrefix(known.tokens, prompt)
    if common == prompt.count, known.prompt == prompt.count, known.end != nil { return prompt.count }
    // The last position is always read again, because its scores are needed.
    let most = min(common, prompt.count - 1)
    guard isExact else { return most >= RowCache.blockSize ? most : 0 }
    return min(most, known.prompt) / piece * piece
  }

  /// Frees a place. Its rows stay for a while if other requests can reuse them.
  private mutating func leave(_ index: Int) {
    let one = active.remove(at: index)
    if kept > 0, let known = one.known {
      past.append(known)
      if past.count > kept { cache.remove(past.removeFirst().sequence) }
    } else {
      cache.remove(one.sequence)
    }
  }
}
