import Palimpsest
import Tensors

/// A sequence that is read or written.
///
/// What a batch asks of every sequence at every step is stored: a computed property would copy the sequence first.
struct Active: Sendable {
  let ticket: BatchTicket
  var request: GenerationRequest
  let sequence: SequenceID
  let shared: Int
  /// What is to be read before the next token can be chosen.
  private(set) var pending: [Passage.Part] {
    didSet { pendingCount = pending.reduce(0) { $0 + $1.count } }
  }
  /// Its positions.
  private(set) var pendingCount: Int
  /// Whether its passes may wait for rows.
  let recalls: Bool
  /// Whether it has an interjector.
  let hasInterjector: Bool
  /// The tokens of its prompt; nil where it has other things in it.
  let prompt: [Int]?
  /// The tokens of its rows; nil where something other than tokens entered.
  var read: [Int]?
  var isWriting = false
  /// The last hidden state of the prompt, once it is read.
  var end: Tensor?
  var tokens: [Int] = []
  var logProbabilities: [Float] = []
  var samplerLogProbabilities: [Float] = []
  var finish: Continuation.Finish? {
    didSet { isEnded = true }
  }
  /// Why it ended without a reply.
  var failure: (any Error)? {
    didSet { isEnded = true }
  }
  var isCancelled = false {
    didSet { isEnded = true }
  }
  /// Whether it has finished, failed or been cancelled. A pass under way may still use its rows.
  private(set) var isEnded = false
  /// Whether a pass is under way that may wait for rows.
  var isInFlight = false
  /// Whether the interjector was asked and has not answered.
  var isAwaiting = false
  /// Whether the interjector was asked before the first token.
  var isBegun = false
  /// For the interjector: the last state of the prompt, and the states of all positions read since.
  var hidden: [Tensor] = []
  var insertions: [Insertion] = []
  var vectors: [Tensor] = []

  init(ticket: BatchTicket, request: GenerationRequest, sequence: SequenceID, shared: Int) {
    self.ticket = ticket
    self.request = request
    self.sequence = sequence
    self.shared = shared
    let tokens = request.prompt.tokens
    prompt = tokens
    recalls = !request.prompt.injections.rows.isEmpty
    hasInterjector = request.interjector != nil
    pendingCount = request.prompt.count - (tokens == nil ? 0 : shared)
    pending = tokens.map { [.tokens(Array($0[shared...]))] } ?? request.prompt.parts
    read = request.prompt.injections.isEmpty ? tokens.map { Array($0[..<shared]) } : nil
  }

  var continuation: Continuation {
    Continuation(
      tokens: tokens, logProbabilities: logProbabilities, samplerLogProbabilities: samplerLogProbabilities,
      finish: finish ?? .limit, shared: shared, insertions: insertions, vectors: vectors)
  }

  /// What the first token is chosen from, where another has read the whole prompt.
  var ready: Tensor? { isWriting || isAwaiting ? nil : end }

  /// Positions to come, as far as they are likely.
  var expected: Int { pendingCount + min(256, request.limit - tokens.count) }

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
    return Passage(parts, injections: request.prompt.injections, adapter: request.prompt.adapter)
  }

  /// - Parameters:
  ///   - logProbability: of the token under the model.
  ///   - samplerLogProbability: of the token under the distribution it was drawn from.
  mutating func write(_ token: Int, _ logProbability: Float, drawnBy samplerLogProbability: Float) {
    isWriting = true
    tokens.append(token)
    logProbabilities.append(logProbability)
    samplerLogProbabilities.append(samplerLogProbability)
    if request.ends.contains(token) {
      finish = .end
    } else if request.isStopped?(tokens) ?? false {
      finish = .stop
    } else if tokens.count >= request.limit {
      finish = .limit
    }
    pending = [.tokens([token])]
  }

  /// Whether the interjector is to be asked now.
  var wantsInterjection: Bool {
    guard finish == nil, let interjector = request.interjector else { return false }
    return interjector.isAsked(after: tokens)
  }

  /// The moment for the interjector.
  ///
  /// - Parameter read: positions that were read.
  func moment(read: Int) -> Moment {
    Moment(
      sampling: Sampling(maxTokens: request.limit), tokens: tokens, hidden: Tensor.concatenated(hidden),
      position: read + pendingCount, insertions: insertions)
  }

  /// Takes in the interjector's answer.
  mutating func interject(_ answer: Result<Tensor?, any Error>, read: Int, width: Int) {
    isAwaiting = false
    switch answer {
    case .failure(let error): failure = error
    case .success(nil): return
    case .success(let vectors?):
      guard vectors.shape.count == 2, vectors.shape[1] == width else {
        failure = MomentError.shape(vectors.shape, width: width)
        return
      }
      guard vectors.shape[0] > 0 else { return }
      insertions.append(
        Insertion(
          tokens: tokens.count, position: read + pendingCount, count: vectors.shape[0],
          width: width))
      self.vectors.append(vectors.detached)
      pending.append(.vectors(vectors))
      // The first token is drawn from the state behind the vectors.
      if !isWriting { end = nil }
    }
  }
}

func commonPrefix(_ a: [Int], _ b: [Int]) -> Int {
  let most = min(a.count, b.count)
  var count = 0
  while count < most, a[count] == b[count] { count += 1 }
  return count
}

/// A sequence whose rows other sequences can reuse.
struct Known: Sendable {
  var sequence: SequenceID
  /// Of its rows.
  var tokens: [Int]
  /// How many of them it was given.
  var prompt: Int
  /// The last hidden state of the prompt; nil until it is read.
  var end: Tensor?
  var adapter: Adapter?
}
