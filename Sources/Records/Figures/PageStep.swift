import Palimpsest

/// A step in the form of the page's script; short keys, since there are thousands.
struct PageStep: Encodable, Sendable {
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
  var p: PageString?
  /// The chunk, and where evidence stands in it: UTF-16 offsets, as the script counts.
  var c: PageString?
  var h: [[Int]]?
  /// Replies, nil for a reply that equals the memory's text; prompts.
  var r: [PageString?]?
  var q: [PageString]?
  var k: [String]?
  var why: PageString?
  var sig: [String: Float]
  /// Tokens read and generated.
  var n: [Int]
  /// Slots that the prompts recalled; what deserves a warning.
  var l: [PageSlot]?
  var w: [String]?

  /// - Parameters:
  ///   - before: what the memory held before the step, out of which it recalled.
  ///   - memory: the memory's text after the step, as it is shown.
  init(_ step: Step, of question: Question, from before: [Slot], memory: String, _ limit: Int) {
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
    r = exchanges.isEmpty ? nil : exchanges.map { cut($0.reply.text) }.map { $0 == memory ? nil : PageString($0) }
    let prompts = exchanges.map { cut($0.prompt.text) }
    q = prompts.allSatisfy(\.isEmpty) ? nil : prompts.map(PageString.init)
    k = step.changes.isEmpty ? nil : step.changes.prefix(50).map(Self.words)
    why = step.draft.reason.map { PageString(cut($0)) }
    sig = step.draft.signals.table
    n = [exchanges.reduce(0) { $0 + $1.reply.usage.read }, exchanges.reduce(0) { $0 + $1.reply.usage.generated }]
    l = PageSlot.recalled(
      exchanges.flatMap(\.prompt.used), from: before, scores: step.draft.signals.readings, limit)
    w = Self.warnings(of: step)
    if let text = step.chunk.text, !text.isEmpty { show(text, evidence: question.evidence, limit) }
  }

  private static func warnings(of step: Step) -> [String]? {
    var warnings = step.draft.exchanges.enumerated().flatMap { index, exchange in
      PageWarning.words(
        about: exchange.reply, named: step.draft.exchanges.count > 1 ? "reply \(index + 1)" : "the reply")
    }
    if step.draft.signals.isMalformed { warnings.append("the reply does not have the form that was asked for") }
    if let share = step.draft.signals.truncated, share > 0 { warnings.append("what was to be written was cut") }
    for case .refused(let slot) in step.changes.prefix(50) {
      warnings.append("slot \(slot.id) was refused: it alone is larger than the memory")
    }
    return warnings.isEmpty ? nil : warnings
  }

  /// Shows the text of the chunk, with its evidence marked.
  mutating func show(_ text: String, evidence: [Range<Int>], _ limit: Int) {
    let shown = PageText.cut(text, limit)
    c = PageString(shown)
    let marks = PageText.marks(of: evidence, in: text, at: a..<b)
    let end = shown.utf16.count
    h = marks.filter { $0.lowerBound < end }.map { [$0.lowerBound, min($0.upperBound, end)] }
    if h?.isEmpty == true { h = nil }
  }

  /// Characters of the texts, without the memory's.
  var bytes: Int {
    let texts = [c, why] + (r ?? []) + (q ?? []) + (l ?? []).map(\.v)
    return 400 + texts.reduce(0) { $0 + ($1?.text.utf8.count ?? 0) } + (k ?? []).reduce(0) { $0 + $1.utf8.count }
  }

  private static func words(_ change: Change) -> String {
    switch change {
    case .added(let slot): "slot \(slot.id) added"
    case .replaced(_, let slot): "slot \(slot.id) rewritten"
    case .erased(let slot): "slot \(slot.id) erased"
    case .evicted(let slot): "slot \(slot.id) evicted"
    case .refused(let slot): "slot \(slot.id) refused"
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
      text += (state.slots.count == 1 && slot.text != nil ? "" : "[\(slot.id)] ") + of(slot, .max)
    }
    return cut(text, limit)
  }

  /// The text of a slot; of a tensor, its shape.
  static func of(_ slot: Slot, _ limit: Int) -> String {
    switch slot.content {
    case .text(let words): cut(words, limit)
    case .vectors(let vectors): "vectors \(vectors.shape)"
    case .rows(let rows): "rows \(rows.keys.shape)"
    }
  }
}
