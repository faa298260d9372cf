import Foundation

/// Brings text into a normal form, segment by segment, and remembers where segments begin.
///
/// A segment is a stable scalar with the unstable ones behind it; it can be normalized alone, since
/// nothing composes over the scalar that begins the next. The work is linear in the text but for the
/// sorting of marks within a segment, n log n: a megabyte of accents is not an attack.
///
/// Decompositions and compositions of single scalars come from Foundation and are computed once each.
/// Scalars that Unicode added after version 9 are left unchanged, as in the reference implementation.
struct Normalizer {
  let form: Normalization
  private var decompositions: [UInt32: [UInt32]] = [:]

  init(_ form: Normalization) { self.form = form }

  /// A text and how its places belong to those of the text it was made from.
  struct Text {
    var bytes: [UInt8] = []
    /// Where segments that changed begin and end, in both texts, in order; between them the texts are
    /// equal byte by byte.
    var changes: [(normalized: Range<Int>, original: Range<Int>)] = []

    /// The place in the original text; nil inside a segment that changed.
    func original(_ place: Int) -> Int? {
      var (low, high) = (0, changes.count)
      while low < high {
        let middle = (low + high) / 2
        if changes[middle].normalized.upperBound <= place { low = middle + 1 } else { high = middle }
      }
      // `low` is the first change that ends behind the place.
      if low < changes.count, changes[low].normalized.lowerBound < place { return nil }
      guard low > 0 else { return place }
      return changes[low - 1].original.upperBound + place - changes[low - 1].normalized.upperBound
    }

    /// The place in the normalized text of one in the original; inside a segment that changed, its begin.
    func normalized(_ place: Int) -> Int {
      var (low, high) = (0, changes.count)
      while low < high {
        let middle = (low + high) / 2
        if changes[middle].original.upperBound <= place { low = middle + 1 } else { high = middle }
      }
      // `low` is the first change that ends behind the place.
      if low < changes.count, changes[low].original.lowerBound < place { return changes[low].normalized.lowerBound }
      guard low > 0 else { return place }
      return changes[low - 1].normalized.upperBound + place - changes[low - 1].original.upperBound
    }
  }

  /// Whether a text is certainly in the form already.
  static func isStable(_ text: UnsafeBufferPointer<UInt8>, in form: Normalization) -> Bool {
    var place = asciiEnd(text, from: 0)
    while place < text.count {
      guard let (value, width) = scalar(in: text, at: place), form.isStable(value) else { return false }
      place = asciiEnd(text, from: place + width)
    }
    return true
  }

  /// Where the last segment begins: at the last stable scalar, or the front.
  static func lastFront(of text: UnsafeBufferPointer<UInt8>, in form: Normalization) -> Int {
    var place = text.count
    while place > 0 {
      place -= 1
      if text[place] & 0xC0 != 0x80, let (value, _) = scalar(in: text, at: place), form.isStable(value) { return place }
    }
    return 0
  }

  /// - Parameter text: valid UTF-8, save at its end.
  mutating func normalize(_ text: UnsafeBufferPointer<UInt8>) -> Text {
    var result = Text()
    result.bytes.reserveCapacity(text.count)
    var copied = 0
    var place = 0
    /// Where the segment begins that the next scalar may belong to.
    var front = 0
    while place < text.count {
      guard let (value, width) = Self.scalar(in: text, at: place) else {
        // A byte that begins no scalar is nothing that could change, and no part of a segment.
        place += 1
        front = place
        continue
      }
      if form.isStable(value) {
        front = place
        place += width
        continue
      }
      if beginsSegment(value) { front = place }
      place += width
      while place < text.count, let (value, width) = Self.scalar(in: text, at: place), !form.isStable(value),
        !beginsSegment(value)
      {
        place += width
      }
      let segment = UnsafeBufferPointer(rebasing: text[front..<place])
      let normal = normal(segment)
      if !normal.elementsEqual(segment) {
        result.bytes += text[copied..<front]
        result.changes.append((result.bytes.count..<(result.bytes.count + normal.count), front..<place))
        result.bytes += normal
        copied = place
      }
      front = place
    }
    result.bytes += text[copied...]
    return result
  }

