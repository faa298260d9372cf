import Palimpsest
import Tensors

/// Names a request of one batch; tickets rise by one and are never used again.
public typealias BatchTicket = Int

/// Requests that are written side by side, whatever model writes them: `Batch` is generic over the model, and this is
/// what a policy holds.
public protocol GenerationBatch: Sendable {
  /// What was done since the batch was made.
  var counts: BatchCounts { get }
  /// Whether nothing is left to do.
  var isEmpty: Bool { get }
  /// Whether nothing can be done until something is delivered.
  var isBlocked: Bool { get }
  /// Positions of prompts that are still to be read.
  var waitingPositions: Int { get }
  /// Bytes that are held of sequences.
  var bytes: Int { get }

  /// Takes a request; the first that come are the first that begin.
  mutating func add(_ request: GenerationRequest) -> BatchTicket
  /// Gives a request up.
  mutating func cancel(_ ticket: BatchTicket)
  /// One token more for each sequence that can write, and a piece of a prompt.
  ///
  /// - Returns: the requests that are done.
  mutating func step() -> [(ticket: BatchTicket, continuation: Continuation)]
  /// The requests that failed since the last call: their row source or interjector threw, or gave what cannot enter.
  mutating func takeFailures() -> [(ticket: BatchTicket, error: any Error)]
  /// What has to be asked of memories since the last call. Each is answered by `deliver`, in any order.
  mutating func takeNeeds() -> [BatchNeed]
  /// Answers a need. One whose request was given up meanwhile is ignored.
  mutating func deliver(_ answer: BatchNeed.Answer, to need: BatchNeed)
}

/// What a batch has to ask of a memory before it can continue a request.
public struct BatchNeed: Sendable {
  /// What was answered.
  public enum Answer: Sendable {
    case rows([Result<Rows?, any Error>])
    case vectors(Result<Tensor?, any Error>)
  }

  enum Question: Sendable {
    case rows([RowRequest])
    case moment(any Interjector, Moment)
  }

  /// The requests that wait for it.
  public let tickets: [BatchTicket]
  let number: Int
  let question: Question

  /// Asks, and waits without a thread.
  public func answer() async -> Answer {
    switch question {
    case .rows(let requests): return .rows(await requests.answers())
    case .moment(let interjector, let moment):
      do {
        return .vectors(.success(try await interjector.interject(at: moment)))
      } catch {
        return .vectors(.failure(error))
      }
    }
  }
}

/// What a batch has done.
public struct BatchCounts: Sendable, Hashable {
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
