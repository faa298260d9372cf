/// FNV-1a with 64 bits (Fowler, Noll, Vo): the same in every process and on every machine, unlike `Hasher`. It is
/// fast and gives no protection against deliberate collisions.
package struct FNV1a: Sendable {
  /// The hash of everything mixed in so far.
  package var hash: UInt64 = 0xcbf2_9ce4_8422_2325

  /// The hash of nothing.
  @inlinable package init() {}

  /// Mixes in one byte.
  @inlinable package mutating func mix(_ byte: UInt8) { mix(UInt64(byte)) }

  /// Mixes in a number at once, which the published function does byte by byte.
  @inlinable package mutating func mix(_ number: UInt64) { hash = (hash ^ number) &* 0x100_0000_01b3 }

  /// The hash of a text's UTF-8.
  package static func hash(of text: String) -> UInt64 {
    var hash = FNV1a()
    var text = text
    text.withUTF8 { for byte in $0 { hash.mix(byte) } }
    return hash.hash
  }
}
