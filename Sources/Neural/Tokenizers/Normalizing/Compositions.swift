import Foundation

/// Which two scalars compose to one, made once from what single scalars decompose to.
///
/// Foundation is asked about single scalars only: asked to compose two, it takes those above U+FFFF
/// for others (a tag letter and an accent become `Á`).
struct Compositions: Sendable {
  private(set) var wholes: [UInt64: UInt32] = [:]
  /// All that stand second in a pair.
  private(set) var seconds: Set<UInt32> = []

  static let shared = Compositions()

  /// The blocks in which Unicode 9 has scalars that something composes to.
  private static let blocks: [ClosedRange<UInt32>] = [0xC0...0x30FF, 0x11000...0x11FFF]

  private init() {
    var parts: [(whole: UInt32, parts: [UInt32])] = []
    for value in Self.blocks.joined() {
      guard let scalar = Unicode.Scalar(value), Normalizer.isKnown(value) else { continue }
      let text = String(Character(scalar))
      let decomposed = text.decomposedStringWithCanonicalMapping.unicodeScalars.map(\.value)
      // Those that composition does not give back are excluded by the standard.
      guard decomposed.count > 1, text.precomposedStringWithCanonicalMapping.unicodeScalars.elementsEqual([scalar])
      else { continue }
      parts.append((value, decomposed))
    }
    // Short ones first: the front of a long one is a whole itself.
    for (whole, parts) in parts.sorted(by: { $0.parts.count < $1.parts.count }) {
      var first = parts[0]
      for second in parts[1..<(parts.count - 1)] { first = wholes[UInt64(first) << 32 | UInt64(second)] ?? first }
      wholes[UInt64(first) << 32 | UInt64(parts[parts.count - 1])] = whole
      seconds.insert(parts[parts.count - 1])
    }
  }
}
