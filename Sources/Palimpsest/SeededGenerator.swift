import Basics

/// Random numbers that depend only on (seed, session, step, purpose): order, concurrency and the
/// number of threads change no result.
///
/// SplitMix64 (Steele, Lea, Flood 2014), its state hashed from the four by FNV-1a.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// All four count: generators that differ in one of them give unrelated numbers.
  public init(seed: UInt64, session: String = "", step: Int = 0, purpose: String) {
    var hash = FNV1a()
    func mix(_ byte: UInt8) { hash.mix(byte) }
    withUnsafeBytes(of: seed.littleEndian) { $0.forEach(mix) }
    session.utf8.forEach(mix)
    mix(0xff)  // occurs in no UTF-8, so the fields cannot run into each other
    withUnsafeBytes(of: Int64(step).littleEndian) { $0.forEach(mix) }
    purpose.utf8.forEach(mix)
    state = hash.hash
  }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
