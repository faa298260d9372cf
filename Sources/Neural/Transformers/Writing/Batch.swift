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
///
/// A request that recalls rows has passes of its own, which stop while its row source is asked. A request whose
/// interjector was asked waits for the answer. `takeNeeds` gives the questions and `deliver` takes the answers; the
/// other requests continue meanwhile. An error of a memory ends its own request only.
public struct Batch<Model: Backbone>: GenerationBatch {
  /// The model that all requests share.
  public let model: Model
  /// Sequences that generate at the same time.
  public let width: Int
  /// Positions of prompts that one step reads.
  public let piece: Int
  /// Finished sequences whose rows are kept for later prompts.
  public let kept: Int
  /// What was done since the batch was made.
  public private(set) var counts = BatchCounts()

  private var cache: Model.Cache
  private var waiting: [Waiting] = []
  private var active: [Active] = []
  private var past: [Known] = []
  private var nextTicket = 0
  private var flights: [Flight] = []
  private var needs: [BatchNeed] = []
  private var failures: [(ticket: BatchTicket, error: any Error)] = []
  private var nextNumber = 0
  private var version: String?

  /// A request that waits for a place.
  private struct Waiting: Sendable {
    var ticket: BatchTicket
    var request: GenerationRequest
    /// Of its prompt; nil where others cannot share it.
    var tokens: [Int]?
  }

  /// A pass that may wait for rows.
  private struct Flight: Sendable {
    var number: Int
    var pass: Model.Pass
    var members: [BatchTicket]
    var isWaiting = false
  }

  /// - Precondition: there is a place, and a piece has a position.
  public init(_ model: Model, width: Int = 8, piece: Int = 512, kept: Int = 2) {
    precondition(width > 0 && piece > 0 && kept >= 0, "a batch of \(width) places, pieces of \(piece)")
    self.model = model
    self.width = width
    self.piece = piece
    self.kept = kept
    cache = model.makeCache()
  }

  /// Whether nothing is left to do.
  public var isEmpty: Bool { active.isEmpty && waiting.isEmpty }

  /// Positions of prompts that are still to be read.
  public var waitingPositions: Int {
    waiting.reduce(0) { $0 + $1.request.prompt.count }
      + active.reduce(0) { $0 + ($1.isWriting ? 0 : $1.pendingCount) }
  }

  /// Bytes of the rows that are held.
  public var bytes: Int { cache.bytes }

  /// Adds a request; requests begin in the order in which they are added.
  public mutating func add(_ request: GenerationRequest) -> BatchTicket {
    nextTicket += 1
    var request = request
    if !request.prompt.injections.rows.isEmpty, request.prompt.injections.version == nil {
      if let adapter = request.prompt.adapter {
        request.prompt.injections.version = model.version(with: adapter)
      } else {
        version = version ?? model.version(with: nil)
        request.prompt.injections.version = version
      }
    }
    let tokens = request.prompt.injections.isEmpty ? request.prompt.tokens : nil
    waiting.append(Waiting(ticket: nextTicket, request: request, tokens: tokens))
    return nextTicket
  }

  /// Cancels a request.
  public mutating func cancel(_ ticket: BatchTicket) {
    waiting.removeAll { $0.ticket == ticket }
    guard let index = active.firstIndex(where: { $0.ticket == ticket }) else { return }
    // A pass under way still uses its rows.
    if active[index].isInFlight { active[index].isCancelled = true } else { leave(index) }
  }

  /// Generates one token for each active sequence, and reads a piece of a prompt.
  ///
  /// - Returns: the finished requests.
  public mutating func step() -> [(ticket: BatchTicket, continuation: Continuation)] {
    admit()
    let ready = active.indices.filter { isReady($0) }
    let passes = passes()
    write(from: ready.compactMap { active[$0].ready }, of: ready)
    for turns in passes {
      if active[turns[0].index].recalls { launch(turns) } else { advance(turns) }
    }
    for number in flights.filter({ !$0.isWaiting }).map(\.number) { fly(number) }
    let done = active.indices.filter { isDone($0) }
    var results: [(ticket: BatchTicket, continuation: Continuation)] = []
    for index in done where !active[index].isCancelled {
      if let error = active[index].failure {
        failures.append((active[index].ticket, error))
      } else {
        results.append((active[index].ticket, active[index].continuation))
      }
    }
    for index in done.reversed() { leave(index) }
    return results
  }

