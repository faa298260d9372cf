import Palimpsest

/// A step in the form of the page's script; short keys, since there are thousands.
struct PageStep: Codable, Sendable {
  /// Index and place of the chunk.
  var i: Int
  var a: Int
  var b: Int
  /// Evidence, update, exit, malformed.
  var e: Bool
  var u: Bool
  var x: Bool
  var m: Bool
  /// Strength of the gate; tokens of the memory; seconds.
  var g: Float
  var t: Int
  var s: Double
  /// The memory's text, where it differs from that of the step shown before.
  var p: String?
  /// The chunk, and where evidence stands in it: UTF-16 offsets, as the script counts.
  var c: String?
  var h: [[Int]]?
  /// Replies, nil for a reply that equals the memory's text; prompts.
  var r: [String?]?
  var q: [String]?
  var k: [String]?
  var why: String?
  var sig: [String: Float]
  /// Tokens read and generated.
  var n: [Int]

  /// - Parameter memory: the memory's text after the step, as it is shown.
  init(_ step: Step, of question: Question, memory: String, _ limit: Int) {
    func cut(_ text: String) -> String { PageText.cut(text, limit) }
    i = step.chunk.index
    a = step.chunk.range.lowerBound
    b = step.chunk.range.upperBound
    e = question.isEvidence(step.chunk.range)
    u = step.changes.contains(where: \.isEffective)
    x = step.decision.exit
    m = step.draft.signals.isMalformed
    g = step.decision.write
    t = step.after.tokens
    s = step.seconds
    let exchanges = step.draft.exchanges
    r = exchanges.isEmpty ? nil : exchanges.map { cut($0.reply.text) }.map { $0 == memory ? nil : $0 }
    let prompts = exchanges.map { cut($0.prompt.text) }
    q = prompts.allSatisfy(\.isEmpty) ? nil : prompts
    k = step.changes.isEmpty ? nil : step.changes.prefix(50).map(Self.words)
    why = step.draft.reason.map(cut)
    sig = step.draft.signals.table
    n = [exchanges.reduce(0) { $0 + $1.reply.usage.read }, exchanges.reduce(0) { $0 + $1.reply.usage.generated }]
    if let text = step.chunk.text, !text.isEmpty { show(text, evidence: question.evidence, limit) }
  }

  /// Shows the text of the chunk, with its evidence marked.
  mutating func show(_ text: String, evidence: [Range<Int>], _ limit: Int) {
    let shown = PageText.cut(text, limit)
    c = shown
    let marks = PageText.marks(of: evidence, in: text, at: a..<b)
    let end = shown.utf16.count
    h = marks.filter { $0.lowerBound < end }.map { [$0.lowerBound, min($0.upperBound, end)] }
    if h?.isEmpty == true { h = nil }
  }

  /// Characters of the texts, without the memory's.
  var bytes: Int {
    let texts = [c, why].reduce(0) { $0 + ($1?.utf8.count ?? 0) } + (r ?? []).reduce(0) { $0 + ($1?.utf8.count ?? 0) }
    return 400 + texts + (q ?? []).reduce(0) { $0 + $1.utf8.count } + (k ?? []).reduce(0) { $0 + $1.utf8.count }
  }

  private static func words(_ change: Change) -> String {
    switch change {
    case .added(let slot): "slot \(slot.id) added"
    case .replaced(_, let slot): "slot \(slot.id) rewritten"
    case .erased(let slot): "slot \(slot.id) erased"
    case .evicted(let slot): "slot \(slot.id) evicted"
    case .refused(let slot): "slot \(slot.id) refused: it alone is larger than the memory"
    }
  }
}

/// Texts as a page shows them.
enum PageText {
  /// The beginning of a text that is too long.
  static func cut(_ text: String, _ limit: Int) -> String {
    guard text.utf8.count > limit else { return text }
    let front = text.unicodeScalars.prefix(limit)
    return front.endIndex == text.endIndex ? text : String(String.UnicodeScalarView(front)) + "…"
  }

  /// The evidence in a chunk's text, in UTF-16, in order and disjoint; empty where the text differs from
  /// the bytes of its range, because they were not all UTF-8.
  static func marks(of evidence: [Range<Int>], in text: String, at place: Range<Int>) -> [Range<Int>] {
    guard text.utf8.count == place.count else { return [] }
    func offset(_ byte: Int) -> Int {
      let index = text.utf8.index(text.startIndex, offsetBy: byte - place.lowerBound)
      return text.utf16.distance(from: text.startIndex, to: index)
    }
    var marks: [Range<Int>] = []
    for range in evidence.filter({ $0.overlaps(place) && !$0.isEmpty }).sorted(by: { $0.lowerBound < $1.lowerBound }) {
      let here = range.clamped(to: place)
      let mark = offset(here.lowerBound)..<offset(here.upperBound)
      if let last = marks.last, mark.lowerBound <= last.upperBound {
        marks[marks.count - 1] = last.lowerBound..<max(last.upperBound, mark.upperBound)
      } else {
        marks.append(mark)
      }
    }
    return marks
  }

  /// A memory's text: its slots one after the other, up to a length.
  static func of(_ state: MemoryState, _ limit: Int) -> String {
    var text = ""
    for slot in state.slots {
      // A memory may hold a whole text; only the part that is shown is joined.
      guard text.utf8.count <= 4 * limit else { break }
      if !text.isEmpty { text += "\n\n" }
      switch slot.content {
      case .text(let words): text += state.slots.count == 1 ? words : "[\(slot.id)] \(words)"
      case .vectors(let vectors): text += "[\(slot.id)] vectors \(vectors.shape)"
      case .rows(let rows): text += "[\(slot.id)] rows \(rows.keys.shape)"
      }
    }
    return cut(text, limit)
  }
}
