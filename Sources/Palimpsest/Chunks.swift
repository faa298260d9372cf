/// A source in chunks: an `AsyncSequence` that pulls, and holds one window of the text.
///
/// - Throws: `TextError.notUTF8` with the offset of the first bad byte; what the source throws.
public struct Chunks: AsyncSequence, Sendable {
  /// Chunks in order; indices rise by one.
  public typealias Element = Chunk

  let source: Source
  let chunker: any Chunker
  let offset: Int
  let ahead: Int
  let index: Int

  /// - Parameters:
  ///   - offset: where to begin; a place where a chunk of this chunker begins.
  ///   - ahead: tokens behind it that earlier chunks counted (`Chunk.ahead`).
  ///   - index: the index of the first chunk.
  public init(source: Source, chunker: any Chunker, offset: Int = 0, ahead: Int = 0, index: Int = 0) {
    self.source = source
    self.chunker = chunker
    self.offset = offset
    self.ahead = ahead
    self.index = index
  }

  /// The chunks behind one; all of them where there is none.
  public init(source: Source, chunker: any Chunker, after chunk: Chunk?) {
    self.init(
      source: source, chunker: chunker, offset: chunk?.next ?? 0, ahead: chunk?.ahead ?? 0,
      index: chunk.map { $0.index + 1 } ?? 0)
  }

