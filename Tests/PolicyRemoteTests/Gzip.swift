/// Just enough of gzip for a server to send: stored bytes, or zeros without end.
enum Gzip {
  static func stored(_ text: String) -> [UInt8] {
    let bytes = Array(text.utf8)
    precondition(bytes.count < 65_536)
    let count = UInt16(bytes.count)
    return header + [1] + little(count) + little(~count) + bytes + little(crc(bytes)) + little(UInt32(bytes.count))
  }

  /// `count` × 258 + 1 zero bytes, in 13 bits for each 258.
  static func zeros(_ count: Int) -> [UInt8] {
    var bits = Bits()
    bits.add([1, 1, 0])  // last block, fixed codes
    bits.add([0, 0, 1, 1, 0, 0, 0, 0])  // literal 0
    for _ in 0..<count { bits.add([1, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0]) }  // 258 bytes from 1 back
    bits.add([0, 0, 0, 0, 0, 0, 0])  // end
    return header + bits.bytes + [0, 0, 0, 0, 0, 0, 0, 0]
  }

  private static let header: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]

  private static func little(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  private static func crc(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~0) { crc, byte in
      (0..<8).reduce(crc ^ UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xedb8_8320 : value >> 1 }
    }
  }

  private struct Bits {
    var bytes: [UInt8] = []
    var used = 8

    mutating func add(_ bits: [UInt8]) {
      for bit in bits {
        if used == 8 {
          bytes.append(0)
          used = 0
        }
        bytes[bytes.count - 1] |= bit << UInt8(used)
        used += 1
      }
    }
  }
}
