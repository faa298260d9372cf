/// Hashes that decide where something is looked for, never what is found: they differ from process
/// to process, so that no file and no text can be made to collide.
enum Mixing {
  static let seed = UInt64.random(in: .min ... .max)

  @inline(__always)
  static func fold(_ value: UInt64) -> UInt64 {
    let (high, low) = value.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
    return high ^ low
  }

  /// The hash of bytes, eight at a time.
  static func hash(_ bytes: UnsafeBufferPointer<UInt8>, seed: UInt64) -> UInt64 {
    var hash = seed ^ UInt64(bytes.count)
    var place = 0
    let raw = UnsafeRawBufferPointer(bytes)
    while place + 8 <= bytes.count {
      hash = fold(hash ^ raw.loadUnaligned(fromByteOffset: place, as: UInt64.self)) &+ seed
      place += 8
    }
    var rest: UInt64 = 1
    while place < bytes.count {
      rest = rest << 8 | UInt64(bytes[place])
      place += 1
    }
    return fold(hash ^ rest)
  }
}
