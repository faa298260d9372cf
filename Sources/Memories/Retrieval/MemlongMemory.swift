import Palimpsest
import Tensors

/// A bank of attention rows of one layer, which upper layers read under one softmax with their own text.
///
/// Each chunk is read by the model once. An entry has its text, the mean hidden state before the memory layer as its vector,
/// and the layer's keys and values, unrotated. To recall, the k entries nearest to a query vector are given as rows to the reading
/// layers, in the order of the text:
///
///     a = softmax([q·K̃ᵀ/√d ; q·Kᵀ/√d + causal]),  o = a·[Ṽ ; V]
///
/// Nothing is rotated before it is read, and then once: the policy rotates keys to the positions that the rows carry.
///
/// Source: MemLong, arXiv:2408.16967, §3, whose retriever is a separate embedder; here vectors come from the model itself. The
/// query is the chunk before the one that is read, because the paper's, the chunk itself, lets the choice of rows depend on
/// tokens that are scored (`query: current`).
public struct MemlongMemory: Memory {
  /// A text slot per entry; the rows are made from it, so all state is here.
  public var state: MemoryState
  private let settings: Settings
  private let rule: EvictionRule
  private let store: RowStore

  /// - Parameter store: shared with other memories that read the same texts; nil makes the one of the settings.
  /// - Throws: `SettingError`; `BankError` for the settings' file.
  public init(_ settings: Settings = Settings(), store: RowStore? = nil) throws {
    try settings.check(at: "memory")
    self.settings = settings
    rule = settings.rule
    self.store = try store ?? RowStore(residentBytes: settings.residentBytes, file: settings.file)
    // The rule of the bank decides what leaves; the budget's own would be the oldest.
    state = MemoryState(budget: Budget(tokens: settings.tokens))
  }

  /// Text, rows, and hidden states, keys and values of a layer.
  public var needs: Set<Capability> { [.text, .rows, .tap(.hidden), .tap(.keys), .tap(.values)] }

  private var precision: RowPrecision { RowPrecision(rawValue: settings.precision.rawValue) ?? .float32 }
  private var entries: [BankEntry] { state.slots.map(BankEntry.init) }

  // MARK: Writing

  /// Reads the chunk, counts what its query retrieves, makes room, and appends it.
  ///
  /// - Throws: `BankError`; what `Caller.forward` throws, such as for a layer that is not there.
  public func draft(from chunk: Chunk, for question: Question, with caller: Caller) async throws -> Draft {
    guard let text = chunk.text, !text.isEmpty else { return Draft() }
    let held = try await current(caller)
    var entries = held.entries
    var edits: [Edit] = held.refreshed.map { .write($0.slot, because: "refreshed") }
    let made = try await made(of: text, chunk: chunk.index, checking: entries.isEmpty, with: caller)
    guard made.count > 0 else { return Draft(edits: edits) }
    if made.count > settings.tokens {
      throw BankError.tooLarge(chunk: chunk.index, amount: made.count, of: "rows", capacity: settings.tokens)
    }
    // Read before write: the chunk never retrieves itself.
    let query = settings.query == .current ? made.vector : entries.last?.slot.key
    if let query {
      for entry in try entries.nearest(settings.retrieved, to: query) {
        guard let place = entries.firstIndex(where: { $0.id == entry.id }) else { continue }
        entries[place] = entry.retrieved(at: chunk.index)
        edits.append(.write(entries[place].slot, because: "retrieved"))
      }
    }
    let entry = BankEntry(
      id: state.freshID, text: text, chunk: chunk.index, source: question.cluster, layer: settings.layer, made: made,
      start: entries.last?.end ?? 0, surprise: surprise(of: made.vector, after: entries),
      version: caller.weightsVersion ?? "")
    if let bytes = settings.bytes, entry.bytes > bytes {
      throw BankError.tooLarge(chunk: chunk.index, amount: entry.bytes, of: "bytes", capacity: bytes)
    }
    let rows = entries.reduce(entry.count) { $0 + $1.count } - settings.tokens
    let bytes = settings.bytes.map { limit in entries.reduce(entry.bytes) { $0 + $1.bytes } - limit } ?? 0
    guard rows > 0 || bytes > 0 else { return Draft(edits: edits + [.write(entry.slot, because: "read")]) }
    if rule == .none { return Draft(edits: edits, reason: "the bank is full, and nothing leaves it") }
    let victims = rule.victims(entries.map(\.ledger), freeing: rows, bytes: bytes, sparing: settings.spared)
    edits += victims.map { .erase($0, because: rule.name) }
    return Draft(edits: edits + [.write(entry.slot, because: "read")])
  }

  /// 1 - the cosine between a vector and the mean of the four before it, a plain predictor; 0 for the first.
  private func surprise(of vector: Tensor, after entries: [BankEntry]) -> Double {
    let before = entries.suffix(4).compactMap { $0.slot.key?.scalars }
    guard !before.isEmpty else { return 0 }
    let vector = vector.scalars
    var (product, square) = (0.0, 0.0)
    for column in vector.indices {
      let mean = before.reduce(0.0) { $0 + Double($1[column]) } / Double(before.count)
      product += mean * Double(vector[column])
      square += mean * mean
    }
    return square > 0 ? 1 - product / square.squareRoot() : 1
  }

  // MARK: Reading

