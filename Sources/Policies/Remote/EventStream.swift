import Palimpsest

/// Server-sent events, as far as chat completions use them.
enum EventStream {
  /// Whether a stream has ended with `[DONE]`. Within JSON a line break is escaped, so these words
  /// at the beginning of a line have no other meaning.
  static func isOver(_ body: [UInt8], arrived: Int) -> Bool {
    let mark = Array("data: [DONE]".utf8)
    // The newest bytes, and as many before them as the mark could have begun in.
    let tail = body.suffix(arrived + mark.count + 2)
    var start = tail.startIndex
    while start + mark.count <= tail.endIndex {
      if tail[start...].starts(with: mark), start == 0 || [0x0a, 0x0d].contains(body[start - 1]) { return true }
      start += 1
    }
    return false
  }

  /// The pieces of a stream, joined.
  ///
  /// - Throws: `Fault.truncated` where the stream ends without `[DONE]`, `.malformed` for an event
  ///   that is not a piece of a completion, and what an error within the stream says.
  static func completion(from body: [UInt8]) throws(Fault) -> Completion {
    var whole = Completion()
    var hasChoice = false
    for event in events(in: body) {
      if event == Array("[DONE]".utf8)[...] {
        guard hasChoice else { throw .malformed("its stream has no choices") }
        return whole
      }
      let piece: Wire.Completion
      do {
        piece = try Wire.decode(Wire.Completion.self, from: event)
      } catch {
        // The last event of an interrupted stream does not count.
        guard isWhole(body) else { break }
        throw error
      }
      if let fault = piece.error?.fault { throw fault }
      if let usage = piece.usage?.value { whole.usage = usage }
      if let model = piece.model?.text, whole.model.isEmpty { whole.model = model }
      guard let choice = piece.choices?.first(where: { ($0.index?.given ?? 0) == 0 }) else { continue }
      if let fault = choice.error?.fault { throw fault }
      hasChoice = true
      if let ids = piece.promptTokens?.given { whole.promptTokens = ids }
      whole.add(choice)
      whole.text += choice.delta?.content?.text ?? ""
      if let word = choice.finish { whole.finish = Completion.finish(word, refusal: nil) }
      if let refusal = choice.delta?.refusal, !refusal.isEmpty { whole.finish = .filtered }
    }
    throw .truncated("its stream ends without [DONE]")
  }

  /// The usage that the events of a broken stream reported.
  static func cost(of body: [UInt8]) -> Usage? {
    events(in: body).compactMap { Completion.cost(of: Array($0)) }.last
  }

  private static func isWhole(_ body: [UInt8]) -> Bool { isOver(body, arrived: body.count) }

  /// The data of each event: its `data:` lines joined. Comments and other fields are skipped.
  private static func events(in body: [UInt8]) -> [ArraySlice<UInt8>] {
    var events: [ArraySlice<UInt8>] = []
    var data: [UInt8]?
    let body = body.starts(with: [0xef, 0xbb, 0xbf]) ? body.dropFirst(3) : body[...]
    for line in lines(of: body) {
      if line.isEmpty {
        if let whole = data { events.append(whole[...]) }
        data = nil
      } else if line.starts(with: Array("data:".utf8)) {
        var value = line.dropFirst(5)
        if value.first == 0x20 { value = value.dropFirst() }
        data = data.map { $0 + [0x0a] + value } ?? Array(value)
      }
    }
    // A stream may end right behind its last line.
    if let whole = data { events.append(whole[...]) }
    return events
  }

  /// Lines that end with LF, CR LF or CR.
  private static func lines(of body: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    var lines: [ArraySlice<UInt8>] = []
    var start = body.startIndex
    var index = start
    while index < body.endIndex {
      if body[index] == 0x0a || body[index] == 0x0d {
        lines.append(body[start..<index])
        if body[index] == 0x0d, index + 1 < body.endIndex, body[index + 1] == 0x0a { index += 1 }
        start = index + 1
      }
      index += 1
    }
    if start < body.endIndex { lines.append(body[start...]) }
    return lines
  }
}
