import Foundation
import Terminal

/// The hash by which settings, data and prompts are known (FIPS 180-4). Foundation has none on
/// Linux, and a package for it would cost more to build than these lines.
package struct SHA256 {
  private var state: [UInt32] = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
  ]
  private var pending: [UInt8] = []
  private var length: UInt64 = 0
  private var schedule = [UInt32](repeating: 0, count: 64)

  package init() {}

  package static func hash(_ text: String) -> String {
    var hash = SHA256()
    hash.update(Array(text.utf8))
    return hash.finish()
  }

  package mutating func update(_ bytes: [UInt8]) {
    length += UInt64(bytes.count)
    pending += bytes
    let whole = pending.count / 64 * 64
    guard whole > 0 else { return }
    let full = pending
    full.withUnsafeBufferPointer { bytes in
      for start in stride(from: 0, to: whole, by: 64) { block(bytes, start) }
    }
    pending = Array(full[whole...])
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

  private mutating func block(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) {
    func rotated(_ x: UInt32, _ by: UInt32) -> UInt32 { x >> by | x << (32 - by) }
    for t in 0..<16 {
      let at = start + 4 * t
      schedule[t] =
        UInt32(bytes[at]) << 24 | UInt32(bytes[at + 1]) << 16 | UInt32(bytes[at + 2]) << 8 | UInt32(bytes[at + 3])
    }
    for t in 16..<64 {
      let (x, y) = (schedule[t - 15], schedule[t - 2])
      let small0: UInt32 = rotated(x, 7) ^ rotated(x, 18) ^ (x >> 3)
      let small1: UInt32 = rotated(y, 17) ^ rotated(y, 19) ^ (y >> 10)
      schedule[t] = schedule[t - 16] &+ small0 &+ schedule[t - 7] &+ small1
    }
    var (a, b, c, d) = (state[0], state[1], state[2], state[3])
    var (e, f, g, h) = (state[4], state[5], state[6], state[7])
    for t in 0..<64 {
      let big1: UInt32 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)
      let choice: UInt32 = (e & f) ^ (~e & g)
      let first: UInt32 = h &+ big1 &+ choice &+ Self.constants[t] &+ schedule[t]
      let big0: UInt32 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)
      let majority: UInt32 = (a & b) ^ (a & c) ^ (b & c)
      (h, g, f, e, d, c, b, a) = (g, f, e, d &+ first, c, b, a, first &+ big0 &+ majority)
    }
    for (index, value) in [a, b, c, d, e, f, g, h].enumerated() { state[index] &+= value }
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

extension SHA256 {
  /// A file's hash. Of files above 256 MiB only the size and 64 spread pieces of 1 MiB are hashed,
  /// which the prefix `sampled:` says.
  package static func hash(file path: String) throws -> String {
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw WorkbenchError.unreadable(path, reason: "opening it is not permitted, or it is gone")
    }
    defer { try? handle.close() }
    let piece = 1 << 20
    var hash = SHA256()
    do {
      let size = try handle.seekToEnd()
      let isWhole = size <= 256 << 20
      let starts =
        isWhole
        ? Array(stride(from: 0, to: size, by: piece))
        : (0..<64).map { UInt64($0) * (size - UInt64(piece)) / 63 }
      if !isWhole { hash.update(Array("\(size)".utf8)) }
      for start in starts {
        try handle.seek(toOffset: start)
        hash.update([UInt8](try handle.read(upToCount: piece) ?? Data()))
      }
      return (isWhole ? "" : "sampled:") + hash.finish()
    } catch {
      throw WorkbenchError.unreadable(path, reason: error.localizedDescription)
    }
  }
}
