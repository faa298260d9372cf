import Palimpsest

/// A slot that a prompt recalled.
struct PageSlot: Encodable, Sendable {
  /// Its id and its tokens.
  var i: Int
  var t: Int
  /// Its text.
  var v: PageString
  /// Its score, where the step has the reading `score/ID`.
  var s: Float?

  /// The slots with some ids, in the order in which they were recalled; nil where there are none.
  static func recalled(
    _ ids: [Slot.ID], from slots: [Slot], scores: [String: Float] = [:], _ limit: Int
  ) -> [PageSlot]? {
    guard !ids.isEmpty else { return nil }
    let known = Dictionary(slots.map { ($0.id, $0) }) { _, last in last }
    var seen: Set<Slot.ID> = []
    let recalled = ids.filter { seen.insert($0).inserted }.prefix(50).compactMap { id in
      known[id].map { slot in
        PageSlot(
          i: id, t: slot.tokens, v: PageString(PageText.of(slot, min(limit, 2000))), s: scores["score/\(id)"])
      }
    }
    return recalled.isEmpty ? nil : recalled
  }
}

/// What in a reply deserves a warning.
enum PageWarning {
  static func words(about reply: Reply, named name: String) -> [String] {
    var words: [String] = []
    switch reply.finish {
    case .stop, .unknown: break
    case .length: words.append("\(name) was cut at its token limit")
    case .filtered: words.append("\(name) was withheld by the endpoint's filter")
    }
    if let bytes = reply.usage.lostBytes, bytes > 0 {
      words.append("\(bytes) bytes of the prompt of \(name) were lost")
    }
    if reply.attempts > 1 { words.append("\(name) took \(reply.attempts) attempts") }
    return words
  }
}
