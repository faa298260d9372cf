/// The bytes of every token, by id and back. Ids may have gaps.
struct TokenTable: Sendable {
  private var arena: [UInt8] = []
  /// Where each id's bytes end in the arena; their start is `starts`. Equal where there is no token.
  private var starts: [UInt32] = []
  private var ends: [UInt32] = []
  /// Open addressing: id + 1, or 0 where a place is free.
  private var places: [UInt32] = [UInt32](repeating: 0, count: 16)
  private(set) var count = 0
  /// Bytes of the longest token.
  private(set) var longest = 0

  /// One more than the greatest id.
  var end: Int { starts.count }

  /// The bytes of a token; empty where the id has none.
  subscript(id: Int) -> ArraySlice<UInt8> {
    guard starts.indices.contains(id) else { return [] }
    return arena[Int(starts[id])..<Int(ends[id])]
  }

  /// The id whose bytes these are.
  func id(of bytes: UnsafeBufferPointer<UInt8>) -> Int? {
    arena.withUnsafeBufferPointer { arena in
      var place = hash(bytes) & (places.count - 1)
      while places[place] != 0 {
        let id = Int(places[place]) - 1
        let token = UnsafeBufferPointer(rebasing: arena[Int(starts[id])..<Int(ends[id])])
        if token.count == bytes.count, token.elementsEqual(bytes) { return id }
        place = (place + 1) & (places.count - 1)
      }
      return nil
    }
  }

  func id(of bytes: [UInt8]) -> Int? { bytes.withUnsafeBufferPointer { id(of: $0) } }

  /// Puts a token at an id.
  ///
  /// - Returns: whether it could be: false where the id or the bytes are taken.
  mutating func insert(_ bytes: [UInt8], at id: Int) -> Bool {
    precondition(!bytes.isEmpty && id >= 0 && id < Limits.ids, "a token of \(bytes.count) bytes at id \(id)")
    if id >= starts.count {
      let more = id + 1 - starts.count
      starts.append(contentsOf: repeatElement(0, count: more))
      ends.append(contentsOf: repeatElement(0, count: more))
    }
    guard ends[id] == 0, self.id(of: bytes) == nil else { return false }
    starts[id] = UInt32(arena.count)
    arena += bytes
    ends[id] = UInt32(arena.count)
    count += 1
    longest = max(longest, bytes.count)
    if count * 2 > places.count { grow() } else { place(id) }
    return true
  }

  private mutating func grow() {
    places = [UInt32](repeating: 0, count: places.count * 4)
    for id in starts.indices where ends[id] > 0 { place(id) }
  }

  private mutating func place(_ id: Int) {
    let bytes = Int(starts[id])..<Int(ends[id])
    var place = arena.withUnsafeBufferPointer { hash(UnsafeBufferPointer(rebasing: $0[bytes])) } & (places.count - 1)
    while places[place] != 0 { place = (place + 1) & (places.count - 1) }
    places[place] = UInt32(id + 1)
  }

  private func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
    Int(truncatingIfNeeded: Mixing.hash(bytes, seed: Mixing.seed) >> 1)
  }
}
