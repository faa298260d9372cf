/// A text as Python's `str` sees it: a sequence of code points, compared one by one.
///
/// The published metrics are Python code. Swift's `String` compares by canonical equivalence and
/// counts grapheme clusters, so "é" would equal "e" + U+0301 and an emoji would not be found inside
/// a longer one. Here, as in Python, neither holds. Every operation takes time linear in the text.
public struct PythonText: Hashable, Sendable {
  /// Code points, surrogates included.
  public var points: [UInt32]

  /// The scalars of a string, without normalization.
  public init(_ text: String) { points = text.unicodeScalars.map(\.value) }
  /// Any code points; they are not checked.
  public init(_ points: some Sequence<UInt32>) { self.points = Array(points) }

  /// Whether there is no code point, as `not s` in Python.
  public var isEmpty: Bool { points.isEmpty }
  /// Code points, as `len(s)` in Python.
  public var count: Int { points.count }

  /// The text; surrogates, which no `String` can hold, become U+FFFD.
  public var string: String {
    var scalars = String.UnicodeScalarView()
    scalars.append(contentsOf: points.lazy.map { Unicode.Scalar($0) ?? "\u{FFFD}" })
    return String(scalars)
  }
}

extension PythonText: ExpressibleByStringLiteral, CustomStringConvertible {
  /// The scalars of the literal.
  public init(stringLiteral value: String) { self.init(value) }
  /// The text itself.
  public var description: String { string }
}

// MARK: white space

extension PythonText {
  /// `s.split()`: the runs between white space.
  public func split() -> [PythonText] {
    points.split(whereSeparator: CodePoint.isSpace).map { PythonText($0) }
  }

  /// `s.strip()`
  public func stripped() -> PythonText { stripped(CodePoint.isSpace) }

  /// `s.strip(characters)`
  public func stripped(of characters: String) -> PythonText {
    let characters = Set(characters.unicodeScalars.map(\.value))
    return stripped(characters.contains)
  }

  private func stripped(_ isStripped: (UInt32) -> Bool) -> PythonText {
    guard let first = points.firstIndex(where: { !isStripped($0) }),
      let last = points.lastIndex(where: { !isStripped($0) })
    else { return PythonText([]) }
    return PythonText(points[first...last])
  }

  /// `" ".join(s.split())`
  public func collapsed() -> PythonText { .joined(split(), by: " ") }

  /// `separator.join(parts)`
  public static func joined(_ parts: [PythonText], by separator: PythonText) -> PythonText {
    PythonText(Array(parts.map(\.points).joined(separator: separator.points)))
  }
}

// MARK: searching

extension PythonText {
  /// `other in s`; the empty text is in every text.
  public func contains(_ other: PythonText) -> Bool { first(other) != nil }

  /// `s.find(other)`, with nil for -1.
  public func first(_ other: PythonText) -> Int? { places(of: other, atMost: 1).first }

  /// `s.rfind(other)`, with nil for -1; `other` is not empty.
  public func last(_ other: PythonText) -> Int? {
    PythonText(points.reversed()).first(PythonText(other.points.reversed()))
      .map { count - $0 - other.count }
  }

  /// `s.startswith(other)`.
  public func starts(with other: PythonText) -> Bool { points.starts(with: other.points) }

  /// `s.replace(old, new)`; `old` is not empty.
  public func replacing(_ old: PythonText, by new: PythonText) -> PythonText {
    .joined(split(by: old), by: new)
  }

  /// `s.split(separator)`; the separator is not empty.
  public func split(by separator: PythonText) -> [PythonText] {
    var parts: [PythonText] = []
    var start = 0
    for place in places(of: separator, atMost: .max) {
      parts.append(PythonText(points[start..<place]))
      start = place + separator.count
    }
    parts.append(PythonText(points[start...]))
    return parts
  }

  /// Where `other` begins, without overlaps, from the left.
  ///
  /// The search of Knuth, Morris and Pratt: its time does not depend on what is sought.
  private func places(of other: PythonText, atMost limit: Int) -> [Int] {
    let sought = other.points
    guard !sought.isEmpty else { return [0] }
    var fallback = [0]
    fallback.reserveCapacity(sought.count)
    var matched = 0
    for index in 1..<max(sought.count, 1) {
      while matched > 0, sought[index] != sought[matched] { matched = fallback[matched - 1] }
      if sought[index] == sought[matched] { matched += 1 }
      fallback.append(matched)
    }
    var places: [Int] = []
    matched = 0
    for (index, point) in points.enumerated() {
      while matched > 0, point != sought[matched] { matched = fallback[matched - 1] }
      if point == sought[matched] { matched += 1 }
      if matched == sought.count {
        places.append(index + 1 - matched)
        if places.count == limit { break }
        matched = 0
      }
    }
    return places
  }
}
