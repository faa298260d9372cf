import Palimpsest
import Tensors

/// A sequence that is read or written.
struct Active: Sendable {
  let ticket: BatchTicket
  var request: GenerationRequest
  let sequence: SequenceID
  let shared: Int
  /// What is to be read before the next token can be chosen.
  var pending: [Passage.Part]
  /// The tokens of its rows; nil where something other than tokens entered.
  var read: [Int]?
  var isWriting = false
  /// The last hidden state of the prompt, once it is read.
  var end: Tensor?
  var tokens: [Int] = []
  var logProbabilities: [Float] = []
  var samplerLogProbabilities: [Float] = []
  var finish: Continuation.Finish?
  /// Why it ended without a reply.
  var failure: (any Error)?
  var isCancelled = false
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

  /// Whether its passes may wait for rows.
  var recalls: Bool { !request.prompt.injections.rows.isEmpty }
  /// Whether nothing can be done for it now.
  var isBusy: Bool { isInFlight || isAwaiting }
  /// Whether it can leave. A pass under way still uses its rows.
  var isDone: Bool { !isInFlight && (finish != nil || failure != nil || isCancelled) }

  /// Positions to come, as far as they are likely.
  var expected: Int { pending.reduce(0) { $0 + $1.count } + min(256, request.limit - tokens.count) }

  /// What it has read.
  var known: Known? {
    read.map {
      Known(sequence: sequence, tokens: $0, prompt: request.prompt.count, end: end, adapter: request.prompt.adapter)
    }
  }

  /// What it will have read when its prompt is; nil where that is now.
  var rising: Known? {
    guard !isWriting, ready == nil, let read, case .tokens(let rest)? = pending.first else { return nil }
    return Known(
      sequence: sequence, tokens: read + rest, prompt: request.prompt.count, end: Tensor(zeros: [0]),
      adapter: request.prompt.adapter)
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
    return Passage(parts, injections: request.prompt.injections, adapter: request.prompt.adapter)
  }

  /// - Parameters:
  ///   - logProbability: of the token under the model.
  ///   - samplerLogProbability: of the token under the distribution it was drawn from.
  mutating func write(
    _ token: Int, _ logProbability: Float, drawnBy samplerLogProbability: Float, after hidden: Tensor
  ) {
    if !isWriting { end = hidden }
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
      position: read + pending.reduce(0) { $0 + $1.count }, insertions: insertions)
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
          tokens: tokens.count, position: read + pending.reduce(0) { $0 + $1.count }, count: vectors.shape[0],
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
