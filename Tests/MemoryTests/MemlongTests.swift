import Foundation
import MemoryRetrieval
import Palimpsest
import Support
import Tensors
import Testing

@Suite struct `A bank of rows` {
  private let question = Question(id: "q", ask: "where is it?", source: .text(""))

  private func memory(_ change: (inout MemlongMemory.Settings) -> Void = { _ in }, store: RowStore? = nil) throws
    -> MemlongMemory
  {
    var settings = MemlongMemory.Settings()
    settings.spared = 0
    change(&settings)
    return try MemlongMemory(settings, store: store)
  }

  private func chunk(_ index: Int, _ text: String) -> Chunk {
    Chunk(index: index, content: .text(text), range: index * 100..<(index * 100 + text.utf8.count))
  }

  private func read(_ texts: [String], by memory: inout MemlongMemory, with policy: some Policy) async throws
    -> [[Change]]
  {
    var changes: [[Change]] = []
    for text in texts {
      let step = try await memory.read(
        chunk(memory.state.freshID, text), for: question, through: Always(), with: policy)
      changes.append(step.changes)
    }
    return changes
  }

  private struct Always: Gate {
    func decide(on draft: Draft, from chunk: Chunk, for question: Question, given state: MemoryState) -> Decision {
      Decision(write: 1)
    }
  }

  private func rows(_ recollection: Recollection) async throws -> Rows? {
    guard case .rows(let source)? = recollection.parts.first else { return nil }
    return try await source.rows(
      for: RowQuery(queries: Tensor(zeros: [2, 1, 4]), layer: 1, positions: 0..<1, version: ""))
  }

  private var parrot: Parrot { Parrot(serves: [.text, .rows, .tap(.hidden), .tap(.keys), .tap(.values)]) }

  @Test func `recalls nothing from an empty state, so that the model is as without`() async throws {
    let recollection = try await memory().recall(for: Cue(question), with: Caller(parrot))
    #expect(recollection.parts.isEmpty && recollection.used.isEmpty)
  }

  @Test func `shows each entry as text with vector, provenance, version and counters`() async throws {
    var memory = try memory()
    _ = try await read(["alpha", "beta beta"], by: &memory, with: parrot)
    let slot = try #require(memory.state.slots.first)
    #expect(memory.state.slots.map(\.text) == ["alpha", "beta beta"] && memory.state.isText)
    #expect(slot.key?.shape == [8] && slot.tokens == 5 && slot.origins == [0] && slot.attributes.source == "q")
    // The second chunk's query is the first, which so was retrieved.
    #expect(slot.attributes.values["reads"] == .int(1) && slot.attributes.values["bytes"] == .int(2 * 2 * 5 * 4 * 4))
    #expect(memory.state.slots[1].attributes.values["start"] == .int(5))
    let length = try #require(slot.key).scalars.reduce(0) { $0 + $1 * $1 }
    #expect(abs(length - 1) < 1e-5)
  }

  @Test(arguments: [
    (MemlongMemory.Positions.zero, [0, 0, 0, 0, 0, 0]), (.continual, [-6, -5, -4, -3, -2, -1]),
    (.original, [-8, -7, -6, -3, -2, -1]),
  ])
  func `gives rows in the order of the text, at the positions of its rule`(
    _ positions: MemlongMemory.Positions, _ expected: [Int]
  ) async throws {
    var memory = try memory {
      $0.positions = positions
      $0.retrieved = 2
    }
    _ = try await read(["aaa", "zz", "aab"], by: &memory, with: parrot)
    let recollection = try await memory.recall(
      for: Cue(Question(id: "q", ask: "aaa", source: .text(""))), with: Caller(parrot))
    #expect(recollection.used == [0, 2])
    let rows = try #require(try await rows(recollection))
    #expect(rows.positions == expected && rows.layer == nil)
    let tap = Tap(.keys, layer: 0)
    let inside = try await Caller(parrot).forward("aaa", taps: [tap])[tap]
    #expect(rows.keys.shape == [2, 6, 4])
    #expect(rows.keys.row(0).rows(0..<3).scalars == inside?.row(0).scalars)
  }

  @Test func `never lets a later token choose, unless the leaking query is asked for`() async throws {
    for (query, isCausal) in [(MemlongMemory.Query.previous, true), (.current, false)] {
      var memory = try memory {
        $0.query = query
        $0.retrieved = 1
      }
      _ = try await read(["aaa", "zzz", "aab"], by: &memory, with: parrot)
      let used = try await ["aaa", "zzz"].asyncMap {
        try await memory.recall(for: Cue(question, before: chunk(3, $0)), with: Caller(parrot)).used
      }
      #expect((used[0] == used[1]) == isCausal)
    }
  }

