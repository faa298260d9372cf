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
/// through `replies(to:)`, which numbers them as they are listed.
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

  /// Calls the policy, and records the exchange.
  ///
  /// - Throws: `ReaderError.unserved` where the prompt has parts the policy does not take in; what
  ///   `Policy.reply` throws.
  public func reply(to prompt: Prompt, sampling: Sampling) async throws -> Reply {
    try await exchange(prompt, sampling: sampling, as: ledger.number())
  }

  /// Calls the policy with several prompts side by side, numbered in their order.
  ///
  /// - Returns: a reply for each, in their order.
  public func replies(to prompts: [Prompt], sampling: Sampling) async throws -> [Reply] {
    let numbered = prompts.map { (ledger.number(), $0) }
    return try await withThrowingTaskGroup { group in
      for (index, (id, prompt)) in numbered.enumerated() {
        group.addTask { (index, try await exchange(prompt, sampling: sampling, as: id)) }
      }
      var replies: [Int: Reply] = [:]
      for try await (index, reply) in group { replies[index] = reply }
      return prompts.indices.compactMap { replies[$0] }
    }
  }

  private func exchange(_ prompt: Prompt, sampling: Sampling, as id: CallID) async throws -> Reply {
    try policy.serves.check(prompt.needs, of: policy.name)
    var prompt = prompt
    prompt.policyState = ledger.state(of: half)?.own
    let reply = try await policy.reply(to: prompt, sampling: sampling, call: id)
    ledger.record(Exchange(call: id, prompt: prompt, reply: reply), of: half)
    return reply
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
  private struct Book {
    var next: CallID
    var exchanges: [Exchange] = []
    var state: PolicyState?
  }

  private let book: Mutex<Book>

  init(_ id: CallID, _ state: PolicyState?) { book = Mutex(Book(next: id, state: state)) }

  var next: CallID { book.withLock(\.next) }

  func number() -> CallID {
    book.withLock { book in
      defer { book.next.call += 1 }
      return book.next
    }
  }

  func record(_ exchange: Exchange, of half: [StackedHalf]) {
    book.withLock { book in
      // Calls made side by side end in any order.
      let place = book.exchanges.lastIndex { $0.call.call < exchange.call.call }.map { $0 + 1 } ?? 0
      book.exchanges.insert(exchange, at: place)
      if let state = exchange.reply.policyState { book.state = state.placed(at: half[...], in: book.state) }
    }
  }

  var exchanges: [Exchange] { book.withLock(\.exchanges) }

  func state(of half: [StackedHalf]) -> PolicyState? {
    book.withLock { book in half.reduce(book.state) { $0?.half($1) } }
  }
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
