import Palimpsest
import Tensors

/// A language model without its vocabulary: it turns passages into hidden states, and keeps what it has read in a
/// cache of its own, attention rows or recurrent states.
///
/// Training (`loss(on:)`), scores (`scores(of:)`), generation (`Batch`), taps and `LocalPolicy` are written against
/// this protocol alone, so a model of another kind needs no more than these requirements.
///
/// A model that recalls no rows computes in one go: its pass is a `WholePass`.
public protocol Backbone: Parameterized, Sendable {
  /// What is kept of sequences between passes.
  associatedtype Cache: SequenceCache
  /// A forward pass that can stop for rows.
  associatedtype Pass: ForwardPass where Pass.Cache == Cache

  /// Token ids there are.
  var vocabulary: Int { get }
  /// Width of the hidden states.
  var width: Int { get }
  /// Layers, for taps and rows.
  var layerCount: Int { get }
  /// Positions that prompt and reply may have together; nil where the model has no such bound.
  var contextLength: Int? { get }
  /// The output projection, [vocabulary, width].
  var head: Weight { get }
  /// Where recollections can enter.
  var sites: Set<Recollection.Site> { get }
  /// What can be tapped.
  var tapKinds: Set<Tap.Kind> { get }

  /// A cache that holds nothing.
  func makeCache() -> Cache
  /// Bytes that one sequence of so many positions takes in a cache.
  func cacheBytes(positions: Int) -> Int
  /// Begins a forward pass; `advance` computes.
  ///
  /// - Parameters:
  ///   - sequences: what each passage continues, none twice; nil reads each passage from its beginning and keeps
  ///     nothing, and gradients flow.
  ///   - taps: what is kept for `States.taps`.
  func pass(
    over passages: [Passage], continuing sequences: [SequenceID]?, in cache: inout Cache, taps: Set<Tap>
  ) -> Pass
  /// Reads on as `states(of:continuing:in:taps:)`, where only the state of each passage's last position is needed: a
  /// model may leave the others out of its last layer and of `States.hidden`. The default computes all.
  func lastStates(of passages: [Passage], continuing sequences: [SequenceID], in cache: inout Cache) -> States
  /// What tells these weights, with an adapter, from others: stands in `Rows.version`.
  func version(with adapter: Adapter?) -> String
  /// A batch of this model; the default is a `Batch`.
  func makeBatch(width: Int, piece: Int, kept: Int) -> any GenerationBatch
}

/// A sequence of a cache, until it is removed.
public struct SequenceID: Sendable, Hashable {
  let number: Int

  /// - Parameter number: of the cache that gives it out, never twice the same.
  public init(_ number: Int) { self.number = number }
}

/// What a model keeps of the sequences it reads.
public protocol SequenceCache: Sendable {
  /// Bytes that are held.
  var bytes: Int { get }
  /// A new sequence that has read nothing.
  mutating func begin() -> SequenceID
  /// Positions a sequence has read.
  func count(of sequence: SequenceID) -> Int
  /// Makes sure that the sequence can be forked at its present position later on, as far as there is room.
  mutating func mark(_ sequence: SequenceID)
  /// The last position, at most `count`, at which a sequence can be forked; 0 where there is none.
  func forkable(_ sequence: SequenceID, upTo count: Int) -> Int
  /// A new sequence that has read the first positions of another.
  ///
  /// - Precondition: `forkable` gave this position.
  mutating func fork(_ sequence: SequenceID, count: Int) -> SequenceID
  /// Forgets a sequence.
  mutating func remove(_ sequence: SequenceID)
  /// Makes room for so many positions more, and for so many sequences in all.
  mutating func reserve(_ positions: Int, of sequences: Int)
}

/// A forward pass that stops where it needs attention rows from a memory, and resumes with them.
public protocol ForwardPass: Sendable {
  /// What is kept of sequences between passes.
  associatedtype Cache
  /// What the pass waits for; empty where it waits for nothing.
  var asked: [RowRequest] { get }
  /// Why passages failed, by index: what their row sources threw or gave. The other passages are not affected.
  var failures: [Int: any Error] { get }
  /// The result; nil until the pass is at its end.
  var states: States? { get }
  /// Computes up to the next question, or to the end.
  mutating func advance(in cache: inout Cache)
  /// Gives one answer to each of `asked`, in their order.
  mutating func answer(_ rows: [Result<Rows?, any Error>])
}

