/// The letters in which vocabularies of bytes are written down: one printable scalar for each byte.
///
/// Bytes that are printable in Latin-1 stand for themselves; the other 68, in order, are U+0100
/// onwards, so that a space is `Ġ` and a line feed `Ċ`.
///
/// Source: the byte-level encoding of GPT-2 (Radford et al. 2019), in which all vocabularies that
/// this room reads are stored.
enum ByteAlphabet {
  /// The scalar of each byte.
  static let scalars: [Unicode.Scalar] = {
    var others: UInt32 = 0x100
    return (0..<256).map { (byte: UInt32) in
      switch byte {
      case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return Unicode.Scalar(UInt8(byte))
      default:
        defer { others += 1 }
        return Unicode.Scalar(others) ?? "?"
      }
    }
  }()

  /// The byte of each scalar below U+0144; 256 where it stands for none.
  private static let bytes: [UInt16] = {
    var bytes = [UInt16](repeating: 256, count: 0x144)
    for (byte, scalar) in scalars.enumerated() { bytes[Int(scalar.value)] = UInt16(byte) }
    return bytes
  }()

  /// The bytes that a token's written form stands for; nil when a scalar in it stands for none.
  static func bytes(of written: [UInt8]) -> [UInt8]? {
    var result: [UInt8] = []
    result.reserveCapacity(written.count)
    var place = 0
    while place < written.count {
      let lead = written[place]
      var value = Int(lead)
      // What stands for a byte is below U+0144: one byte of UTF-8, or two.
      if lead >= 0x80 {
        guard lead >= 0xC2, lead <= 0xC5, place + 1 < written.count else { return nil }
        value = Int(lead & 0x1F) << 6 | Int(written[place + 1] & 0x3F)
        place += 1
      }
      guard value < bytes.count, bytes[value] < 256 else { return nil }
      result.append(UInt8(bytes[value]))
      place += 1
    }
    return result
  }

  /// The written form of a token.
  static func written(_ bytes: some Sequence<UInt8>) -> String {
    var text = String.UnicodeScalarView()
    for byte in bytes { text.append(scalars[Int(byte)]) }
    return String(text)
  }
}
