/// Text as Python sees it, an array of scalars, of which each knows whether it is foreign.
///
/// Every operation on text moves or copies units, so marks follow the scalars through all of them.
/// Comparison does not see marks.
struct MarkedText {
  /// A scalar's value; `foreign` is added to those that are foreign.
  typealias Unit = UInt32

  var units: [Unit] = []

  static let foreign: Unit = 1 << 31
  /// Stands for what is not text; no scalar has this value.
  static let gap: Unit = 1 << 30

  var count: Int { units.count }
  var isEmpty: Bool { units.isEmpty }

  init() {}
  init(units: [Unit]) { self.units = units }
  init(units: some Sequence<Unit>) { self.units = Array(units) }

  /// Trusted text.
  init(_ text: String) {
    units.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars { units.append(scalar.value) }
  }

  /// Foreign pieces with gaps between them.
  init(foreign pieces: [String]) {
    for (index, piece) in pieces.enumerated() {
      if index > 0 { units.append(Self.gap | Self.foreign) }
      for scalar in piece.unicodeScalars { units.append(scalar.value | Self.foreign) }
    }
  }

  /// The value of a unit, whatever its origin.
  @inline(__always)
  static func value(_ unit: Unit) -> UInt32 { unit & ~foreign }

  /// The scalar of a unit; nil for a gap.
  static func scalar(_ unit: Unit) -> Unicode.Scalar? { Unicode.Scalar(value(unit)) }

  static func + (left: MarkedText, right: MarkedText) -> MarkedText { MarkedText(units: left.units + right.units) }

  /// The text without its marks. A gap is U+FFFC, the scalar for objects.
  var string: String {
    var text = String.UnicodeScalarView()
    for unit in units { text.append(Self.scalar(unit) ?? "\u{FFFC}") }
    return String(text)
  }

  var isForeign: Bool { units.contains { $0 & Self.foreign != 0 } }

  /// The text by origin.
  var parts: [JinjaPart] {
    var parts: [JinjaPart] = []
    var run = String.UnicodeScalarView()
    var isForeign = false
    func finish() {
      if !run.isEmpty { parts.append(isForeign ? .foreign(String(run)) : .trusted(String(run))) }
      run = String.UnicodeScalarView()
    }
    for unit in units {
      guard let scalar = Self.scalar(unit) else {
        finish()
        parts.append(.gap)
        continue
      }
      if (unit & Self.foreign != 0) != isForeign {
        finish()
        isForeign.toggle()
      }
      run.append(scalar)
    }
    finish()
    return parts
  }
}

extension MarkedText: Hashable {
  static func == (left: MarkedText, right: MarkedText) -> Bool {
    left.units.count == right.units.count && zip(left.units, right.units).allSatisfy { value($0) == value($1) }
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(units.count)
    for unit in units { hasher.combine(Self.value(unit)) }
  }
}

extension MarkedText: Comparable {
  static func < (left: MarkedText, right: MarkedText) -> Bool {
    left.units.lexicographicallyPrecedes(right.units) { value($0) < value($1) }
  }
}
