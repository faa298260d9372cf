import Palimpsest
import Tensors

/// A bank of attention rows: each chunk is read by the model, what one layer made of it becomes a slot, and
/// all slots are recalled as rows of that layer. What a memory of rows takes to write: one file, no cast.
struct RowBank: Memory {
  var state: MemoryState
  private let layer: Int

  init(slots: Int = 3, bytes: Int = .max, layer: Int = 1) {
    state = MemoryState(budget: Budget(tokens: 1 << 20, slots: slots, bytes: bytes))
    self.layer = layer
  }

  var needs: Set<Capability> { [.text, .rows, .tap(.keys), .tap(.values)] }

  func draft(from chunk: Chunk, for question: Question, with caller: Caller) async throws -> Draft {
    let (keys, values) = (Tap(.keys, layer: layer), Tap(.values, layer: layer))
    let inside = try await caller.forward("\(chunk)", taps: [keys, values])
    guard let keys = inside[keys], let values = inside[values] else { return Draft() }
    let slot = Slot(
      id: chunk.index, content: .rows(Rows(keys: keys, values: values, layer: layer, version: caller.weightsVersion)),
      tokens: keys.shape[1], origins: [chunk.index])
    return Draft(edits: [.write(slot, because: "read")])
  }

  func recall(for cue: Cue, with caller: Caller) -> Recollection {
    let rows = state.slots.compactMap { if case .rows(let rows) = $0.content { rows } else { nil } }
    guard !rows.isEmpty else { return Recollection() }
    return Recollection([.rows(Held(layer: layer, rows: rows))], used: state.slots.map(\.id))
  }

  /// Every row that is held, whatever the query.
  private struct Held: RowSource {
    let layer: Int
    let rows: [Rows]

    var layers: Set<Int> { [layer] }

    func rows(for query: RowQuery) -> Rows? {
      Rows(keys: .concatenated(rows.map(\.keys), axis: 1), values: .concatenated(rows.map(\.values), axis: 1))
    }
  }
}
