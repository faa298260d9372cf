import Foundation
import Palimpsest
import Tensors

/// A slot in a step's table of slots. Text that a reply of the same step contains is not written a
/// second time: `reply` and `bytes` point to it.
struct SlotRecord: Codable {
  var id: Int
  var text: String?
  var reply: Int?
  /// UTF-8 range in that reply.
  var bytes: [Int]?
  var vectors: TensorRecord?
  var keys: TensorRecord?
  var values: TensorRecord?
  /// Of rows: the layer and the version of the weights that made them, and their positions.
  var layer: Int?
  var positions: [Int]?
  var version: String?
  /// The vector that retrieval compares.
  var cue: TensorRecord?
  var tokens: Int
  var origins: [Int]?
  var links: [Int]?
  var attributes: Attributes?

  init(_ slot: Slot, replies: [[UInt8]], _ tensors: inout TensorRecorder) {
    id = slot.id
    tokens = slot.tokens
    cue = slot.key.map { tensors.record($0) }
    origins = slot.origins.isEmpty ? nil : slot.origins
    links = slot.links.isEmpty ? nil : slot.links
    attributes = slot.attributes.isEmpty ? nil : slot.attributes
    switch slot.content {
    case .text(let text):
      let wanted = Array(text.utf8)
      // A shorter text costs less than a pointer to it.
      if wanted.count > 32 {
        for (index, bytes) in replies.enumerated() {
          if let start = place(of: wanted, in: bytes) {
            reply = index
            self.bytes = [start, start + wanted.count]
            return
          }
        }
      }
      self.text = text
    case .vectors(let tensor): vectors = tensors.record(tensor)
    case .rows(let rows):
      keys = tensors.record(rows.keys)
      values = tensors.record(rows.values)
      (layer, positions, version) = (rows.layer, rows.positions, rows.version)
    }
  }

  func slot(replies: [String], tensors: (any TensorSource)?) throws -> Slot {
    let content: Slot.Content
    if let text {
      content = .text(text)
    } else if let reply, let bytes {
      guard replies.indices.contains(reply), bytes.count == 2 else {
        throw RecordFlaw("slot \(id) stands in reply \(reply) of \(replies.count)")
      }
      let text = replies[reply].utf8
      guard 0 <= bytes[0], bytes[0] <= bytes[1], bytes[1] <= text.count else {
        throw RecordFlaw("slot \(id) is bytes \(bytes) of a reply of \(text.count)")
      }
      content = .text(String(decoding: text.dropFirst(bytes[0]).prefix(bytes[1] - bytes[0]), as: UTF8.self))
    } else if let vectors {
      content = .vectors(try vectors.tensor(from: tensors))
    } else if let keys, let values {
      content = .rows(
        Rows(
          keys: try keys.tensor(from: tensors), values: try values.tensor(from: tensors), layer: layer,
          positions: positions, version: version))
    } else {
      throw RecordFlaw("slot \(id) holds nothing")
    }
    guard id >= 0, tokens >= 0 else { throw RecordFlaw("slot \(id) has \(tokens) tokens") }
    return Slot(
      id: id, content: content, key: try cue?.tensor(from: tensors), tokens: tokens, origins: origins ?? [],
      links: links ?? [],
      attributes: attributes ?? Attributes())
  }
}

/// Where bytes first occur in others. In long replies it is not looked for: a hostile one would make
/// that take as long as the product of both lengths.
private func place(of wanted: [UInt8], in bytes: [UInt8]) -> Int? {
  guard let first = wanted.first, wanted.count <= bytes.count, bytes.count <= 65_536 else {
    return wanted == bytes ? 0 : nil
  }
  return bytes.withUnsafeBytes { bytes in
    wanted.withUnsafeBytes { wanted in
      (0...(bytes.count - wanted.count)).first { start in
        guard bytes[start] == first, let here = bytes.baseAddress, let there = wanted.baseAddress else { return false }
        return memcmp(here + start, there, wanted.count) == 0
      }
    }
  }
}

/// A slot in a step's edits and changes: a row of the step's table, or `=id` for a slot held before.
enum SlotReference: Codable {
  case row(Int)
  case held(Int)

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if let row = try? value.decode(Int.self) {
      self = .row(row)
    } else if let text = try? value.decode(String.self), text.first == "=", let id = Int(text.dropFirst()) {
      self = .held(id)
    } else {
      throw DecodingError.dataCorruptedError(in: value, debugDescription: "a slot is a row, or \"=id\"")
    }
  }

  func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    switch self {
    case .row(let row): try value.encode(row)
    case .held(let id): try value.encode("=\(id)")
    }
  }
}

/// The slots one step speaks of, each written once.
struct SlotTable {
  private(set) var slots: [Slot] = []
  private let held: MemoryState?

  init(besides held: MemoryState?) { self.held = held }

  mutating func reference(to slot: Slot) -> SlotReference {
    if let row = slots.firstIndex(of: slot) { return .row(row) }
    if held?[slot.id] == slot { return .held(slot.id) }
    slots.append(slot)
    return .row(slots.count - 1)
  }

  static func slot(_ reference: SlotReference, in slots: [Slot], held: MemoryState?) throws(RecordFlaw) -> Slot {
    switch reference {
    case .row(let row):
      guard slots.indices.contains(row) else { throw RecordFlaw("there is no slot in row \(row)") }
      return slots[row]
    case .held(let id):
      guard let slot = held?[id] else { throw RecordFlaw("no slot \(id) was held before this step") }
      return slot
    }
  }
}