  @Test func `holds rows and bytes to the capacity, and says which rule made room`() async throws {
    var memory = try memory {
      $0.tokens = 12
      $0.eviction = .fifo
    }
    let changes = try await read(["aaaa", "bbbb", "cccc", "dddd"], by: &memory, with: parrot)
    #expect(memory.state.slots.map(\.text) == ["bbbb", "cccc", "dddd"])
    #expect(changes[3].contains { if case .erased(let slot) = $0 { slot.text == "aaaa" } else { false } })
    var full = try self.memory {
      $0.tokens = 9
      $0.eviction = .none
    }
    _ = try await read(["aaaa", "bbbb", "cccc"], by: &full, with: parrot)
    #expect(full.state.slots.map(\.text) == ["aaaa", "bbbb"])
    var bytes = try self.memory { $0.bytes = 1500 }
    _ = try await read(["aaaa", "bbbb", "cccc", "dddd", "eeee"], by: &bytes, with: parrot)
    let all = bytes.state.slots.reduce(0) { sum, slot in
      guard case .int(let rows)? = slot.attributes.values["bytes"] else { return sum }
      return sum + slot.bytes + rows
    }
    #expect(all <= 1500 && bytes.state.slots.count > 1)
  }

  @Test func `refuses a chunk beyond its capacity, rows of other weights, and layers out of range`() async throws {
    var small = try memory { $0.tokens = 3 }
    await #expect(throws: BankError.tooLarge(chunk: 0, amount: 4, of: "rows", capacity: 3)) {
      _ = try await read(["aaaa"], by: &small, with: parrot)
    }
    var few = try memory { $0.bytes = 50 }
    await #expect(throws: BankError.self) { _ = try await read(["aaaa"], by: &few, with: parrot) }
    var memory = try memory()
    _ = try await read(["aaaa"], by: &memory, with: parrot)
    let other = Versioned(parrot: parrot)
    let error = await #expect(throws: BankError.self) {
      _ = try await memory.recall(for: Cue(question), with: Caller(other))
    }
    #expect(error == .foreignVersion(entry: 0, found: "", expected: "other"))
    var fresh = try self.memory { $0.stale = .refresh }
    fresh.state = memory.state
    #expect(try await fresh.recall(for: Cue(question), with: Caller(other)).used == [0])
    _ = try await read(["bbbb"], by: &fresh, with: other)
    #expect(fresh.state.slots.map(\.attributes.version) == ["other", "other"])
    #expect(throws: SettingError.self) { try self.memory { $0.layer = -1 } }
    #expect(throws: SettingError.self) { try self.memory { $0.band = [90, 10] } }
    #expect(throws: ReaderError.self) {
      try Reader(chunker: ByteChunker(9), memory: memory, gate: Always(), policy: Parrot()).check()
    }
  }

  private struct Versioned: Policy {
    let parrot: Parrot
    let name = "versioned"
    var serves: Set<Capability> { parrot.serves }
    var weightsVersion: String? { "other" }
    func reply(to prompt: Prompt, sampling: Sampling, call: CallID) async throws -> Reply {
      try parrot.reply(to: prompt, sampling: sampling, call: call)
    }
    func forward(_ prompt: Prompt, taps: Set<Tap>) -> [Tap: Tensor] { parrot.forward(prompt, taps: taps) }
  }

  @Test func `keeps two streams apart though they share a store`() async throws {
    let store = try RowStore()
    var (a, b) = (try memory(store: store), try memory(store: store))
    for text in ["one", "two", "three"] {
      _ = try await read([text], by: &a, with: parrot)
      _ = try await read([text + " b"], by: &b, with: parrot)
    }
    var alone = try memory()
    _ = try await read(["one", "two", "three"], by: &alone, with: parrot)
    #expect(a.state == alone.state && a.state != b.state)
    let (x, y) = (
      try await rows(a.recall(for: Cue(question), with: Caller(parrot))),
      try await rows(alone.recall(for: Cue(question), with: Caller(parrot)))
    )
    #expect(x == y)
  }
}

extension Sequence {
  fileprivate func asyncMap<Result>(_ body: (Element) async throws -> Result) async rethrows -> [Result] {
    var results: [Result] = []
    for element in self { results.append(try await body(element)) }
    return results
  }
}

@Suite struct `An eviction rule` {
  private let ledger = (0..<10).map {
    LedgerEntry(id: $0, rows: 4, bytes: 10, reads: [3, 0, 5, 1, 0, 2, 9, 0, 0, 0][$0], surprise: Double(10 - $0))
  }