  private mutating func normal(_ segment: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var bytes: [UInt8] = []
    var scalars: [UInt32] = []
    var place = 0
    while place < segment.count, let (value, width) = Self.scalar(in: segment, at: place) {
      scalars += decomposition(of: value)
      place += width
    }
    Self.order(&scalars)
    for value in composed(scalars) {
      UTF8.encode(Unicode.Scalar(value) ?? "\u{FFFD}").map { bytes += $0 }
    }
    return bytes
  }

  private mutating func decomposition(of value: UInt32) -> [UInt32] {
    if let parts = Hangul.parts(of: value) { return parts }
    if let known = decompositions[value] { return known }
    guard Self.isKnown(value) else { return [value] }
    let text = Unicode.Scalar(value).map { String(Character($0)) } ?? ""
    let result =
      form == .nfc ? text.decomposedStringWithCanonicalMapping : text.decomposedStringWithCompatibilityMapping
    let values = result.unicodeScalars.map(\.value)
    decompositions[value] = values
    return values
  }

  /// Marks between two starters by their class, those of one class in their order.
  private static func order(_ scalars: inout [UInt32]) {
    var start = 0
    while start < scalars.count {
      guard order(of: scalars[start]) != 0 else {
        start += 1
        continue
      }
      let end = scalars[start...].firstIndex { order(of: $0) == 0 } ?? scalars.count
      if end - start > 1 {
        let marks = scalars[start..<end].enumerated().map { (order(of: $0.element), $0.offset, $0.element) }
        let sorted = marks.sorted { ($0.0, $0.1) < ($1.0, $1.1) }
        for (offset, mark) in sorted.enumerated() { scalars[start + offset] = mark.2 }
      }
      start = end
    }
  }

  private static func order(of value: UInt32) -> UInt8 {
    guard value >= 0x300, isKnown(value) else { return 0 }
    return Unicode.Scalar(value)?.properties.canonicalCombiningClass.rawValue ?? 0
  }

  /// Whether Unicode 9 had the scalar.
  static func isKnown(_ value: UInt32) -> Bool {
    guard let age = Unicode.Scalar(value)?.properties.age else { return false }
    return age.major <= 9
  }

  /// Composes each mark with the last starter unless a mark of the same or a higher class, or another
  /// starter, stands between.
  private func composed(_ scalars: [UInt32]) -> [UInt32] {
    var result: [UInt32] = []
    var starter: Int?
    var before: UInt8 = 0
    for value in scalars {
      let order = Self.order(of: value)
      if let place = starter {
        let isBlocked = place + 1 < result.count && (before == 0 || before >= order)
        if !isBlocked, let whole = composition(of: result[place], value) {
          result[place] = whole
          continue
        }
      }
      if order == 0 { starter = result.count }
      before = order
      result.append(value)
    }
    return result
  }

  /// What two scalars compose to; nil when they stay two.
  private func composition(of first: UInt32, _ second: UInt32) -> UInt32? {
    Hangul.syllable(first, second) ?? Compositions.shared.wholes[UInt64(first) << 32 | UInt64(second)]
  }

  /// Whether nothing before a scalar is changed by it, and it by nothing before: a segment begins.
  private mutating func beginsSegment(_ value: UInt32) -> Bool {
    let first = decomposition(of: value).first ?? value
    return Self.order(of: first) == 0 && !Hangul.isSecond(first) && !Compositions.shared.seconds.contains(first)
  }

  /// The scalar at a place and its bytes; nil where there is none.
  @inline(__always)
  private static func scalar(in text: UnsafeBufferPointer<UInt8>, at place: Int) -> (UInt32, Int)? {
    let lead = UInt32(text[place])
    if lead < 0x80 { return (lead, 1) }
    let width = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
    guard lead >= 0xC2, lead < 0xF5, place + width <= text.count else { return nil }
    var value = lead & (0x7F >> UInt32(width))
    for offset in 1..<width {
      guard text[place + offset] & 0xC0 == 0x80 else { return nil }
      value = value << 6 | UInt32(text[place + offset] & 0x3F)
    }
    // Surrogates, and what is above U+10FFFF.
    return Unicode.Scalar(value) == nil ? nil : (value, width)
  }

  @inline(__always)
  private static func asciiEnd(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    let raw = UnsafeRawBufferPointer(text)
    var place = start
    while place + 8 <= text.count,
      raw.loadUnaligned(fromByteOffset: place, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
    {
      place += 8
    }
    while place < text.count, text[place] < 0x80 { place += 1 }
    return place
  }
}
