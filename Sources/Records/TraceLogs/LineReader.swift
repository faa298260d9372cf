import Foundation

/// The lines of a file, one by one: holds one block and one line, never the file.
struct LineReader: ~Copyable {
  let file: String
  let limit: Int
  /// Where the next line begins.
  private(set) var offset = 0
  /// How many lines were handed out.
  private(set) var count = 0

  private let descriptor: Descriptor
  private var buffer: [UInt8] = []
  private var head = 0
  private var searched = 0

  private static let blockSize = 1 << 18

  /// - Parameter limit: the longest line that is taken, in bytes.
  init(_ url: URL, limit: Int) throws(TraceLogError) {
    file = url.path
    self.limit = limit
    do {
      descriptor = try Descriptor(url.path, O_RDONLY)
    } catch {
      throw .unreadable(url.path, reason: error.reason)
    }
  }

  /// The next line, without its line feed; nil behind the last whole line.
  mutating func next() throws(TraceLogError) -> Data? {
    while true {
      if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        guard end - head <= limit else { throw .longLine(file, line: count + 1, limit: limit) }
        let line = Data(buffer[head..<end])
        offset += end + 1 - head
        head = end + 1
        searched = head
        count += 1
        return line
      }
      searched = buffer.count
      guard buffer.count - head <= limit else { throw .longLine(file, line: count + 1, limit: limit) }
      guard try refill() else { return nil }
    }
  }

  /// What stands behind the last line feed, once the lines are through.
  var torn: ArraySlice<UInt8> { buffer[head...] }

  private mutating func refill() throws(TraceLogError) -> Bool {
    buffer.removeSubrange(..<head)
    searched -= head
    head = 0
    let start = buffer.count
    buffer.append(contentsOf: repeatElement(0, count: Self.blockSize))
    let size = buffer.withUnsafeMutableBytes { bytes in
      var size = -1
      repeat { size = read(descriptor.raw, bytes.baseAddress! + start, Self.blockSize) } while size < 0 && errno == EINTR
      return size
    }
    buffer.removeLast(Self.blockSize - max(0, size))
    guard size >= 0 else { throw .unreadable(file, reason: String(cString: strerror(errno))) }
    return size > 0
  }
}