  @Test func `names its victims`() {
    #expect(EvictionRule.fifo.victims(ledger, freeing: 5) == [0, 1])
    #expect(EvictionRule.fifo.victims(ledger, freeing: 0, bytes: 25) == [0, 1, 2])
    #expect(EvictionRule.keepNewestHalf.victims(ledger, freeing: 1) == [0, 1, 2, 3, 4])
    #expect(EvictionRule.leastRetrieved(gamma: 0).victims(ledger, freeing: 12) == [1, 4, 7])
    // New entries were never retrieved, and are spared.
    #expect(EvictionRule.leastRetrieved(gamma: 0).victims(ledger, freeing: 12, sparing: 5) == [1, 4, 3])
    #expect(EvictionRule.leastRetrieved(gamma: 2).victims(Array(ledger[..<3]), freeing: 8) == [1, 0])
    #expect(EvictionRule.percentileBand(20, 60).victims(ledger, freeing: 8) == [4, 3])
    #expect(EvictionRule.percentileBand(20, 30).victims(ledger, freeing: 8) == [2, 0])
    #expect(EvictionRule.leastSurprising.victims(ledger, freeing: 4) == [9])
    #expect(EvictionRule.none.victims(ledger, freeing: 40).isEmpty)
    for rule: EvictionRule in [.fifo, .leastSurprising, .percentileBand(10, 20), .leastRetrieved(gamma: 1)] {
      #expect(rule.victims(ledger, freeing: 999).count == 10 && rule.victims(ledger, freeing: -3).isEmpty)
    }
  }
}

@Suite struct `Stored rows` {
  private func rows(_ precision: RowPrecision, count: Int = 3) -> (StoredRows, Tensor, Tensor) {
    var random = SeededGenerator(seed: UInt64(count), purpose: "rows")
    func noise() -> Tensor {
      Tensor((0..<(2 * count * 5)).map { _ in Float.random(in: -3...3, using: &random) }, shape: [2, count, 5])
    }
    let (keys, values) = (noise(), noise())
    return (StoredRows(keys: keys, values: values, precision: precision), keys, values)
  }

  private static let limits: [(RowPrecision, error: Float, bytes: Int)] = [
    (.float32, 0, 20), (.bfloat16, 0.004, 10), (.int8, 0.004, 9),
  ]

  @Test(arguments: limits)
  func `are as near as their precision says`(_ precision: RowPrecision, _ error: Float, _ bytes: Int) {
    let (stored, keys, values) = rows(precision)
    #expect(stored.byteCount == 2 * 2 * 3 * bytes)
    for (a, b) in zip(stored.keys.scalars + stored.values.scalars, keys.scalars + values.scalars) {
      #expect(abs(a - b) <= error * 3)
    }
    // Stored once more nothing changes.
    #expect(StoredRows(keys: stored.keys, values: stored.values, precision: precision).keys == stored.keys)
  }

  private func folder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appending(path: "bank-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }

  @Test func `that do not fit move to the file, and come back to the bit, also in the next process`() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "rows").path
    let names = (0..<6).map { String(repeating: "\($0)", count: 64) }
    let all = (0..<6).map { rows(RowPrecision.allCases[$0 % 3], count: $0 + 1).0 }
    do {
      let store = try RowStore(residentBytes: 300, file: path)
      for (name, rows) in zip(names, all) { try store.insert(rows, as: name) }
      #expect(store.bytes <= 300 && store.records >= 4)
      for (name, rows) in zip(names, all) { #expect(try store.rows(name) == rows) }
      // Another memory of this process shares the file.
      let other = try RowStore(residentBytes: 0, file: path)
      #expect(other.records == store.records)
      #expect(try other.rows(names[0]) == all[0])
    }
    // As another process would, which has opened the file itself.
    let handle = try FileHandle(forUpdating: URL(filePath: path))
    #expect(flock(handle.fileDescriptor, LOCK_EX | LOCK_NB) == 0)
    #expect(throws: BankError.busyFile(path)) { try RowStore(file: path) }
    try handle.close()
    let again = try RowStore(residentBytes: 0, file: path)
    for (name, rows) in zip(names, all).prefix(4) { #expect(try again.rows(name) == rows) }
    let forgetful = try RowStore(residentBytes: 0)
    try forgetful.insert(all[0], as: names[0])
    #expect(try forgetful.rows(names[0]) == nil && forgetful.bytes == 0)
  }

  @Test func `in a file that is cut anywhere, or damaged, are refused with what to do`() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "rows").path
    let names = ["a", "b"].map { String(repeating: $0, count: 64) }
    do {
      let store = try RowStore(residentBytes: 0, file: path)
      for name in names { try store.insert(rows(.bfloat16, count: 1).0, as: name) }
    }
    let whole = try Data(contentsOf: URL(filePath: path))
    let record = (whole.count - 18) / 2
    for size in 1..<whole.count {
      try whole.prefix(size).write(to: URL(filePath: path))
      guard size > 18, (size - 18) % record != 0 else {
        if size >= 18 {
          #expect(try RowStore(file: path).records == (size - 18) / record)
        } else {
          #expect(throws: BankError.foreignFile(path)) { try RowStore(file: path) }
        }
        continue
      }
      let error = #expect(throws: BankError.self) { try RowStore(file: path) }
      #expect(error?.description.contains("truncate -s \(18 + (size - 18) / record * record)") == true)
    }
    for place in 18..<whole.count {
      var damaged = whole
      damaged[place] ^= 0x10
      try damaged.write(to: URL(filePath: path))
      #expect(throws: BankError.self) { try RowStore(file: path) }
    }
  }
}
