/// Cuts a source into tokens, as jinja2's lexer does with `trim_blocks` and `lstrip_blocks`: the first line end
/// behind a block goes, and so do blanks between the beginning of a line and a block or comment.
struct Lexer {
  private let source: [Unicode.Scalar]
  private var place = 0
  private var line = 1
  private var isAtLineStart = true
  private var tokens: [Token] = []

  init(_ source: String) {
    var scalars: [Unicode.Scalar] = []
    scalars.reserveCapacity(source.utf8.count)
    var isBehindReturn = false
    for scalar in source.unicodeScalars {
      // Every line end is \n.
      if scalar == "\n", isBehindReturn {
        isBehindReturn = false
        continue
      }
      isBehindReturn = scalar == "\r"
      scalars.append(isBehindReturn ? "\n" : scalar)
    }
    if scalars.last == "\n" { scalars.removeLast() }
    self.source = scalars
  }

  mutating func run() throws -> [Token] {
    while place < source.count {
      guard let opening = nextOpening() else {
        emitData(source[place...])
        place = source.count
        break
      }
      try open(at: opening)
    }
    tokens.append(Token(kind: .end, line: line))
    return tokens
  }

  // MARK: Between tags

  private func nextOpening() -> Int? {
    var place = place
    while place + 1 < source.count {
      if source[place] == "{", source[place + 1] == "{" || source[place + 1] == "%" || source[place + 1] == "#" {
        return place
      }
      place += 1
    }
    return nil
  }

  private mutating func open(at opening: Int) throws {
    let kind = source[opening + 1]
    let sign = opening + 2 < source.count ? source[opening + 2] : " "
    var data = source[place..<opening]
    if sign == "-" {
      while let last = data.last, MarkedText.isBlank(last.value) { data.removeLast() }
    } else if sign != "+", kind != "{" {
      let lineStart = data.lastIndex(of: "\n").map { $0 + 1 } ?? data.startIndex
      let hasBreak = lineStart > data.startIndex
      if hasBreak || isAtLineStart, data[lineStart...].allSatisfy({ MarkedText.isBlank($0.value) }) {
        data = data[..<lineStart]
      }
    }
    let begin = line + source[place..<opening].count { $0 == "\n" }
    emitData(data)
    line = begin
    place = opening + 2 + (sign == "-" || sign == "+" ? 1 : 0)
    switch kind {
    case "#": try skipComment()
    case "{":
      tokens.append(Token(kind: .variableBegin, line: line))
      try readTag(isBlock: false)
    default:
      if try readRaw() { return }
      tokens.append(Token(kind: .blockBegin, line: line))
      try readTag(isBlock: true)
    }
  }

  private mutating func emitData(_ data: ArraySlice<Unicode.Scalar>) {
    guard !data.isEmpty else { return }
    tokens.append(Token(kind: .data(String(String.UnicodeScalarView(data))), line: line))
    line += data.count { $0 == "\n" }
  }

  private func isHere(_ text: String) -> Bool {
    let scalars = text.unicodeScalars
    return place + scalars.count <= source.count && zip(source[place...], scalars).allSatisfy(==)
  }

  private mutating func skipBlanks() {
    while place < source.count, MarkedText.isBlank(source[place].value) {
      if source[place] == "\n" { line += 1 }
      place += 1
    }
  }

  /// Moves behind the end of a tag, where one stands.
  private mutating func takeEnd(_ end: String, trims: Bool, keeps: Bool) -> Bool {
    if isHere("-" + end) {
      let length = 1 + end.unicodeScalars.count
      let start = place
      place += length
      skipBlanks()
      isAtLineStart = place > start + length && source[place - 1] == "\n"
      return true
    }
    if keeps, isHere("+" + end) {
      place += 1 + end.unicodeScalars.count
      isAtLineStart = false
      return true
    }
    guard isHere(end) else { return false }
    place += end.unicodeScalars.count
    isAtLineStart = trims && place < source.count && source[place] == "\n"
    if isAtLineStart {
      line += 1
      place += 1
    }
    return true
  }

