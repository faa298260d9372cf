/// The tokens of words seen lately, in a fixed amount of room.
///
/// Half of a text are words of which there are a few hundred, nine tenths words of which there are a
/// few thousand: looking one up costs a comparison of sixteen bytes, merging it fifty times that.
/// Short words of few tokens stand in a table in which a newer word takes an older one's place;
/// all others in one that is emptied when it is full. Words above 255 bytes are merged each time.
final class WordCache {
  /// A word of at most 15 bytes, padded with zeros, its length in the last; its tokens, at most three.
  struct Short {
    var low: UInt64 = 0
    var high: UInt64 = 0
    var ids: (UInt32, UInt32, UInt32) = (0, 0, 0)
    var count: UInt32 = 0
  }

  static let longest = 255
  private static let shortBits = 15
  private static let longSlots = 1 << 15
  private static let arenaWords = 1 << 20

  let shorts: UnsafeMutablePointer<Short>
  private let seed = Mixing.seed

  /// Open addressing: where in the arena a word's record begins, plus one; 0 where a slot is free.
  private let slots: UnsafeMutablePointer<UInt32>
  /// Records: hash, bytes of the word, count of tokens, the word padded to whole numbers, the tokens.
  private let arena: UnsafeMutablePointer<UInt32>
  private var used = 0
  private var words = 0

  init() {
    shorts = .allocate(capacity: 1 << Self.shortBits)
    shorts.initialize(repeating: Short(), count: 1 << Self.shortBits)
    slots = .allocate(capacity: Self.longSlots)
    slots.initialize(repeating: 0, count: Self.longSlots)
    arena = .allocate(capacity: Self.arenaWords)
  }

  deinit {
    shorts.deallocate()
    slots.deallocate()
    arena.deallocate()
  }

  /// Where a short word stands, if it stands anywhere.
  @inline(__always)
  func short(_ low: UInt64, _ high: UInt64) -> UnsafeMutablePointer<Short> {
    let hash = Mixing.fold(low ^ seed ^ (high &* 0xD6E8_FEB8_6659_FD93))
    return shorts + Int(truncatingIfNeeded: hash >> (64 - UInt64(Self.shortBits)))
  }

  /// The tokens of a word in the second table; nil when it is not there.
  func long(_ word: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt32>? {
    let hash = UInt32(truncatingIfNeeded: Mixing.hash(word, seed: seed))
    var slot = Int(hash) & (Self.longSlots - 1)
    while slots[slot] != 0 {
      let record = arena + Int(slots[slot] - 1)
      if record[0] == hash, record[1] == UInt32(word.count) {
        let bytes = UnsafeRawBufferPointer(start: record + 3, count: word.count)
        if bytes.elementsEqual(UnsafeRawBufferPointer(word)) {
          return UnsafeBufferPointer(start: record + 3 + (word.count + 3) / 4, count: Int(record[2]))
        }
      }
      slot = (slot + 1) & (Self.longSlots - 1)
    }
    return nil
  }

  /// Remembers a word that `long` has just not found.
  func insert(_ word: UnsafeBufferPointer<UInt8>, _ tokens: UnsafeBufferPointer<UInt32>) {
    let padded = (word.count + 3) / 4
    if used + 3 + padded + tokens.count > Self.arenaWords || words > Self.longSlots / 2 {
      slots.update(repeating: 0, count: Self.longSlots)
      (used, words) = (0, 0)
    }
    let hash = UInt32(truncatingIfNeeded: Mixing.hash(word, seed: seed))
    let record = arena + used
    record[0] = hash
    record[1] = UInt32(word.count)
    record[2] = UInt32(tokens.count)
    UnsafeMutableRawBufferPointer(start: record + 3, count: word.count).copyMemory(from: UnsafeRawBufferPointer(word))
    for (index, token) in tokens.enumerated() { record[3 + padded + index] = token }
    var slot = Int(hash) & (Self.longSlots - 1)
    while slots[slot] != 0 { slot = (slot + 1) & (Self.longSlots - 1) }
    slots[slot] = UInt32(used + 1)
    used += 3 + padded + tokens.count
    words += 1
  }
}