  private typealias Turn = (index: Int, count: Int)

  /// Whether its first token can be chosen from what another read.
  private func isReady(_ index: Int) -> Bool {
    !active[index].isWriting && !active[index].isAwaiting && active[index].end != nil
  }

  /// Whether nothing can be done for it now.
  private func isBusy(_ index: Int) -> Bool { active[index].isInFlight || active[index].isAwaiting }

  /// Whether it can leave. A pass under way still uses its rows.
  private func isDone(_ index: Int) -> Bool { active[index].isEnded && !active[index].isInFlight }

  /// Whether its prompt is still being read, and others can take it over then.
  private func isRising(_ index: Int) -> Bool {
    !active[index].isWriting && active[index].end == nil && active[index].pendingCount > 0 && active[index].read != nil
      && active[index].prompt != nil
  }

  /// Whether the passes of a request are what they would be without the others.
  private var isExact: Bool { width <= StoredMatrix.fewest }

  /// The turns of one step: every sequence that generates, and prompts while the piece has room.
  private func passes() -> [[Turn]] {
    var room = piece
    var (writing, others, recalling): ([Turn], [Turn], [Turn]) = ([], [], [])
    for index in active.indices where !isReady(index) && !isBusy(index) && !isDone(index) {
      // Through its index: a copy would count up the references of all its lists.
      let count = active[index].pendingCount
      guard !active[index].isWriting else {
        // An insertion makes a pass longer.
        if count > 1 {
          others.append((index, count))
        } else if active[index].recalls {
          recalling.append((index, count))
        } else {
          writing.append((index, count))
        }
        continue
      }
      let most = isExact ? piece - cache.count(of: active[index].sequence) % piece : room
      let taken = min(count, most)
      guard taken > 0, room > 0 else { continue }
      room -= taken
      others.append((index, taken))
    }
    // After waits for interjectors more sequences than places may be active.
    func cut(_ turns: [Turn]) -> [[Turn]] {
      turns.count <= width
        ? [turns] : stride(from: 0, to: turns.count, by: width).map { Array(turns[$0..<min($0 + width, turns.count)]) }
    }
    let passes =
      isExact
      ? cut(writing) + cut(recalling) + others.map { [$0] }
      : [writing + others.filter { !active[$0.index].recalls }, recalling]
        + others.filter { active[$0.index].recalls }.map { [$0] }
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
    let sequences = turns.map { active[$0.index].sequence }
    counts.passed += turns.reduce(0) { $0 + $1.count }
    // An interjector sees the states of all positions. A reply's bits must not depend on another's having one.
    let isWhole = isExact || turns.contains { active[$0.index].hasInterjector }
    let states =
      isWhole
      ? model.states(of: passages, continuing: sequences, in: &cache)
      : model.lastStates(of: passages, continuing: sequences, in: &cache)
    land(states, turns.map { $0.index })
  }

  /// Begins a pass that may wait for rows.
  private mutating func launch(_ turns: [Turn]) {
    counts.read += turns.reduce(0) { $0 + (active[$1.index].isWriting ? 0 : $1.count) }
    let passages = turns.map { active[$0.index].take($0.count) }
    let sequences = turns.map { active[$0.index].sequence }
    nextNumber += 1
    flights.append(
      Flight(
        number: nextNumber, pass: model.pass(over: passages, continuing: sequences, in: &cache, taps: []),
        members: turns.map { active[$0.index].ticket }))
    for turn in turns { active[turn.index].isInFlight = true }
  }