  /// Each iterator reads the source from the beginning offset.
  public func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(source: source, chunker: chunker, offset: offset, ahead: ahead, index: index)
  }

  /// Holds one window of the text.
  public struct AsyncIterator: AsyncIteratorProtocol {
    let source: Source
    let chunker: any Chunker
    /// Where the window begins in the text.
    var offset: Int
    private var ahead: Int
    var index: Int

    /// Arrived text; the window is what stands from `head` on, behind what the chunker looks back on.
    private var buffer: [UInt8] = []
    private var head = 0
    /// Valid bytes of the buffer; up to three bytes of an unfinished scalar may follow.
    private var valid = 0
    private var isEnd = false
    /// The error behind the valid bytes.
    private var failure: TextError?

    init(source: Source, chunker: any Chunker, offset: Int, ahead: Int, index: Int) {
      self.source = source
      self.chunker = chunker
      self.offset = offset
      self.ahead = ahead
      self.index = index
    }

    /// The next chunk; nil at the end of the source.
    public mutating func next() async throws -> Chunk? {
      switch source {
      case .chunks(let stream):
        guard let chunk = try await stream.chunk(at: index, from: offset) else { return nil }
        precondition(chunk.index == index, "\(type(of: stream)) gave chunk \(chunk.index) for \(index)")
        index += 1
        offset = chunk.next
        return chunk
      case .text(let text):
        return try await cutNext(of: text)
      }
    }

    private mutating func cutNext(of text: any TextSource) async throws -> Chunk? {
      while true {
        let count = valid - head
        if count > 0, let cut = try cutWindow() { return take(cut) }
        if isEnd && failure == nil { return nil }
        // As much again as is in hand: a chunker that needs a long window is asked a logarithmic
        // number of times, however small the pieces.
        try await refill(from: text, atLeast: Swift.max(count, 1))
      }
    }

    private func cutWindow() throws -> Cut? {
      let count = valid - head
      let isEnd = isEnd && failure == nil
      let back = lookback
      let cut = try chunker.cut(
        buffer.span.extracting((head - back)..<valid), from: TokenPlace(back, ahead: ahead),
        isBegin: offset == back, isEnd: isEnd)
      guard let cut = cut ?? (isEnd ? Cut(count) : nil) else {
        precondition(
          (count - 65_536) / 2 < chunker.limit,
          "\(type(of: chunker)) did not cut \(count) bytes though its limit is \(chunker.limit)")
        return nil
      }
      // How this chunk ends and where the next one begins depends on whether the text ends here.
      if !isEnd, failure == nil, valid == buffer.count, cut.length == count { return nil }
      precondition(
        0 < cut.next && cut.next <= cut.length && cut.length <= count,
        "\(type(of: chunker)) cut \(cut.length), next \(cut.next), of \(count) bytes")
      precondition(
        isBorder(head + cut.length) && isBorder(head + cut.next),
        "\(type(of: chunker)) cut \(cut.length), next \(cut.next), inside a scalar")
      return cut
    }

    /// How much the chunker is shown of what stands before the window: the same whether reading began
    /// here or came here.
    private var lookback: Int {
      var back = Swift.min(chunker.lookback, head)
      while back > 0, buffer[head - back] & 0xC0 == 0x80 { back -= 1 }
      return back
    }

    private func isBorder(_ place: Int) -> Bool { place >= valid || buffer[place] & 0xC0 != 0x80 }

    /// A part of the window as a string. It is known to be UTF-8, so it is copied and not read again.
    private func string(_ range: Range<Int>) -> String {
      String(copying: UTF8Span(unchecked: buffer.span.extracting(range)))
    }

    private mutating func take(_ cut: Cut) -> Chunk {
      let content = string(head..<(head + cut.length))
      // Behind the last chunk of an overlapping chunker comes nothing but its own overlap.
      let isLast = isEnd && failure == nil && head + cut.length == valid
      let next = isLast ? cut.length : cut.next
      ahead = isLast ? 0 : cut.ahead
      let chunk = Chunk(
        index: index, content: .text(content), range: offset..<(offset + cut.length), next: offset + next,
        ahead: ahead, ending: isLast ? .text : cut.endsUnit ? .unit : .cut)
      head += next
      offset += next
      index += 1
      return chunk
    }

    private mutating func refill(from text: any TextSource, atLeast wanted: Int) async throws {
      // Only now: chunks before a bad byte are the same whatever the size of the pieces.
      if let failure { throw failure }
      // What is looked back on stays; a reading that begins inside the text fetches it.
      if buffer.isEmpty, head == 0 {
        let back = Swift.min(chunker.lookback, offset)
        if back > 0 { buffer = try await text.bytes(in: (offset - back)..<offset) }
        head = buffer.count
      }
      let unused = Swift.max(head - chunker.lookback, 0)
      buffer.removeSubrange(..<unused)
      valid = Swift.max(valid - unused, head - unused)
      head -= unused
      let target = buffer.count + wanted
      while buffer.count < target {
        guard let piece = try await text.piece(from: offset + buffer.count - head) else {
          isEnd = true
          break
        }
        precondition(!piece.isEmpty, "\(type(of: text)) gave an empty piece; at the end of a text it gives nil")
        buffer.append(contentsOf: piece)
      }
      validate()
    }

    private mutating func validate() {
      let (count, bad) = Self.validPrefix(
        of: buffer.span.extracting(valid..<buffer.count), at: offset + valid - head, isEnd: isEnd)
      valid += count
      failure = bad
    }

    /// How many bytes are whole scalars, and what stands in the way behind them; a scalar cut off
    /// by the end of a piece is finished by the next one.
    private static func validPrefix(of bytes: Span<UInt8>, at offset: Int, isEnd: Bool) -> (Int, TextError?) {
      do {
        return (try UTF8Span(validating: bytes).count, nil)
      } catch {
        let bad = error.byteOffsets
        let isCutOff = !isEnd && error.kind == .truncatedScalar && bad.upperBound == bytes.count
        let failure = TextError.notUTF8(offset: offset + bad.lowerBound, byte: bytes[bad.lowerBound])
        return (bad.lowerBound, isCutOff ? nil : failure)
      }
    }
  }
}

/// Faults of a text.
public enum TextError: Failure, Equatable {
  case notUTF8(offset: Int, byte: UInt8)
  case empty(String)
  case unreadable(String, reason: String)

  /// Always the user's fault: the text is wrong or cannot be read.
  public var exitClass: ExitClass { .usage }

  public var description: String {
    switch self {
    case .notUTF8(offset: 0, let byte) where byte >= 0xFE:
      // Half of a byte-order mark.
      "the text is not UTF-8 but UTF-16: it begins with byte 0x\(String(byte, radix: 16)); "
        + "convert it first: iconv -f UTF-16 -t UTF-8 FILE > NEW"
    case .notUTF8(let offset, let byte):
      "the text is not UTF-8: byte 0x\(String(byte, radix: 16)) at offset \(offset) fits no character; "
        + "convert it first, for example with iconv -f latin1 -t utf-8"
    case .empty(let name):
      "\(name) is empty, so there is nothing to read; give a file that has text in it"
    case .unreadable(let name, let reason):
      "\(name) cannot be read: \(reason)"
    }
  }
}
