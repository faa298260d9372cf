import Chunkers
import Palimpsest
import Synchronization
import Testing

/// Passes everything on and counts how often it is asked, and how much it is shown.
private final class Watched: Chunker {
  let base: any Chunker
  let calls = Mutex(0)

  init(_ base: any Chunker) { self.base = base }

  var limit: Int { base.limit }

  func cut(_ text: Span<UInt8>, isEnd: Bool) throws -> Cut? {
    calls.withLock { $0 += 1 }
    return try base.cut(text, isEnd: isEnd)
  }
}

@Suite struct `A text without a place to cut` {
  static let megabyte = 1 << 20
  static let texts = ["a", " ", "\n", "(", ". ", "猫"]

  @Test(arguments: chunkers.map(\.name), texts)
  func `is cut within the limit, by a number of questions that grows with the chunks alone`(
    _ name: String, _ unit: String
  ) async throws {
    let text = String(repeating: unit, count: Self.megabyte / unit.utf8.count)
    let chunker = Watched(try Catalog("chunker", chunkers).make(Spec(name)))
    var bytes = 0
    var count = 0
    for try await chunk in chunker.chunks(of: PiecedText(text, size: 1000)) {
      #expect(chunk.range.count <= chunker.limit)
      bytes += chunk.range.count
      count += 1
    }
    #expect(bytes == text.utf8.count)
    // Windows double until they are long enough: a chunk may take the logarithm of its limit.
    #expect(chunker.calls.withLock { $0 } <= 4 * count + 32)
  }
}