  /// Continues a pass up to its next question or to its end.
  private mutating func fly(_ number: Int) {
    guard let place = flights.firstIndex(where: { $0.number == number }) else { return }
    let start = ContinuousClock.now
    flights[place].pass.advance(in: &cache)
    counts.writeSeconds += (ContinuousClock.now - start) / .seconds(1)
    guard let states = flights[place].pass.states else {
      flights[place].isWaiting = true
      needs.append(
        BatchNeed(
          tickets: flights[place].members, number: number, question: .rows(flights[place].pass.asked)))
      return
    }
    let flight = flights.remove(at: place)
    // A member leaves only when its pass is at its end, so all members are active.
    let members = flight.members.compactMap { ticket in active.firstIndex { $0.ticket == ticket } }
    for (index, error) in flight.pass.failures { active[members[index]].failure = error }
    for index in members { active[index].isInFlight = false }
    counts.passed += states.hidden.shape[0]
    land(states, members)
  }

  /// After a pass: marks places where others can fork, and generates a token of each sequence that has read everything.
  private mutating func land(_ states: States, _ members: [Int]) {
    var writing: [Int] = []
    for (place, index) in members.enumerated() where !isDone(index) {
      if active[index].hasInterjector, active[index].isWriting || active[index].isBegun {
        active[index].hidden.append(states.hidden.rows(states.spans[place]).detached)
      }
      let isRead = active[index].pendingCount == 0
      let sequence = active[index].sequence
      if !active[index].isWriting, isRead || cache.count(of: sequence) % piece == 0 { cache.mark(sequence) }
      if isRead { writing.append(place) }
    }
    guard !writing.isEmpty else { return }
    let rows = writing.map { states.spans[$0].upperBound - 1 }
    write(model.logits(of: states, rows: rows), of: writing.map { members[$0] }) { states.hidden.row(rows[$0]) }
  }

  /// The first tokens of requests whose whole prompts were read for other requests.
  private mutating func write(from hidden: [Tensor], of indices: [Int]) {
    guard !indices.isEmpty else { return }
    let rows = Tensor.concatenated(hidden.map { $0.reshaped(1, $0.count) })
    write(model.logits(after: rows), of: indices) { hidden[$0] }
  }

  /// - Parameter hidden: the state from which a row of logits was made. Only the first token of a reply and
  ///   interjectors need it.
  private mutating func write(_ logits: Tensor, of indices: [Int], after hidden: (Int) -> Tensor) {
    // A request whose interjector wants to be asked before the first token waits for it.
    let asking = indices.filter {
      active[$0].hasInterjector && !active[$0].isWriting && !active[$0].isBegun && active[$0].wantsInterjection
    }
    guard asking.isEmpty else {
      let rest = indices.indices.filter { !asking.contains(indices[$0]) }
      for (row, index) in indices.enumerated() where asking.contains(index) {
        active[index].isBegun = true
        let end = hidden(row)
        active[index].end = end
        active[index].hidden = [end.reshaped(1, end.count)]
        ask(index)
      }
      guard !rest.isEmpty else { return }
      return write(logits.gathered(rest), of: rest.map { indices[$0] }) { hidden(rest[$0]) }
    }
    let chosen = choose(from: logits, for: indices)
    let likelihoods = logits.logLikelihoods(of: chosen.map { $0.token }).scalars
    counts.written += chosen.count
    for (row, index) in indices.enumerated() {
      if active[index].hasInterjector, active[index].hidden.isEmpty {
        let end = hidden(row)
        active[index].hidden = [end.reshaped(1, end.count)]
      }
      if !active[index].isWriting { active[index].end = hidden(row) }
      let (token, logProbability) = chosen[row]
      active[index].write(token, likelihoods[row], drawnBy: logProbability)
      if active[index].hasInterjector, active[index].wantsInterjection { ask(index) }
    }
  }

  /// Asks an interjector; its request waits for the answer.
  private mutating func ask(_ index: Int) {
    guard let interjector = active[index].request.interjector else { return }
    active[index].isAwaiting = true
    nextNumber += 1
    let moment = active[index].moment(read: cache.count(of: active[index].sequence))
    needs.append(
      BatchNeed(tickets: [active[index].ticket], number: nextNumber, question: .moment(interjector, moment)))
  }

