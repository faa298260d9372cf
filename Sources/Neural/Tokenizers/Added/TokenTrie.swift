/// Finds where added tokens stand in a text: at each place the longest, from left to right.
struct TokenTrie: Sendable {
  /// From (node, byte) to node; 0 is the root.
  private var edges: [UInt64: UInt32] = [:]
  /// The index of the token that ends at a node.
  private var ends: [Int?] = [nil]
  private var beginsToken = [Bool](repeating: false, count: 256)

  var isEmpty: Bool { edges.isEmpty }

  mutating func insert(_ content: [UInt8], _ index: Int) {
    guard let first = content.first else { return }
    beginsToken[Int(first)] = true
    var node: UInt32 = 0
    for byte in content {
      let edge = UInt64(node) << 8 | UInt64(byte)
      if let next = edges[edge] {
        node = next
      } else {
        node = UInt32(ends.count)
        ends.append(nil)
        edges[edge] = node
      }
    }
    if ends[Int(node)] == nil { ends[Int(node)] = index }
  }

  /// The first token at or behind a place, with the place where it begins and ends.
  func next(in text: UnsafeBufferPointer<UInt8>, from start: Int) -> (token: Int, range: Range<Int>)? {
    var place = start
    while place < text.count {
      if beginsToken[Int(text[place])], let (token, end) = longest(in: text, at: place) {
        return (token, place..<end)
      }
      place += 1
    }
    return nil
  }

  private func longest(in text: UnsafeBufferPointer<UInt8>, at start: Int) -> (token: Int, end: Int)? {
    var found: (Int, Int)?
    var node: UInt32 = 0
    var place = start
    while place < text.count, let next = edges[UInt64(node) << 8 | UInt64(text[place])] {
      node = next
      place += 1
      if let token = ends[Int(node)] { found = (token, place) }
    }
    return found
  }
}