  private mutating func skipComment() throws {
    let begin = line
    while place < source.count {
      if takeEnd("#}", trims: true, keeps: true) { return }
      if source[place] == "\n" { line += 1 }
      place += 1
    }
    throw JinjaFault.syntax(line: begin, reason: "the comment has no end (#})")
  }

  /// `{% raw %}` and what stands in it, where a tag is one.
  private mutating func readRaw() throws -> Bool {
    let (begin, beginLine) = (place, line)
    skipBlanks()
    guard isHere("raw") else {
      (place, line) = (begin, beginLine)
      return false
    }
    place += 3
    skipBlanks()
    guard takeEnd("%}", trims: false, keeps: false) else {
      (place, line) = (begin, beginLine)
      return false
    }
    let text = place
    let textLine = line
    while place < source.count {
      if isHere("{%") {
        let (end, lineOfEnd) = (place, line)
        let sign = place + 2 < source.count ? source[place + 2] : " "
        place += sign == "-" || sign == "+" ? 3 : 2
        skipBlanks()
        if isHere("endraw") {
          place += 6
          skipBlanks()
          var data = source[text..<end]
          if sign == "-" {
            while let last = data.last, MarkedText.isBlank(last.value) { data.removeLast() }
          } else if sign != "+" {
            let lineStart = data.lastIndex(of: "\n").map { $0 + 1 }
            if let start = lineStart ?? (isAtLineStart ? data.startIndex : nil),
              data[start...].allSatisfy({ MarkedText.isBlank($0.value) })
            {
              data = data[..<start]
            }
          }
          if takeEnd("%}", trims: true, keeps: true) {
            let endLine = line
            line = textLine
            emitData(data)
            line = endLine
            return true
          }
        }
        (place, line) = (end, lineOfEnd)
      }
      if source[place] == "\n" { line += 1 }
      place += 1
    }
    throw JinjaFault.syntax(line: beginLine, reason: "raw has no end ({% endraw %})")
  }
}

// MARK: In tags

extension Lexer {
  private static let symbols = [
    "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".",
    ":", "|", ",", ";",
  ]

