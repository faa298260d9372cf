import Foundation

/// The hash by which settings, data, prompts and tensors are known (FIPS 180-4). Foundation has none on
/// Linux, and a package for it would cost more to build than these lines.
package struct SHA256 {
  private var state: [UInt32] = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
  ]
  private var pending: [UInt8] = []
  private var length: UInt64 = 0

  package init() {}

  package static func hash(_ text: String) -> String {
    var hash = SHA256()
    hash.update(Array(text.utf8))
    return hash.finish()
  }

  package mutating func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }

  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    length += UInt64(bytes.count)
    var start = 0
    if !pending.isEmpty {
      start = min(64 - pending.count, bytes.count)
      pending += bytes[..<start]
      guard pending.count == 64 else { return }
      let block = pending
      block.withUnsafeBytes { take($0) }
      pending.removeAll(keepingCapacity: true)
    }
    let whole = start + (bytes.count - start) / 64 * 64
    take(UnsafeRawBufferPointer(rebasing: bytes[start..<whole]))
    pending += bytes[whole...]
  }

  /// The hash as 64 hexadecimal digits.
  package mutating func finish() -> String {
    let bits = length * 8
    var tail: [UInt8] = [0x80]
    while (pending.count + tail.count) % 64 != 56 { tail.append(0) }
    tail += (0..<8).map { UInt8(truncatingIfNeeded: bits >> UInt64(56 - 8 * $0)) }
    update(tail)
    return state.map { String(format: "%08x", $0) }.joined()
  }

  /// Takes whole blocks of 64 bytes.
  private mutating func take(_ bytes: UnsafeRawBufferPointer) {
    func rotated(_ x: UInt32, _ by: UInt32) -> UInt32 { x >> by | x << (32 - by) }
    let constants = Self.constants
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { schedule in
      for start in stride(from: 0, to: bytes.count, by: 64) {
        for t in 0..<16 {
          let word = bytes.loadUnaligned(fromByteOffset: start + 4 * t, as: UInt32.self)
          schedule.initializeElement(at: t, to: UInt32(bigEndian: word))
        }
        for t in 16..<64 {
          let (x, y) = (schedule[t - 15], schedule[t - 2])
          let small0: UInt32 = rotated(x, 7) ^ rotated(x, 18) ^ (x >> 3)
          let small1: UInt32 = rotated(y, 17) ^ rotated(y, 19) ^ (y >> 10)
          schedule.initializeElement(at: t, to: schedule[t - 16] &+ small0 &+ schedule[t - 7] &+ small1)
        }
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        for t in 0..<64 {
          let big1: UInt32 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)
          let choice: UInt32 = (e & f) ^ (~e & g)
          let first: UInt32 = h &+ big1 &+ choice &+ constants[t] &+ schedule[t]
          let big0: UInt32 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)
          let majority: UInt32 = (a & b) ^ (a & c) ^ (b & c)
          (h, g, f, e, d, c, b, a) = (g, f, e, d &+ first, c, b, a, first &+ big0 &+ majority)
        }
        for (index, value) in [a, b, c, d, e, f, g, h].enumerated() { state[index] &+= value }
      }
    }
  }

  /// The first 32 bits of the fractional parts of the cube roots of the first 64 primes, found in
  /// integers: the cube root of p · 2⁹⁶, cut.
  private static let constants: [UInt32] = {
    var primes: [UInt64] = []
    var candidate: UInt64 = 2
    while primes.count < 64 {
      if primes.allSatisfy({ candidate % $0 != 0 }) { primes.append(candidate) }
      candidate += 1
    }
    return primes.map { prime in
      let exact = Foundation.cbrt(Double(prime))
      var root = UInt64(exact * 0x1p32)
      // A double has 53 bits, the root 35: the guess is right or off by one, which the cube decides.
      func cubeIsBelow(_ root: UInt64) -> Bool {
        let square = root.multipliedFullWidth(by: root)
        // (square · root) < prime · 2⁹⁶, both below 2¹⁰⁶: compare the parts above 2⁹⁶.
        let low = square.low.multipliedFullWidth(by: root)
        let high = square.high &* root &+ low.high
        return high >> 32 < prime
      }
      if !cubeIsBelow(root) { root -= 1 }
      if cubeIsBelow(root + 1) { root += 1 }
      return UInt32(truncatingIfNeeded: root)
    }
  }()
}