/// A pass that computes in one go.
public struct WholePass<Cache: Sendable>: ForwardPass {
  /// The result, from the beginning.
  public private(set) var states: States?

  /// - Parameter states: what was computed.
  public init(_ states: States) { self.states = states }

  /// Nothing is asked.
  public var asked: [RowRequest] { [] }
  /// Nothing can fail.
  public var failures: [Int: any Error] { [:] }
  /// Nothing is left to compute.
  public mutating func advance(in cache: inout Cache) {}
  /// Nothing is taken in.
  public mutating func answer(_ rows: [Result<Rows?, any Error>]) {}
}

/// One question of a pass to a row source.
public struct RowRequest: Sendable {
  /// Which passage asks.
  public let passage: Int
  /// What is asked.
  public let query: RowQuery
  let source: any RowSource
  /// Heads and width that rows must have.
  let shape: (heads: Int, width: Int)
  let needsPositions: Bool

  /// Asks the source, and checks what it gives.
  public func answer() async -> Result<Rows?, any Error> {
    do {
      guard let rows = try await source.rows(for: query) else { return .success(nil) }
      try check(rows)
      return .success(rows.count == 0 ? nil : rows)
    } catch {
      return .failure(error)
    }
  }

  /// - Throws: `RowError` for rows that this layer of these weights cannot attend to.
  private func check(_ rows: Rows) throws {
    let wanted = [shape.heads, rows.count, shape.width]
    guard rows.keys.shape == wanted, rows.values.shape == wanted else {
      throw RowError.shape(
        layer: query.layer, keys: rows.keys.shape, values: rows.values.shape,
        expected: "[\(shape.heads), count, \(shape.width)]")
    }
    if let layer = rows.layer, layer != query.layer {
      throw RowError.foreignLayer(asked: query.layer, found: layer)
    }
    if let version = rows.version, version != query.version {
      throw RowError.foreignVersion(layer: query.layer, found: version, expected: query.version)
    }
    let isComplete = rows.positions.map { $0.count == rows.count } ?? !needsPositions
    guard isComplete else {
      throw RowError.positions(layer: query.layer, rows: rows.count, found: rows.positions?.count)
    }
  }
}

extension [RowRequest] {
  /// All answers, asked for side by side.
  public func answers() async -> [Result<Rows?, any Error>] {
    if count == 1 { return [await self[0].answer()] }
    return await withTaskGroup(of: (Int, Result<Rows?, any Error>).self) { group in
      for (index, request) in enumerated() { group.addTask { (index, await request.answer()) } }
      var found = [Result<Rows?, any Error>](repeating: .success(nil), count: count)
      for await (index, answer) in group { found[index] = answer }
      return found
    }
  }
}

extension Backbone {
  /// All sites that need no attention.
  public var sites: Set<Recollection.Site> { [.text, .vectors, .distribution, .onDemand] }
  /// No bound.
  public var contextLength: Int? { nil }

  /// All states.
  public func lastStates(of passages: [Passage], continuing sequences: [SequenceID], in cache: inout Cache) -> States {
    states(of: passages, continuing: sequences, in: &cache)
  }

  /// A hash of names, shapes and some numbers of every parameter: a step of training changes it.
  public func version(with adapter: Adapter?) -> String {
    var hash = VersionHash()
    for (name, tensor) in parameters { hash.add(name, tensor) }
    if let adapter { for (name, tensor) in adapter.parameters { hash.add(name, tensor) } }
    return hash.text
  }

  /// A `Batch` of this model.
  public func makeBatch(width: Int, piece: Int, kept: Int) -> any GenerationBatch {
    Batch(self, width: width, piece: piece, kept: kept)
  }

  /// A batch that reads 512 positions of prompts a step and keeps two finished sequences.
  public func makeBatch(width: Int) -> any GenerationBatch { makeBatch(width: width, piece: 512, kept: 2) }

  /// Reads passages from their beginnings, each for itself: for learning, scoring and tapping.
  ///
  /// - Precondition: tokens are in the vocabulary, tensors of the shapes that `Passage` and `Injections` state, taps
  ///   name layers there are, and no passage recalls rows; for those there is `states(awaiting:)`.
  public func states(of passages: [Passage], taps: Set<Tap> = []) -> States {
    var cache = makeCache()
    return states(of: passages, sequences: nil, in: &cache, taps: taps)
  }

