import Foundation
import Palimpsest

/// A page about traces that is one file: nothing is loaded from anywhere, and it can be sent by mail.
///
/// For each trace: question, accepted answers, answer, verdict and cost; a strip of the chunks, coloured
/// by what happened at each; the size of the memory; and each step with what the page lost and gained word
/// by word, gate, reply and chunk. The steps stand in the page as data and are drawn when they are looked
/// at, so that a thousand open at once. Keys ← and → go through the steps, `/` searches all text.
///
/// All text of others is data to the page, never markup: it is put there as JSON in which `<`, `>` and `&`
/// are written as escapes, and shown through `textContent`.
public struct TracePage: Sendable {
  public struct Settings: Codable, Sendable, Hashable {
    /// The most steps of a trace that are shown; of more, those that changed the memory or met evidence
    /// go first.
    public var steps = 2000
    /// The most characters of one text.
    public var characters = 20_000

    public init(steps: Int = 2000, characters: Int = 20_000) {
      self.steps = steps
      self.characters = characters
    }
  }

  public var title: String
  public var settings: Settings
  private var traces: [PageTrace] = []

  public init(_ title: String, settings: Settings = Settings()) {
    self.title = title
    self.settings = settings
  }

  /// Adds a trace, and what a verifier said about it.
  public mutating func add(_ trace: Trace, _ verdict: Verdict? = nil) {
    traces.append(PageTrace(trace, verdict, settings))
  }

  /// The page.
  public var html: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    // The types are ours and hold nothing that JSON cannot say.
    let json = (try? encoder.encode(traces)).map { String(decoding: $0, as: UTF8.self) } ?? "[]"
    // The data first: there is no @ in it, but there may be one in the title.
    return TracePage.template
      .replacing("@data@", with: TracePage.inert(json))
      .replacing("@title@", with: DOTText.html(DOTText.excerpt(title, 200)))
  }

  /// Writes the page.
  ///
  /// - Throws: `FigureError.unwritable`.
  public func write(to url: URL) throws {
    do {
      try Data(html.utf8).write(to: url, options: .atomic)
    } catch {
      throw FigureError.unwritable(url.path, reason: error.localizedDescription)
    }
  }

  /// JSON that ends no script element and begins no comment, whatever its strings hold.
  static func inert(_ json: String) -> String {
    var inert = ""
    inert.reserveCapacity(json.utf8.count)
    for scalar in json.unicodeScalars {
      switch scalar {
      case "<", ">", "&", "\u{2028}", "\u{2029}", "@":
        let digits = String(scalar.value, radix: 16)
        inert += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: inert.unicodeScalars.append(scalar)
      }
    }
    return inert
  }
}

/// A trace as the page's script takes it; short keys, since there are thousands of steps.
struct PageTrace: Codable, Sendable {
  struct Step: Codable, Sendable {
    /// Index and place of the chunk.
    var i: Int
    var a: Int
    var b: Int
    /// Evidence, update, exit, malformed.
    var e: Bool
    var u: Bool
    var x: Bool
    var m: Bool
    /// Strength of the gate; tokens of the memory.
    var g: Float
    var t: Int
    var s: Double
    /// What the memory holds, where it changed.
    var p: String?
    var c: String?
    var r: [String]?
    var q: [String]?
    var k: [String]?
    var why: String?
    var sig: [String: Float]
    var n: [Int]
  }

  var id: String
  var ask: String
  var gold: [String]
  var answer: String?
  var end: String
  var score: Double?
  var note: String?
  var cost: [String: Double]
  var budget: Int?
  var before: String
  var omitted: Int
  var traits: [String: String]
  var steps: [Step]
}

extension PageTrace {
  init(_ trace: Trace, _ verdict: Verdict?, _ settings: TracePage.Settings) {
    let question = trace.question
    func cut(_ text: String) -> String {
      text.utf8.count <= settings.characters ? text : String(text.prefix(settings.characters)) + "…"
    }
    id = cut(question.id)
    ask = cut(question.ask)
    gold = question.answers.prefix(20).map(cut)
    answer = trace.answer.map { cut($0.reply.text) }
    end =
      switch trace.end {
      case .reading: "not through"
      case .finished: "read to the end"
      case .exited: "left early"
      case .failed(let reason, let attempts): "failed after \(attempts) attempts: \(cut(reason))"
      }
    score = verdict?.score
    note = verdict.map { cut($0.note) }
    let tally = trace.tally
    cost = [
      "steps": Double(tally.steps), "updates": Double(tally.updates), "malformed": Double(tally.malformed),
      "retries": Double(tally.retries), "tokens read": Double(tally.usage.read),
      "tokens generated": Double(tally.usage.generated), "seconds": tally.seconds,
    ]
    budget = trace.tablet.flatMap { $0.budget.tokens == .max ? nil : $0.budget.tokens }
    before = ""
    traits = question.traits

    let kept = Self.kept(trace, settings.steps)
    omitted = trace.steps.count - kept.count
    var last: Tablet?
    steps = kept.map { index in
      let step = trace.steps[index]
      let isNew = last?.slots != step.after.slots
      last = step.after
      let exchanges = step.draft.exchanges
      let prompts = exchanges.map { cut($0.prompt.text) }
      return Step(
        i: step.chunk.index, a: step.chunk.range.lowerBound, b: step.chunk.range.upperBound,
        e: question.isEvidence(step.chunk.range), u: step.changes.contains(where: \.isEffective),
        x: step.decision.exit, m: step.draft.signals["malformed", default: 0] > 0, g: step.decision.write,
        t: step.after.tokens, s: step.seconds, p: isNew ? cut(Self.text(of: step.after)) : nil,
        c: step.chunk.text.isEmpty ? nil : cut(step.chunk.text),
        r: exchanges.isEmpty ? nil : exchanges.map { cut($0.reply.text) },
        q: prompts.allSatisfy(\.isEmpty) ? nil : prompts,
        k: step.changes.isEmpty ? nil : step.changes.prefix(50).map(Self.words), why: step.draft.reason.map(cut),
        sig: step.draft.signals,
        n: [exchanges.reduce(0) { $0 + $1.reply.usage.read }, exchanges.reduce(0) { $0 + $1.reply.usage.generated }])
    }
  }

  /// Which steps are shown of a long reading, in order.
  private static func kept(_ trace: Trace, _ limit: Int) -> [Int] {
    guard trace.steps.count > limit else { return Array(trace.steps.indices) }
    func isTelling(_ step: Palimpsest.Step) -> Bool {
      step.changes.contains(where: \.isEffective) || step.decision.exit || trace.question.isEvidence(step.chunk.range)
    }
    let telling = trace.steps.indices.filter { isTelling(trace.steps[$0]) }
    let others = trace.steps.indices.filter { !isTelling(trace.steps[$0]) }
    let room = max(0, limit - telling.count)
    // Evenly from what there is too much of.
    func thinned(_ indices: [Int], _ count: Int) -> [Int] {
      indices.count <= count ? indices : (0..<count).map { indices[$0 * indices.count / count] }
    }
    return (thinned(telling, limit) + thinned(others, room)).sorted()
  }

  private static func text(of tablet: Tablet) -> String {
    tablet.slots.map { slot in
      switch slot.content {
      case .text(let text): tablet.slots.count == 1 ? text : "[\(slot.id)] \(text)"
      case .vectors(let vectors): "[\(slot.id)] vectors \(vectors.shape)"
      case .rows(let rows): "[\(slot.id)] rows \(rows.keys.shape)"
      }
    }.joined(separator: "\n\n")
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
