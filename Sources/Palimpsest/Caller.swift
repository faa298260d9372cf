import Synchronization
import Tensors

/// Calls the policy for a memory, in one step of one reading.
///
/// The reading loop makes one for every chunk and one for the answer. It numbers every call, so that two
/// calls never share random numbers or a recording; it records every exchange, so that no memory can
/// forget to log or to count one; it hands the policy its own state back; and it refuses capabilities
/// that the policy does not serve before a token is spent.
///
///     let page = try await caller.reply(to: prompt, sampling: Sampling(maxTokens: 64)).text
///
/// Calls that are awaited one after another are numbered in that order. Calls made side by side go
/// through `replies(to:)`, which numbers them as they are listed. All of those see the policy state from
/// before the first of them; the state that remains is that of the call with the highest number.
public struct Caller: Sendable {
  private let policy: any Policy
  private let ledger: Ledger
  /// The path to the half of a stacked memory whose policy state is used.
  private let half: [StackedHalf]

  /// - Parameters:
  ///   - id: question, rollout, step and purpose; the caller counts the calls from `id.call` on.
  ///   - state: the state that the policy wants back.
  public init(_ policy: any Policy, as id: CallID = CallID(), policyState state: PolicyState? = nil) {
    self.policy = policy
    ledger = Ledger(id, state)
    half = []
  }

  private init(_ caller: Caller, half: StackedHalf) {
    policy = caller.policy
    ledger = caller.ledger
    self.half = caller.half + [half]
  }

  /// A caller of the same policy for one half of a stacked memory: both halves share the numbers of
  /// calls, and each has its own policy state.
  func half(_ half: StackedHalf) -> Caller { Caller(self, half: half) }

  /// Question, rollout, step and purpose of every call, and the number of the next one.
  public var id: CallID { ledger.next }
  /// The name of the policy.
  public var policyName: String { policy.name }
  /// The capabilities of the policy.
  public var serves: Set<Capability> { policy.serves }
  /// Tokens that prompt and reply may have together; nil sets no bound.
  public var contextLength: Int? { policy.contextLength }
  /// The version of the weights behind `forward`, for `Rows.version`; nil where the policy has no weights here.
  public var weightsVersion: String? { policy.weightsVersion }

  /// Calls the policy, and records the exchange.
  ///
  /// - Throws: `ReaderError.unserved` where the prompt has parts the policy does not take in; what
  ///   `Policy.reply` throws.
  public func reply(to prompt: Prompt, sampling: Sampling) async throws -> Reply {
    try await exchange(prompt, sampling: sampling).reply
  }

  /// The same, with the prompt and the number of the call.
  func exchange(_ prompt: Prompt, sampling: Sampling) async throws -> Exchange {
    try await exchange(prompt, sampling: sampling, on: ledger.number(of: half))
  }

  /// Calls the policy with several prompts side by side, numbered in their order.
  ///
  /// - Returns: a reply for each, in their order.
  public func replies(to prompts: [Prompt], sampling: Sampling) async throws -> [Reply] {
    let tickets = ledger.numbers(prompts.count, of: half)
    return try await withThrowingTaskGroup { group in
      for (index, (ticket, prompt)) in zip(tickets, prompts).enumerated() {
        group.addTask { (index, try await exchange(prompt, sampling: sampling, on: ticket).reply) }
      }
      var replies: [Int: Reply] = [:]
      for try await (index, reply) in group { replies[index] = reply }
      return prompts.indices.compactMap { replies[$0] }
    }
  }

  private func exchange(_ prompt: Prompt, sampling: Sampling, on ticket: Ledger.Ticket) async throws -> Exchange {
    try policy.serves.check(prompt.needs, of: policy.name)
    var prompt = prompt
    prompt.policyState = ticket.state?.own
    let reply = try await policy.reply(to: prompt, sampling: sampling, call: ticket.call)
    let exchange = Exchange(call: ticket.call, prompt: prompt, reply: reply)
    ledger.record(exchange, of: half)
    return exchange
  }

  /// The tapped tensors of the model for a prompt.
  ///
  /// - Returns: a tensor for each tap: `hidden` [count, width]; `keys` and `values`
  ///   [keyHeads, count, headWidth].
  /// - Throws: `ReaderError.unserved` where the policy does not serve a tap; what `Policy.forward`
  ///   throws.
  public func forward(_ prompt: Prompt, taps: Set<Tap>) async throws -> [Tap: Tensor] {
    try policy.serves.check(prompt.needs.union(taps.map { .tap($0.kind) }), of: policy.name)
    return try await policy.forward(prompt, taps: taps)
  }

  /// The log-probability of each token of a reply, behind a prompt.
  ///
  /// - Throws: `ReaderError.unserved` where the policy does not give scores; what `Policy.score` throws.
  public func score(_ tokens: [Int], after prompt: Prompt) async throws -> [Float] {
    try policy.serves.check(prompt.needs.union([.scores]), of: policy.name)
    return try await policy.score(tokens, after: prompt)
  }

  /// All exchanges so far, in the order of their numbers.
  public var exchanges: [Exchange] { ledger.exchanges }
  /// The state that the policy wants back by now.
  public var policyState: PolicyState? { ledger.state(of: []) }
}

/// The state that the calls of one step share.
private final class Ledger: Sendable {
  /// The number of a call, and the policy state it is made with. Both are fixed before the call begins, so
  /// that calls made side by side do not depend on which of them ends first.
  struct Ticket {
    var call: CallID
    var state: PolicyState?
  }

  private struct Book {
    var next: CallID
    var exchanges: [Exchange] = []
    var state: PolicyState?
    /// The number of the call that left the state of each half.
    var writers: [[StackedHalf]: Int] = [:]

    func state(of half: [StackedHalf]) -> PolicyState? { half.reduce(state) { $0?.half($1) } }
  }

  private let book: Mutex<Book>

  init(_ id: CallID, _ state: PolicyState?) { book = Mutex(Book(next: id, state: state)) }

  var next: CallID { book.withLock(\.next) }

  func number(of half: [StackedHalf]) -> Ticket { numbers(1, of: half)[0] }

  func numbers(_ count: Int, of half: [StackedHalf]) -> [Ticket] {
    book.withLock { book in
      (0..<count).map { _ in
        defer { book.next.call += 1 }
        return Ticket(call: book.next, state: book.state(of: half))
      }
    }
  }

  func record(_ exchange: Exchange, of half: [StackedHalf]) {
    book.withLock { book in
      let number = exchange.call.call
      // Calls made side by side end in any order.
      let place = book.exchanges.lastIndex { $0.call.call < number }.map { $0 + 1 } ?? 0
      book.exchanges.insert(exchange, at: place)
      if let state = exchange.reply.policyState, book.writers[half, default: -1] < number {
        book.writers[half] = number
        book.state = state.placed(at: half[...], in: book.state)
      }
    }
  }

  var exchanges: [Exchange] { book.withLock(\.exchanges) }

  func state(of half: [StackedHalf]) -> PolicyState? { book.withLock { $0.state(of: half) } }
}

extension PolicyState {
  /// The state of the whole with this one in the place of one half's.
  fileprivate func placed(at half: ArraySlice<StackedHalf>, in whole: PolicyState?) -> PolicyState? {
    guard let here = half.first else { return self }
    let parts = StackedHalf.allCases.map { other in
      other == here ? placed(at: half.dropFirst(), in: whole?.half(other)) : whole?.half(other)
    }
    return PolicyState(stacking: parts[0], parts[1])
  }
}
