/// Numbers and texts one behind the other, as this processor has them: what processes of one program tell each other.
struct Bytes {
  private(set) var all: [UInt8] = []

  mutating func put<Number: Numeric & BitwiseCopyable>(_ number: Number) {
    withUnsafeBytes(of: number) { all.append(contentsOf: $0) }
  }

  mutating func put(_ text: String) {
    put(text.utf8.count)
    all.append(contentsOf: text.utf8)
  }

  mutating func put(_ bytes: [UInt8]) { all.append(contentsOf: bytes) }

  mutating func put(_ numbers: UnsafeBufferPointer<Float>) {
    all.append(contentsOf: UnsafeRawBufferPointer(numbers))
  }
}

/// Takes apart what `Bytes` put together; nil where too little is left.
struct BytesReading {
  private let all: [UInt8]
  private var place = 0

  init(_ all: [UInt8]) { self.all = all }

  var isAtEnd: Bool { place == all.count }
  var rest: [UInt8] { Array(all[place...]) }

  mutating func number<Number: Numeric & BitwiseCopyable>(_: Number.Type = Number.self) -> Number? {
    let size = MemoryLayout<Number>.size
    guard all.count - place >= size else { return nil }
    defer { place += size }
    return all.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: place, as: Number.self) }
  }

  mutating func text() -> String? {
    guard let count = number(Int.self), count >= 0, all.count - place >= count else { return nil }
    defer { place += count }
    return String(decoding: all[place..<(place + count)], as: UTF8.self)
  }

  /// Fills a buffer; false where too little is left, and then nothing is written.
  mutating func fill(_ numbers: UnsafeMutableBufferPointer<Float>) -> Bool {
    let bytes = UnsafeMutableRawBufferPointer(numbers)
    guard all.count - place >= bytes.count else { return false }
    bytes.copyBytes(from: all[place..<(place + bytes.count)])
    place += bytes.count
    return true
  }
}
