import Palimpsest

/// The numbers 0..<count in a random order in which every place can be computed alone. Nothing is
/// stored: a seed and a number give the order of a pass through any number of spans.
///
/// A Feistel network of four rounds over the next power of four (Luby and Rackoff 1988), walked on until it
/// is back among the numbers there are (Black and Rogaway 2002): at most four times on average.
public struct Shuffle: Sendable {
  /// How many numbers there are, from 0 on.
  public let count: Int
  private let halfBits: UInt64
  private let keys: [UInt64]

  /// - Parameters:
  ///   - pass: each has another order.
  /// - Precondition: the count is at least 1.
  public init(_ count: Int, seed: UInt64, pass: Int = 0) {
    precondition(count > 0, "an order of \(count) things")
    self.count = count
    var bits = 1
    while bits < 31, 1 << (2 * bits) < count { bits += 1 }
    halfBits = UInt64(bits)
    var random = SeededGenerator(seed: seed, step: pass, purpose: "shuffle")
    keys = (0..<4).map { _ in random.next() }
  }

  /// The number at a place.
  public subscript(place: Int) -> Int {
    precondition((0..<count).contains(place), "place \(place) of \(count)")
    var number = turned(UInt64(place))
    while number >= UInt64(count) { number = turned(number) }
    return Int(number)
  }

  /// One to one on the numbers of twice `halfBits` bits.
  private func turned(_ number: UInt64) -> UInt64 {
    let mask = (1 << halfBits) - 1 as UInt64
    var (left, right) = (number >> halfBits, number & mask)
    for key in keys {
      var mixed = (right ^ key) &* 0xbf58_476d_1ce4_e5b9
      mixed = (mixed ^ (mixed >> 29)) &* 0x94d0_49bb_1331_11eb
      (left, right) = (right, left ^ ((mixed ^ (mixed >> 32)) & mask))
    }
    return left << halfBits | right
  }
}
