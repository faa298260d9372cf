extension MarkedText {
  /// White space as Python's `str.isspace` has it.
  static func isBlank(_ unit: Unit) -> Bool {
    switch value(unit) {
    case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
    default: false
    }
  }

  /// Where another text stands, from a place on.
  func find(_ other: MarkedText, from start: Int = 0, to end: Int? = nil) -> Int? {
    let end = end ?? count
    guard start <= end, other.count <= end - start else { return nil }
    guard let first = other.units.first.map(Self.value) else { return start }
    for place in start...(end - other.count) where Self.value(units[place]) == first && stands(other, at: place) {
      return place
    }
    return nil
  }

  /// The last place at which another text stands.
  func findLast(_ other: MarkedText, from start: Int = 0, to end: Int? = nil) -> Int? {
    let end = end ?? count
    guard start <= end, other.count <= end - start else { return nil }
    for place in stride(from: end - other.count, through: start, by: -1) where stands(other, at: place) {
      return place
    }
    return nil
  }

  private func stands(_ other: MarkedText, at place: Int) -> Bool {
    for (offset, unit) in other.units.enumerated() where Self.value(units[place + offset]) != Self.value(unit) {
      return false
    }
    return true
  }

  func hasPrefix(_ other: MarkedText) -> Bool { other.count <= count && stands(other, at: 0) }
  func hasSuffix(_ other: MarkedText) -> Bool { other.count <= count && stands(other, at: count - other.count) }

  /// How often another text stands in this one, without overlap.
  func occurrences(of other: MarkedText) -> Int {
    guard !other.isEmpty else { return count + 1 }
    var number = 0
    var place = 0
    while let found = find(other, from: place) {
      number += 1
      place = found + other.count
    }
    return number
  }

  /// Without the scalars of a set at its ends; nil means white space.
  func stripped(_ characters: MarkedText? = nil, front: Bool = true, back: Bool = true) -> MarkedText {
    let set = characters.map { Set($0.units.map(Self.value)) }
    func goes(_ unit: Unit) -> Bool { set?.contains(Self.value(unit)) ?? Self.isBlank(unit) }
    var slice = units[...]
    if front { slice = slice.drop(while: goes) }
    if back { while let last = slice.last, goes(last) { slice.removeLast() } }
    return MarkedText(units: slice)
  }

  /// As `str.replace`: at most `limit` places, or all where it is negative.
  func replacing(_ old: MarkedText, with new: MarkedText, limit: Int = -1) -> MarkedText {
    var result = MarkedText()
    var place = 0
    var left = limit
    if old.isEmpty {
      for unit in units where left != 0 || place < count {
        if left != 0 {
          result.units += new.units
          left -= 1
        }
        result.units.append(unit)
        place += 1
      }
      if left != 0 { result.units += new.units }
      return result
    }
    while left != 0, let found = find(old, from: place) {
      result.units += units[place..<found]
      result.units += new.units
      place = found + old.count
      left -= 1
    }
    result.units += units[place...]
    return result
  }

  /// As `str.split` with a separator.
  func split(_ separator: MarkedText, limit: Int = -1) -> [MarkedText] {
    var parts: [MarkedText] = []
    var place = 0
    while parts.count != limit, let found = find(separator, from: place) {
      parts.append(MarkedText(units: units[place..<found]))
      place = found + separator.count
    }
    return parts + [MarkedText(units: units[place...])]
  }

  /// As `str.rsplit` with a separator.
  func splitFromBack(_ separator: MarkedText, limit: Int = -1) -> [MarkedText] {
    var parts: [MarkedText] = []
    var end = count
    while parts.count != limit, let found = findLast(separator, to: end) {
      parts.append(MarkedText(units: units[(found + separator.count)..<end]))
      end = found
    }
    return (parts + [MarkedText(units: units[..<end])]).reversed()
  }

  /// As `str.split` without a separator: at runs of white space.
  func splitAtBlanks(limit: Int = -1) -> [MarkedText] {
    var parts: [MarkedText] = []
    var rest = units[...].drop(while: Self.isBlank)
    while !rest.isEmpty, parts.count != limit {
      let word = rest.prefix { !Self.isBlank($0) }
      parts.append(MarkedText(units: word))
      rest = rest[word.endIndex...].drop(while: Self.isBlank)
    }
    if !rest.isEmpty { parts.append(MarkedText(units: rest)) }
    return parts
  }

  /// As `str.rsplit` without a separator.
  func splitAtBlanksFromBack(limit: Int = -1) -> [MarkedText] {
    MarkedText(units: units.reversed()).splitAtBlanks(limit: limit).reversed()
      .map { MarkedText(units: $0.units.reversed()) }
  }

  /// As `str.splitlines`.
  func lines(keepingEnds: Bool = false) -> [MarkedText] {
    var lines: [MarkedText] = []
    var place = 0
    while place < count {
      var end = place
      while end < count, !Self.isLineEnd(units[end]) { end += 1 }
      var next = end
      if end < count {
        let isPair = Self.value(units[end]) == 0x0D && end + 1 < count && Self.value(units[end + 1]) == 0x0A
        next = end + (isPair ? 2 : 1)
      }
      lines.append(MarkedText(units: units[place..<(keepingEnds ? next : end)]))
      place = next
    }
    return lines
  }

  private static func isLineEnd(_ unit: Unit) -> Bool {
    switch value(unit) {
    case 0x0A...0x0D, 0x1C...0x1E, 0x85, 0x2028, 0x2029: true
    default: false
    }
  }
}
