import Neighbours
import Palimpsest
import Tensors

/// One entry of a bank of rows, as a slot shows it: the text as content, the key vector as key, counters, provenance and
/// version as attributes. The rows themselves lie in a `RowStore`.
struct BankEntry {
  private static let millionths = 1e6
  private(set) var slot: Slot

  /// - Parameters:
  ///   - start: rows of the text before it.
  ///   - reads: how often it was retrieved.
  init(
    id: Slot.ID, text: String, chunk: Int, source: String, layer: Int, made: MadeRows, start: Int, surprise: Double,
    version: String
  ) {
    slot = Slot(
      id: id, content: .text(text), key: made.vector, tokens: made.count, origins: [chunk],
      attributes: Attributes(
        source: source.isEmpty ? nil : String(source.prefix(200)), version: version,
        values: [
          "layer": .int(layer), "start": .int(start), "bytes": .int(made.bytes), "reads": .int(0),
          // A whole number, since 1.0 comes back from a file as 1.
          "surprise": .int(Int((surprise * Self.millionths).rounded())),
        ]))
  }

  init(_ slot: Slot) { self.slot = slot }

  var id: Slot.ID { slot.id }
  var text: String { slot.text ?? "" }
  var version: String { slot.attributes.version ?? "" }
  /// Rows of the entry.
  var count: Int { slot.tokens }
  var start: Int { number("start") }
  var end: Int { start + count }
  var reads: Int { number("reads") }
  /// Bytes of the slot and of its rows, as they are stored.
  var bytes: Int { slot.bytes + number("bytes") }

  var ledger: LedgerEntry {
    LedgerEntry(
      id: id, rows: count, bytes: bytes, reads: reads, surprise: Double(number("surprise")) / Self.millionths)
  }

  private func number(_ name: String) -> Int {
    if case .int(let value)? = slot.attributes.values[name] { value } else { 0 }
  }

  /// The same, retrieved once more.
  func retrieved(at step: Int) -> BankEntry {
    var entry = self
    entry.slot.attributes.values["reads"] = .int(reads + 1)
    entry.slot.attributes.values["lastRead"] = .int(step)
    return entry
  }

  /// The same text, read again by other weights.
  func refreshed(by made: MadeRows, version: String) -> BankEntry {
    var entry = self
    entry.slot.key = made.vector
    entry.slot.tokens = made.count
    entry.slot.attributes.version = version
    entry.slot.attributes.values["bytes"] = .int(made.bytes)
    return entry
  }
}

extension [BankEntry] {
  /// The entries whose vectors have the largest inner products with a vector, in the order of the text.
  ///
  /// Every entry is compared: a bank changes with every chunk, so that no index would last.
  func nearest(_ count: Int, to vector: Tensor) throws -> [BankEntry] {
    guard let width = first?.slot.key?.count, count > 0 else { return [] }
    let keys = try Keys(Tensor.concatenated(compactMap { $0.slot.key?.reshaped(1, width) }))
    let found = try keys.nearest(count, to: vector.reshaped(1, width))[0]
    return found.map(\.index).sorted().map { self[$0] }
  }
}

/// What a model makes of a text for a bank.
struct MadeRows {
  /// The mean of the hidden states that enter the memory layer, of length 1: [width].
  var vector: Tensor
  /// Keys and values of the memory layer.
  var rows: StoredRows

  var count: Int { rows.count }
  var bytes: Int { rows.byteCount }
}