  /// The requests that failed since the last call.
  public mutating func takeFailures() -> [(ticket: BatchTicket, error: any Error)] {
    defer { failures = [] }
    return failures
  }

  /// The questions to memories since the last call.
  public mutating func takeNeeds() -> [BatchNeed] {
    defer { needs = [] }
    return needs
  }

  /// Takes the answer to a question; a request that was cancelled ignores it.
  public mutating func deliver(_ answer: BatchNeed.Answer, to need: BatchNeed) {
    switch answer {
    case .rows(let rows):
      guard let place = flights.firstIndex(where: { $0.number == need.number }) else { return }
      flights[place].pass.answer(rows)
      flights[place].isWaiting = false
    case .vectors(let answer):
      guard let index = active.firstIndex(where: { $0.ticket == need.tickets.first }), active[index].isAwaiting else {
        return
      }
      active[index].interject(answer, read: cache.count(of: active[index].sequence), width: model.width)
    }
  }

  /// Whether every request waits for a memory.
  public var isBlocked: Bool {
    !active.isEmpty && active.indices.allSatisfy { isBusy($0) && !isDone($0) }
      && flights.allSatisfy(\.isWaiting) && (waiting.isEmpty || busy >= width)
  }

  /// Places that are taken. A request that waits for its interjector takes none, because the interjector may itself
  /// ask for a reply of this batch.
  private var busy: Int { active.indices.count { !active[$0].isAwaiting } }

  /// The next token of each sequence, by its own rule and random numbers.
  private mutating func choose(
    from logits: Tensor, for indices: [Int]
  ) -> [(token: Int, logProbability: Float)] {
    let choices = indices.map { active[$0].request.choice }
    var random = indices.map { active[$0].request.random }
    var chosen = [(token: Int, logProbability: Float)](repeating: (0, 0), count: indices.count)
    random.withUnsafeMutableBufferPointer { random in
      chosen.withUnsafeMutableBufferPointer { chosen in
        if choices.allSatisfy({ $0.isPlain }) { return TokenChoice.draw(from: logits, using: random, into: chosen) }
        // Rows are apart from each other: no two bodies touch the same request or place.
        nonisolated(unsafe) let (random, chosen) = (random, chosen)
        let few = max(1, (1 << 14) / max(1, logits.shape[1]))
        parallel(indices.count, grain: few) { rows in
          for row in rows {
            chosen[row] = choices[row].draw(from: logits.row(row), using: &random[row])
          }
        }
      }
    }
    for (row, index) in indices.enumerated() { active[index].request.random = random[row] }
    return chosen
  }

  /// Fills free places. A request whose prompt is being read for another request waits for it.
  private mutating func admit() {
    guard !waiting.isEmpty else { return }
    let before = waiting.count
    var left: [Waiting] = []
    for (index, one) in waiting.enumerated() {
      guard busy < width else {
        left += waiting[index...]
        break
      }
      if let tokens = one.tokens {
        if isWorthWaiting(for: tokens, one.request.prompt.adapter) {
          left.append(one)
        } else {
          begin(one, tokens)
        }
      } else {
        active.append(Active(ticket: one.ticket, request: one.request, sequence: cache.begin(), shared: 0))
      }
    }
    waiting = left
    // Room for all that is likely to come, at once: a cache that grows copies what it holds.
    if waiting.count < before {
      cache.reserve(
        active.indices.reduce(0) { $0 + active[$1].expected + 16 }, of: min(width, active.count + waiting.count) + kept)
    }
  }