  private mutating func readTag(isBlock: Bool) throws {
    let begin = line
    var open: [String] = []
    while place < source.count {
      skipBlanks()
      guard place < source.count else { break }
      if open.isEmpty {
        let line = line
        if takeEnd(isBlock ? "%}" : "}}", trims: isBlock, keeps: isBlock) {
          tokens.append(Token(kind: isBlock ? .blockEnd : .variableEnd, line: line))
          return
        }
      }
      let scalar = source[place]
      if Self.isDigit(scalar) {
        try readNumber()
      } else if Self.isNameStart(scalar) {
        readName()
      } else if scalar == "'" || scalar == "\"" {
        try readString(scalar)
      } else {
        guard let symbol = Self.symbols.first(where: isHere) else {
          throw JinjaFault.syntax(line: line, reason: "unexpected character \"\(scalar)\"")
        }
        if let closing = ["(": ")", "[": "]", "{": "}"][symbol] { open.append(closing) }
        if [")", "]", "}"].contains(symbol), open.popLast() != symbol {
          throw JinjaFault.syntax(line: line, reason: "unexpected \"\(symbol)\"")
        }
        tokens.append(Token(kind: .symbol(symbol), line: line))
        place += symbol.unicodeScalars.count
      }
    }
    throw JinjaFault.syntax(line: begin, reason: "the tag has no end (\(isBlock ? "%}" : "}}"))")
  }

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { "0"..."9" ~= scalar }

  private static func isNameStart(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "_" || scalar.properties.isXIDStart
  }

  private mutating func readName() {
    let start = place
    while place < source.count, source[place] == "_" || source[place].properties.isXIDContinue { place += 1 }
    tokens.append(Token(kind: .name(String(String.UnicodeScalarView(source[start..<place]))), line: line))
  }

  private mutating func readNumber() throws {
    let start = place
    func digits(from place: Int) -> Int {
      var place = place
      while place < source.count,
        Self.isDigit(source[place])
          || source[place] == "_" && place + 1 < source.count && Self.isDigit(source[place + 1])
      {
        place += 1
      }
      return place
    }
    let prefix = source[place...].prefix(2).map { Character($0).lowercased() }.joined()
    if let radix = ["0x": 16, "0o": 8, "0b": 2][prefix] {
      place += 2
      let from = place
      while place < source.count, source[place] == "_" || Character(source[place]).isHexDigit { place += 1 }
      let text = String(String.UnicodeScalarView(source[from..<place].filter { $0 != "_" }))
      guard let value = Int(text, radix: radix) else {
        throw JinjaFault.syntax(line: line, reason: "\(prefix)\(text) is no number of 64 bits")
      }
      tokens.append(Token(kind: .integer(value), line: line))
      return
    }
    place = digits(from: place)
    var isFloat = false
    // `a.0.1` is two subscripts, not a number.
    let isBehindDot = start > 0 && source[start - 1] == "."
    if !isBehindDot, place + 1 < source.count, source[place] == ".", Self.isDigit(source[place + 1]) {
      isFloat = true
      place = digits(from: place + 1)
    }
    if !isBehindDot, place < source.count, source[place] == "e" || source[place] == "E" {
      let sign = place + 1 < source.count && (source[place + 1] == "+" || source[place + 1] == "-") ? 2 : 1
      if place + sign < source.count, Self.isDigit(source[place + sign]) {
        isFloat = true
        place = digits(from: place + sign)
      }
    }
    let text = String(String.UnicodeScalarView(source[start..<place].filter { $0 != "_" }))
    if isFloat, let value = Double(text) {
      tokens.append(Token(kind: .float(value), line: line))
    } else if let value = Int(text) {
      tokens.append(Token(kind: .integer(value), line: line))
    } else {
      throw JinjaFault.syntax(line: line, reason: "\(text.prefix(40)) is no number of 64 bits")
    }
  }

  private mutating func readString(_ quote: Unicode.Scalar) throws {
    let begin = line
    var text = String.UnicodeScalarView()
    place += 1
    while place < source.count, source[place] != quote {
      if source[place] == "\n" { line += 1 }
      if source[place] == "\\" {
        place += 1
        try readEscape(to: &text, begin)
      } else {
        text.append(source[place])
        place += 1
      }
    }
    guard place < source.count else { throw JinjaFault.syntax(line: begin, reason: "the string has no end") }
    place += 1
    tokens.append(Token(kind: .string(String(text)), line: begin))
  }

  /// An escape sequence of a Python string; an unknown one stands for itself.
  private mutating func readEscape(to text: inout String.UnicodeScalarView, _ begin: Int) throws {
    guard place < source.count else { return }
    let scalar = source[place]
    place += 1
    let simple: [Unicode.Scalar: Unicode.Scalar] = [
      "n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", "\"": "\"", "a": "\u{7}", "b": "\u{8}", "f": "\u{C}",
      "v": "\u{B}",
    ]
    if let meant = simple[scalar] { return text.append(meant) }
    if scalar == "\n" {
      line += 1
      return
    }
    if let length = (["x": 2, "u": 4, "U": 8] as [Unicode.Scalar: Int])[scalar] {
      let digits = String(String.UnicodeScalarView(source[place...].prefix(length)))
      guard digits.unicodeScalars.count == length, digits.allSatisfy(\.isHexDigit),
        let value = UInt32(digits, radix: 16),
        let meant = Unicode.Scalar(value)
      else {
        throw JinjaFault.syntax(line: begin, reason: "\\\(scalar)\(digits) is no scalar")
      }
      place += length
      return text.append(meant)
    }
    if "0"..."7" ~= scalar {
      var value = scalar.value - 0x30
      for _ in 0..<2 where place < source.count && "0"..."7" ~= source[place] {
        value = value * 8 + source[place].value - 0x30
        place += 1
      }
      if let meant = Unicode.Scalar(value) { text.append(meant) }
      return
    }
    if scalar == "N" { throw JinjaFault.unsupported(line: begin, construct: "\\N{…} in a string") }
    text.append("\\")
    text.append(scalar)
  }
}
