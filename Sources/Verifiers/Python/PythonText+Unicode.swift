/// What Python knows about single code points.
enum CodePoint {
  /// `str.isspace`: white space of Unicode and the four control separators; not U+200B.
  static func isSpace(_ point: UInt32) -> Bool {
    switch point {
    case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000:
      true
    default: false
    }
  }

  /// `\w` of the module `re`: letters, digits and numerals of any script, and the underscore.
  static func isWord(_ point: UInt32) -> Bool {
    if point < 0x80 { return isASCIIWord(point) }
    guard let properties = Unicode.Scalar(point)?.properties else { return false }
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return true
    default: return properties.numericType != nil
    }
  }

  /// `\w` of the module `regex`, which follows UTS 18: marks and joiners belong to words, numerals
  /// that are neither letters nor decimal digits do not.
  static func isRegexWord(_ point: UInt32) -> Bool {
    if point < 0x80 { return isASCIIWord(point) }
    guard let properties = Unicode.Scalar(point)?.properties else { return false }
    switch properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation: return true
    default: return properties.isAlphabetic || properties.isJoinControl
    }
  }

  private static func isASCIIWord(_ point: UInt32) -> Bool {
    switch point {
    case 0x30...0x39, 0x41...0x5A, 0x5F, 0x61...0x7A: true
    default: false
    }
  }

  /// `\d`: the value of a decimal digit of any script.
  static func digit(_ point: UInt32) -> Int? {
    if point < 0x80 { return (0x30...0x39).contains(point) ? Int(point - 0x30) : nil }
    guard let properties = Unicode.Scalar(point)?.properties, properties.generalCategory == .decimalNumber
    else { return nil }
    return properties.numericValue.map { Int($0) }
  }

  /// `string.punctuation`: the 32 marks of ASCII and no other.
  static func isPunctuation(_ point: UInt32) -> Bool {
    switch point {
    case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: true
    default: false
    }
  }
}

extension PythonText {
  /// `s.lower()`: the full mapping of Unicode; a capital sigma at the end of a word becomes ς.
  public func lowercased() -> PythonText {
    if points.allSatisfy({ $0 < 0x80 }) {
      return PythonText(points.map { (0x41...0x5A).contains($0) ? $0 + 32 : $0 })
    }
    var lowered: [UInt32] = []
    lowered.reserveCapacity(points.count)
    let ends = points.contains(0x3A3) ? finalSigmas : []
    for (index, point) in points.enumerated() {
      if point == 0x3A3 {
        lowered.append(ends.contains(index) ? 0x3C2 : 0x3C3)
      } else if let scalar = Unicode.Scalar(point) {
        lowered += scalar.properties.lowercaseMapping.unicodeScalars.map(\.value)
      } else {
        lowered.append(point)
      }
    }
    return PythonText(lowered)
  }

  /// Capital sigmas with a cased letter before them and none behind, marks and the like aside.
  private var finalSigmas: Set<Int> {
    /// Whether the nearest point in this direction that is not ignored is cased, for each sigma.
    func neighbours(_ indices: some Sequence<Int>) -> Set<Int> {
      var isCased = false
      var found: Set<Int> = []
      for index in indices {
        if points[index] == 0x3A3, isCased { found.insert(index) }
        guard let properties = Unicode.Scalar(points[index])?.properties else {
          isCased = false
          continue
        }
        if !properties.isCaseIgnorable { isCased = properties.isCased }
      }
      return found
    }
    return neighbours(points.indices).subtracting(neighbours(points.indices.reversed()))
  }

  /// Without the 32 marks of ASCII.
  public func removingPunctuation() -> PythonText {
    PythonText(points.filter { !CodePoint.isPunctuation($0) })
  }

  /// `re.sub(r"\b(…|…)\b", " ", s)` for alternatives that are words: each stands between word
  /// boundaries, so it is a whole run of word characters.
  func blanking(_ words: [PythonText], isWord: (UInt32) -> Bool = CodePoint.isWord) -> PythonText {
    var kept: [UInt32] = []
    kept.reserveCapacity(points.count)
    var start = 0
    while start < points.count {
      var end = start
      while end < points.count, isWord(points[end]) { end += 1 }
      if end == start {
        kept.append(points[start])
        start += 1
      } else {
        let run = points[start..<end]
        if words.contains(where: { $0.points.elementsEqual(run) }) { kept.append(0x20) } else { kept += run }
        start = end
      }
    }
    return PythonText(kept)
  }

  /// `re.findall(r"\d+", s)`
  func digitRuns() -> [PythonText] {
    points.split { CodePoint.digit($0) == nil }.map { PythonText($0) }
  }

  /// `re.split("[^0-9]", s)` without its empty parts.
  func asciiDigitRuns() -> [PythonText] {
    points.split { !(0x30...0x39).contains($0) }.map { PythonText($0) }
  }
}