  /// Whether more of a prompt can be taken over once another sequence has read its own.
  private func isWorthWaiting(for tokens: [Int], _ adapter: Adapter?) -> Bool {
    for index in active.indices where isRising(index) {
      guard let rising = active[index].prompt, active[index].request.prompt.adapter.isSame(as: adapter) else {
        continue
      }
      let common = commonPrefix(rising, tokens)
      guard isEnough(common, of: tokens.count) else { continue }
      let count = active[index].read?.count ?? 0
      let sequence = active[index].sequence
      let now = reusable(min(common, count), of: tokens.count, from: sequence, rising.count, isRead: false)
      if reusable(common, of: tokens.count, from: sequence, rising.count, isRead: true, isComing: true) > now {
        return true
      }
    }
    return false
  }

  /// Begins a sequence that reuses the part of its prompt that others have read.
  private mutating func begin(_ one: Waiting, _ tokens: [Int]) {
    let adapter = one.request.prompt.adapter
    var best: (shared: Int, sequence: SequenceID, end: Tensor?)?
    func consider(_ read: [Int], _ prompt: Int, _ sequence: SequenceID, _ end: Tensor?, _ theirs: Adapter?) {
      let common = commonPrefix(read, tokens)
      // Rows of another adapter are rows of another model.
      guard isEnough(common, of: tokens.count), theirs.isSame(as: adapter) else { return }
      let shared = reusable(common, of: tokens.count, from: sequence, prompt, isRead: end != nil)
      if shared > best?.shared ?? 0 { best = (shared, sequence, end) }
    }
    for known in past { consider(known.tokens, known.prompt, known.sequence, known.end, known.adapter) }
    for index in active.indices {
      guard let read = active[index].read, let prompt = active[index].prompt else { continue }
      consider(
        read, prompt.count, active[index].sequence, active[index].end, active[index].request.prompt.adapter)
    }
    guard let best else {
      active.append(Active(ticket: one.ticket, request: one.request, sequence: cache.begin(), shared: 0))
      return
    }
    counts.shared += best.shared
    let sequence = cache.fork(best.sequence, count: best.shared)
    active.append(Active(ticket: one.ticket, request: one.request, sequence: sequence, shared: best.shared))
    if best.shared == tokens.count { active[active.count - 1].end = best.end }
  }

  /// Whether two prompts have enough in common for one to take something over: positions that are worth a fork, or a
  /// whole prompt.
  private func isEnough(_ common: Int, of count: Int) -> Bool { common == count || common >= (isExact ? 1 : 16) }

  /// The part of a prompt that can be taken over from another sequence.
  ///
  /// - Parameters:
  ///   - common: positions that the prompt and what the other has read have in common.
  ///   - count: positions of the prompt.
  ///   - theirs: positions of the other's prompt.
  ///   - isRead: whether all of the other's prompt is read.
  ///   - isComing: whether what is still to be read counts too: it can be forked once it is read.
  private func reusable(
    _ common: Int, of count: Int, from sequence: SequenceID, _ theirs: Int, isRead: Bool, isComing: Bool = false
  ) -> Int {
    if common == count, theirs == count, isRead {
      if isComing || cache.forkable(sequence, upTo: count) == count { return count }
    }
    // The last position is always read again, because its scores are needed.
    let most = min(common, count - 1)
    guard isExact else {
      let found = isComing ? most : cache.forkable(sequence, upTo: most)
      return found >= 16 ? found : 0
    }
    // Whole pieces only, where the model's cache can be forked.
    var whole = min(most, theirs) / piece * piece
    while whole > 0 {
      let found = isComing ? whole : cache.forkable(sequence, upTo: whole)
      if found >= whole { break }
      whole = min(whole - 1, found) / piece * piece
    }
    return whole
  }

  /// Frees a place. Its rows stay for a while if other requests can reuse them.
  private mutating func leave(_ index: Int) {
    let one = active.remove(at: index)
    if kept > 0, let read = one.read, let prompt = one.prompt {
      past.append(
        Known(
          sequence: one.sequence, tokens: read, prompt: prompt.count, end: one.end, adapter: one.request.prompt.adapter)
      )
      if past.count > kept { cache.remove(past.removeFirst().sequence) }
    } else {
      cache.remove(one.sequence)
    }
  }
}