  /// The rows of the entries nearest to the query, for the reading layers; nothing from an empty bank.
  ///
  /// At the end of the text the query is the question. Before a chunk it is the chunk before it, or, with
  /// `query: current`, the chunk.
  ///
  /// - Throws: `BankError`; what `Caller.forward` throws.
  public func recall(for cue: Cue, with caller: Caller) async throws -> Recollection {
    let entries = try await current(caller).entries
    guard let last = entries.last?.slot.key else { return Recollection() }
    let vector: Tensor
    if let text = settings.query == .current ? cue.chunk?.text : nil, !text.isEmpty {
      vector = try await self.vector(of: text, chunk: cue.chunk?.index, with: caller)
    } else if cue.chunk == nil, !cue.question.ask.isEmpty {
      vector = try await self.vector(of: cue.question.ask, chunk: nil, with: caller)
    } else {
      vector = last
    }
    let found = try entries.nearest(settings.retrieved, to: vector)
    var (keys, values) = ([Tensor](), [Tensor]())
    for entry in found {
      let rows = try await rows(of: entry, with: caller)
      keys.append(rows.keys)
      values.append(rows.values)
    }
    let read = entries.last?.end ?? 0
    let count = found.reduce(0) { $0 + $1.count }
    let positions: [Int] =
      switch settings.positions {
      case .zero: Array(repeating: 0, count: count)
      case .continual: Array(-count..<0)
      case .original: found.flatMap { entry in (entry.start - read)..<(entry.end - read) }
      }
    let rows = Rows(
      keys: .concatenated(keys, axis: 1), values: .concatenated(values, axis: 1), positions: positions,
      version: caller.weightsVersion)
    return Recollection(
      [.rows(RecalledRows(layers: Set(settings.readingLayers), rows: rows))], used: found.map(\.id))
  }

  /// The same rows for every layer that reads: they are of the memory layer.
  private struct RecalledRows: RowSource {
    let layers: Set<Int>
    let rows: Rows
    func rows(for query: RowQuery) -> Rows? { rows }
  }

  // MARK: The model

  /// The entries, all of the weights that read now.
  private func current(_ caller: Caller) async throws -> (entries: [BankEntry], refreshed: [BankEntry]) {
    var (entries, refreshed) = (entries, [BankEntry]())
    let version = caller.weightsVersion ?? ""
    for (place, entry) in entries.enumerated() where entry.version != version {
      guard settings.stale == .refresh else {
        throw BankError.foreignVersion(entry: entry.id, found: entry.version, expected: version)
      }
      let made = try await made(of: entry.text, chunk: entry.slot.origins.first, with: caller)
      entries[place] = entry.refreshed(by: made, version: version)
      refreshed.append(entries[place])
    }
    return (entries, refreshed)
  }

  private func rows(of entry: BankEntry, with caller: Caller) async throws -> StoredRows {
    if let rows = try store.rows(name(of: entry.text, caller)) { return rows }
    return try await made(of: entry.text, chunk: entry.slot.origins.first, with: caller).rows
  }

  private func name(of text: String, _ caller: Caller) -> String {
    RowStore.name(
      of: text, layer: settings.layer, precision: precision, version: caller.weightsVersion ?? "",
      policy: caller.policyName)
  }

  /// What the model makes of a text; its rows are put into the store.
  ///
  /// - Parameter checking: whether the reading layers are tapped too, so that a layer that is not there is refused before a
  ///   text is read.
  private func made(
    of text: String, chunk: Int?, checking: Bool = false, with caller: Caller
  ) async throws -> MadeRows {
    let (keys, values) = (Tap(.keys, layer: settings.layer), Tap(.values, layer: settings.layer))
    let hidden = Tap(.hidden, layer: settings.layer)
    var taps: Set<Tap> = [keys, values, hidden]
    if checking { taps.formUnion(settings.readingLayers.map { Tap(.keys, layer: $0) }) }
    let found = try await caller.forward("\(text)", taps: taps)
    let rows = StoredRows(
      keys: try tensor(keys, of: found, caller), values: try tensor(values, of: found, caller), precision: precision)
    let vector = try mean(of: try tensor(hidden, of: found, caller), chunk: chunk)
    try store.insert(rows, as: name(of: text, caller))
    return MadeRows(vector: vector, rows: rows)
  }

  private func vector(of text: String, chunk: Int?, with caller: Caller) async throws -> Tensor {
    let hidden = Tap(.hidden, layer: settings.layer)
    let found = try await caller.forward("\(text)", taps: [hidden])
    return try mean(of: try tensor(hidden, of: found, caller), chunk: chunk)
  }

  private func tensor(_ tap: Tap, of found: [Tap: Tensor], _ caller: Caller) throws -> Tensor {
    guard let tensor = found[tap] else {
      throw BankError.missingTap(Capability.tap(tap.kind).rawValue, policy: caller.policyName)
    }
    return tensor
  }

  /// The mean of rows, of length 1; zeros stay.
  private func mean(of hidden: Tensor, chunk: Int?) throws -> Tensor {
    let width = hidden.shape[1]
    var sums = [Double](repeating: 0, count: width)
    hidden.withScalars { scalars in
      for (index, scalar) in scalars.enumerated() { sums[index % width] += Double(scalar) }
    }
    let length = sums.reduce(0) { $0 + $1 * $1 }.squareRoot()
    guard length.isFinite else { throw BankError.notFinite(chunk: chunk, layer: settings.layer) }
    return Tensor(sums.map { length > 0 ? Float($0 / length) : 0 }, shape: [width])
  }
}
