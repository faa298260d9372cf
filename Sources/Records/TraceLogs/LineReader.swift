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
  private let buffer = Buffer()
  /// Bytes `head..<end` of the buffer are read but not returned yet; up to `searched` they have no line
  /// feed.
  private var head = 0
  private var searched = 0
  private var end = 0

  /// - Parameter limit: the longest accepted line, in bytes.
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
      if let feed = memchr(buffer.bytes + searched, 10, end - searched) {
        let length = UnsafeRawPointer(feed) - UnsafeRawPointer(buffer.bytes + head)
        guard length <= limit else { throw .longLine(file, line: count + 1, limit: limit) }
        let line = Data(bytes: buffer.bytes + head, count: length)
        head += length + 1
        offset += length + 1
        searched = head
        count += 1
        return line
      }
      searched = end
      guard end - head <= limit else { throw .longLine(file, line: count + 1, limit: limit) }
      guard try refill() else { return nil }
    }
  }

  /// The bytes behind the last line feed, after the last line.
  var torn: Data { Data(bytes: buffer.bytes + head, count: end - head) }

  private mutating func refill() throws(TraceLogError) -> Bool {
    memmove(buffer.bytes, buffer.bytes + head, end - head)
    searched -= head
    end -= head
    head = 0
    buffer.grow(toHold: end + Buffer.block)
    while true {
      let size = read(descriptor.raw, buffer.bytes + end, Buffer.block)
      if size < 0, errno == EINTR { continue }
      guard size >= 0 else { throw .unreadable(file, reason: String(cString: strerror(errno))) }
      end += size
      return size > 0
    }
  }

  /// Memory that is read into without being cleared first.
  private final class Buffer {
    static let block = 1 << 18
    private(set) var bytes = UnsafeMutableRawPointer.allocate(byteCount: 2 * block, alignment: 16)
    private var capacity = 2 * block

    func grow(toHold count: Int) {
      guard count > capacity else { return }
      let larger = UnsafeMutableRawPointer.allocate(byteCount: 2 * count, alignment: 16)
      memcpy(larger, bytes, capacity)
      bytes.deallocate()
      bytes = larger
      capacity = 2 * count
    }

    deinit { bytes.deallocate() }
  }
}
