/// What merging begins with: the bytes of a word, or its scalars.
///
/// Vocabularies of bytes may lack some: SmolLM2's has no token for 21 of the 256. Vocabularies of scalars write a
/// scalar that they lack as its bytes, each a token of its own (`<0xE2>`).
struct Symbols: Sendable {
  /// Stands for a byte that has no token.
  static let none = UInt32.max

  /// The token of each byte; of scalars, the token that stands for the byte.
  var byteIDs: [UInt32]
  /// The token of each scalar that has one; nil where bytes are merged.
  var scalarIDs: [UInt32: UInt32]?
  /// The token that stands for what has none; nil leaves it out.
  var unknown: UInt32?
  /// Whether neighbours without a token are one unknown token.
  var fusesUnknown = false

  /// Whether each byte of a text belongs to one token, whose bytes are those of the text.
  let isExact: Bool
  /// Whether each byte has a token.
  let hasAllBytes: Bool
  private let bytes: [UInt32: UInt8]

  init(
    byteIDs: [UInt32], scalarIDs: [UInt32: UInt32]? = nil, unknown: UInt32? = nil, fusesUnknown: Bool = false
  ) {
    precondition(byteIDs.count == 256, "\(byteIDs.count) single bytes")
    self.byteIDs = byteIDs
    self.scalarIDs = scalarIDs
    self.unknown = unknown
    self.fusesUnknown = fusesUnknown
    hasAllBytes = !byteIDs.contains(Self.none)
    isExact = hasAllBytes && scalarIDs == nil
    var bytes: [UInt32: UInt8] = [:]
    if scalarIDs != nil { for (byte, id) in byteIDs.enumerated() where id != Self.none { bytes[id] = UInt8(byte) } }
    self.bytes = bytes
  }

  /// The byte that a token stands for, in a vocabulary of scalars.
  func byte(of token: UInt32) -> UInt8? { bytes.isEmpty ? nil : bytes[token] }

  /// Bytes of a text that become no token, or the unknown one.
  func lost(in text: UnsafeBufferPointer<UInt8>) -> Int {
    guard !hasAllBytes else { return 0 }
    var count = 0
    var place = 0
    while place < text.count {
      let end = symbolEnd(from: place, in: text, to: text.count)
      if isMissing(place..<end, in: text) { count += end - place }
      place = end
    }
    return count
  }

  /// The symbols of a word.
  ///
  /// - Parameter ids: room for one symbol a byte.
  /// - Returns: how many there are.
  func fill(_ ids: UnsafeMutablePointer<UInt32>, with word: UnsafeBufferPointer<UInt8>) -> Int {
    if isExact {
      for place in word.indices { ids[place] = byteIDs[Int(word[place])] }
      return word.count
    }
    var count = 0
    var isBehindUnknown = false
    var place = 0
    while place < word.count {
      let end = symbolEnd(from: place, in: word, to: word.count)
      defer { place = end }
      if isMissing(place..<end, in: word) {
        guard let unknown, !(isBehindUnknown && fusesUnknown) else { continue }
        ids[count] = unknown
        count += 1
        isBehindUnknown = true
        continue
      }
      isBehindUnknown = false
      if let scalarIDs {
        if let id = scalarIDs[Self.scalar(place..<end, in: word)] {
          ids[count] = id
          count += 1
          continue
        }
      }
      for byte in word[place..<end] {
        ids[count] = byteIDs[Int(byte)]
        count += 1
      }
    }
    return count
  }

  /// The place behind a token in a word in which it was found.
  ///
  /// - Parameter token: its bytes, by id.
  func end(
    of id: UInt32, _ token: ArraySlice<UInt8>, from start: Int, in text: UnsafeBufferPointer<UInt8>, to stop: Int
  ) -> Int {
    var place = start
    if id == unknown, scalarIDs != nil || isMissing(start..<start + 1, in: text) {
      repeat {
        place = symbolEnd(from: place, in: text, to: stop)
      } while fusesUnknown && place < stop
        && isMissing(place..<symbolEnd(from: place, in: text, to: stop), in: text)
      return place
    }
    if byte(of: id) != nil { return start + 1 }
    for byte in token {
      if scalarIDs == nil { while place < stop, byteIDs[Int(text[place])] == Self.none { place += 1 } }
      place += byte == 0x20 && Blank.isSign(in: text, at: place) ? Blank.sign.count : 1
    }
    return min(place, stop)
  }

  private func symbolEnd(from place: Int, in text: UnsafeBufferPointer<UInt8>, to stop: Int) -> Int {
    guard scalarIDs != nil else { return place + 1 }
    let lead = text[place]
    let width = lead < 0xC2 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 1
    guard place + width <= stop, (1..<width).allSatisfy({ text[place + $0] & 0xC0 == 0x80 }) else { return place + 1 }
    return place + width
  }

  /// Whether a symbol has no token.
  private func isMissing(_ range: Range<Int>, in text: UnsafeBufferPointer<UInt8>) -> Bool {
    if let scalarIDs, scalarIDs[Self.scalar(range, in: text)] != nil { return false }
    return !hasAllBytes && text[range].contains { byteIDs[Int($0)] == Self.none }
  }

  /// The value of a scalar. The sign for a blank is a blank; a byte alone has a value that no scalar has.
  private static func scalar(_ range: Range<Int>, in text: UnsafeBufferPointer<UInt8>) -> UInt32 {
    let lead = UInt32(text[range.lowerBound])
    func next(_ offset: Int) -> UInt32 { UInt32(text[range.lowerBound + offset] & 0x3F) }
    switch range.count {
    case 1: return lead < 0x80 ? lead : .max
    case 2: return (lead & 0x1F) << 6 | next(1)
    case 3:
      let value = (lead & 0x0F) << 12 | next(1) << 6 | next(2)
      return value == Blank.scalar ? 0x20 : value
    default: return (lead & 0x07) << 18 | next(1) << 12 | next(2) << 6 | next(3)
    }
  }
}

/// The sign `▁`, as which vocabularies of scalars write a blank.
enum Blank {
  static let scalar: UInt32 = 0x2581
  static let sign: [UInt8] = [0xE2, 0x96, 0x81]

  @inline(__always)
  static func isSign(in text: UnsafeBufferPointer<UInt8>, at place: Int) -> Bool {
    place + 2 < text.count && text[place] == sign[0] && text[place + 1] == sign[1] && text[place + 2] == sign[2]
  }

  /// A token's bytes, with blanks for the signs in its written form.
  static func bytes(of written: [UInt8]) -> [UInt8] {
    written.withUnsafeBufferPointer { written in
      var bytes: [UInt8] = []
      bytes.reserveCapacity(written.count)
      var place = 0
      while place < written.count {
        let isSign = isSign(in: written, at: place)
        bytes.append(isSign ? 0x20 : written[place])
        place += isSign ? sign.count : 1
      }
      return bytes
    }
  }

  /// The written form of a token.
  static func written(_ bytes: some Sequence<UInt8>) -> [UInt8] { bytes.flatMap { $0 == 0x20 ? sign : [$0] } }
}
