/// Bytes of UTF-8 by the class of the scalar at a place. Bytes that make no scalar are of no class,
/// one at a time.
struct ScalarReader {
  let text: UnsafePointer<UInt8>
  let end: Int
  private let classes: UnsafePointer<UInt8>

  init(_ text: UnsafePointer<UInt8>, end: Int) {
    self.text = text
    self.end = end
    classes = UnsafePointer(ScalarClasses.shared.table)
  }

  /// - Parameter place: before the end.
  @inline(__always)
  func kind(at place: Int) -> (kind: UInt8, width: Int) {
    let lead = text[place]
    return lead < 0x80 ? (classes[Int(lead)], 1) : wide(at: place, lead)
  }

  @inline(never)
  private func wide(at place: Int, _ lead: UInt8) -> (kind: UInt8, width: Int) {
    func next(_ offset: Int) -> Int { Int(text[place + offset] & 0x3F) }
    func follows(_ count: Int) -> Bool {
      guard place + count < end else { return false }
      return (1...count).allSatisfy { text[place + $0] & 0xC0 == 0x80 }
    }
    switch lead {
    case 0xC2..<0xE0 where follows(1): return (classes[Int(lead & 0x1F) << 6 | next(1)], 2)
    case 0xE0..<0xF0 where follows(2): return (classes[Int(lead & 0x0F) << 12 | next(1) << 6 | next(2)], 3)
    case 0xF0..<0xF5 where follows(3):
      let value = Int(lead & 0x07) << 18 | next(1) << 12 | next(2) << 6 | next(3)
      return (value < 0x40000 ? classes[value] : ScalarClasses.other, 4)
    default: return (ScalarClasses.other, 1)
    }
  }

  /// The end of the run of a class that begins at, or continues from, a place.
  @inline(__always)
  func runEnd(of kind: UInt8, from start: Int) -> Int {
    var place = start
    while place < end {
      let lead = text[place]
      if lead < 0x80 {
        guard classes[Int(lead)] == kind else { return place }
        place += 1
      } else {
        let (found, width) = wide(at: place, lead)
        guard found == kind else { return place }
        place += width
      }
    }
    return end
  }
}