  /// Reads on behind what sequences of a cache have read, and adds to them.
  ///
  /// - Precondition: as `states(of:)`; one sequence per passage, none twice. Gradients do not flow into a cache.
  public func states(
    of passages: [Passage], continuing sequences: [SequenceID], in cache: inout Cache, taps: Set<Tap> = []
  ) -> States {
    states(of: passages, sequences: sequences, in: &cache, taps: taps)
  }

  private func states(
    of passages: [Passage], sequences: [SequenceID]?, in cache: inout Cache, taps: Set<Tap>
  ) -> States {
    var pass = pass(over: passages, continuing: sequences, in: &cache, taps: taps)
    pass.advance(in: &cache)
    guard let states = pass.states else {
      preconditionFailure("a passage recalls rows, which may have to be waited for; call states(awaiting:)")
    }
    return states
  }

  /// The same for passages that recall rows. It computes where the caller runs, and waits without a thread.
  ///
  /// - Throws: what row sources throw; `RowError`.
  public func states(
    awaiting passages: [Passage], taps: Set<Tap> = [], isolation: isolated (any Actor)? = #isolation
  ) async throws -> States {
    var cache = makeCache()
    var pass = pass(over: passages, continuing: nil, in: &cache, taps: taps)
    while true {
      pass.advance(in: &cache)
      if let failure = pass.failures.min(by: { $0.key < $1.key }) { throw failure.value }
      if let states = pass.states { return states }
      pass.answer(await pass.asked.answers())
    }
  }

  /// Scores of the next token: [rows, vocabulary].
  ///
  /// - Parameter rows: of `states.hidden`, in rising order; nil for all.
  public func logits(of states: States, rows: [Int]? = nil) -> Tensor {
    let hidden = rows.map { states.hidden.gathered($0) } ?? states.hidden
    let plain = logits(after: hidden)
    guard states.injections.contains(where: { !$0.distributions.isEmpty }) else { return plain }
    let chosen = rows ?? Array(0..<hidden.shape[0])
    var start = 0
    let parts = zip(states.spans, states.injections).map { span, injections in
      let end = chosen[start...].firstIndex { !span.contains($0) } ?? chosen.count
      defer { start = end }
      return injections.mixed(into: plain.rows(start..<end))
    }
    return Tensor.concatenated(parts)
  }

  /// Scores of the next token after last states, [rows, width] → [rows, vocabulary].
  func logits(after hidden: Tensor) -> Tensor { head.product(hidden) }
}

/// FNV-1a over names, shapes and some numbers of weights: at most four rows of each matrix.
struct VersionHash {
  private var hash: UInt64 = 0xcbf2_9ce4_8422_2325

  private mutating func mix(_ number: UInt64) { hash = (hash ^ number) &* 0x100_0000_01b3 }

  private mutating func mix(_ name: String, _ shape: [Int]) {
    name.utf8.forEach { mix(UInt64($0)) }
    shape.forEach { mix(UInt64(bitPattern: Int64($0))) }
  }

  private mutating func mix(rows: Tensor) {
    rows.withScalars { scalars in
      for index in stride(from: 0, to: scalars.count, by: max(1, scalars.count / 256)) {
        mix(UInt64(scalars[index].bitPattern))
      }
    }
  }

  private static func rows(of count: Int) -> [Int] {
    Array(Set([0, count / 3, 2 * count / 3, count - 1].filter { (0..<count).contains($0) })).sorted()
  }

  mutating func add(_ name: String, _ tensor: Tensor) {
    mix(name, tensor.shape)
    guard tensor.shape.count == 2 else { return mix(rows: tensor) }
    mix(rows: tensor.detached.gathered(Self.rows(of: tensor.shape[0])))
  }

  mutating func add(_ name: String, _ weight: Weight) {
    switch weight {
    case .tensor(let tensor): add(name, tensor)
    case .stored(let matrix, _):
      mix(name, [matrix.rows, matrix.columns])
      mix(rows: matrix.tensor(at: Self.rows(of: matrix.rows)))
    }
  }

  var text: String {
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
