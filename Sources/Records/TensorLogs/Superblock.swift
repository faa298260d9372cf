import Foundation

/// The first 48 bytes of an HDF5 file of format version 3: whether a writer has it open, and where it
/// ends.
///
/// Source: HDF5 File Format Specification 3.0, II.A; the checksum is Jenkins' lookup3.
struct Superblock {
  private(set) var bytes: [UInt8]

  static let size = 48

  /// - Returns: nil where the bytes are not a valid superblock of version 3 with addresses of 8
  ///   bytes.
  init?(_ bytes: [UInt8]) {
    let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]
    guard bytes.count == Self.size, bytes.starts(with: signature), bytes[8] == 3, bytes[9] == 8 else { return nil }
    self.bytes = bytes
    guard number(at: 44, bytes: 4) == UInt64(lookup3(bytes[..<44])) else { return nil }
  }

  /// Whether the file is marked as being written, which keeps others from opening it.
  var isMarked: Bool { bytes[11] != 0 }

  /// The end of the file that readers see.
  var end: UInt64 { number(at: 28, bytes: 8) }

  /// The superblock of the same file, unmarked and ending elsewhere.
  func unmarked(end: UInt64) -> Superblock {
    var copy = self
    copy.bytes[11] = 0
    copy.set(end, at: 28, bytes: 8)
    copy.set(UInt64(lookup3(copy.bytes[..<44])), at: 44, bytes: 4)
    return copy
  }

  private func number(at offset: Int, bytes count: Int) -> UInt64 {
    bytes[offset..<(offset + count)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private mutating func set(_ number: UInt64, at offset: Int, bytes count: Int) {
    for index in 0..<count { bytes[offset + index] = UInt8(truncatingIfNeeded: number >> (8 * UInt64(index))) }
  }
}

/// Bob Jenkins' lookup3 hash (`hashlittle`, 2006, public domain), with initial value 0.
func lookup3(_ key: ArraySlice<UInt8>) -> UInt32 {
  func rotated(_ x: UInt32, _ k: UInt32) -> UInt32 { x << k | x >> (32 - k) }
  var key = key
  var (a, b, c): (UInt32, UInt32, UInt32)
  let initial = 0xdead_beef &+ UInt32(truncatingIfNeeded: key.count)
  (a, b, c) = (initial, initial, initial)

  func word(_ index: Int) -> UInt32 {
    (0..<4).reduce(0) { sum, byte in
      let place = key.startIndex + 4 * index + byte
      return place < key.endIndex ? sum | UInt32(key[place]) << UInt32(8 * byte) : sum
    }
  }
  while key.count > 12 {
    a &+= word(0)
    b &+= word(1)
    c &+= word(2)
    a &-= c; a ^= rotated(c, 4); c &+= b
    b &-= a; b ^= rotated(a, 6); a &+= c
    c &-= b; c ^= rotated(b, 8); b &+= a
    a &-= c; a ^= rotated(c, 16); c &+= b
    b &-= a; b ^= rotated(a, 19); a &+= c
    c &-= b; c ^= rotated(b, 4); b &+= a
    key = key.dropFirst(12)
  }
  if key.isEmpty { return c }
  a &+= word(0)
  b &+= word(1)
  c &+= word(2)
  c ^= b; c &-= rotated(b, 14)
  a ^= c; a &-= rotated(c, 11)
  b ^= a; b &-= rotated(a, 25)
  c ^= b; c &-= rotated(b, 16)
  a ^= c; a &-= rotated(c, 4)
  b ^= a; b &-= rotated(a, 14)
  c ^= b; c &-= rotated(b, 24)
  return c
}
