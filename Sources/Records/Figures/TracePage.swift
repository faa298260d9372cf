import Basics
import Foundation
import Palimpsest

/// A page about traces in one file: it loads nothing, and it can be sent by mail.
///
/// For each trace: question, accepted answers, answer, verdicts and cost; what became of each fact that
/// proves the answer; a strip of the chunks, which tells by shape and colour what happened at each; the size of
/// the memory; and each step with the words that the memory lost and gained, the gate as it was replied and as
/// it was understood, the recalled slots, replies, prompts, warnings, and the chunk with its evidence marked.
/// The steps stand in the page as data and are drawn on demand, so that a page of a thousand steps opens at
/// once. A long text stands in it once, however many questions show it.
///
/// A whole trace is added with `add(_:_:)`; a trace that is never held whole is built in a `Reading`.
///
/// The page treats all foreign text as data, never as markup: it is stored as JSON in which `<`, `>` and
/// `&` are escapes, and shown through `textContent`. Its security policy names the hashes of its one script
/// and its one style, so that the browser runs nothing else.
public struct TracePage: Sendable {
  /// Bounds of the page, so that it opens at once.
  public struct Settings: Codable, Sendable, Hashable {
    /// The most steps of a trace that are shown; of more, those that met evidence are kept first, then
    /// those that changed the memory, and then some of the others, evenly.
    public var steps: Int
    /// The most characters of one text.
    public var characters: Int
    /// The most bytes that the texts of one trace take.
    public var bytes: Int

    /// At most 2,000 steps of a trace, 20,000 characters of a text, 16 MiB of the page.
    public init(steps: Int = 2000, characters: Int = 20_000, bytes: Int = 16 << 20) {
      self.steps = steps
      self.characters = characters
      self.bytes = bytes
    }
  }

  /// Verdicts and findings about a trace, shown beside it.
  public struct Judgement: Sendable {
    /// The answer as verifiers read it out of the reply; without it the reply is shown.
    public var answer: String?
    /// By metric.
    public var verdicts: [String: Verdict]
    /// What became of each range of evidence.
    public var facts: [Fact]

    /// What is not given is not shown.
    public init(answer: String? = nil, verdicts: [String: Verdict] = [:], facts: [Fact] = []) {
      self.answer = answer
      self.verdicts = verdicts
      self.facts = facts
    }
  }

  /// What became of a range of evidence; chunk indices, nil where it never happened.
  public struct Fact: Codable, Sendable, Hashable {
    /// The words of the evidence.
    public var text: String
    /// UTF-8 range of the text.
    public var range: Range<Int>
    /// Chunk at which it was read.
    public var read: Int?
    /// Chunk after which the memory first held it.
    public var written: Int?
    /// Chunk at which the memory lost it again.
    public var lost: Int?
    /// Whether the memory holds it at the end; nil where that is unknown.
    public var isHeld: Bool?

    /// What is nil never happened, or is not known.
    public init(
      _ text: String, range: Range<Int>, read: Int? = nil, written: Int? = nil, lost: Int? = nil, isHeld: Bool? = nil
    ) {
      self.text = text
      self.range = range
      self.read = read
      self.written = written
      self.lost = lost
      self.isHeld = isHeld
    }
  }

  /// Shown at the top and in the browser's tab.
  public var title: String
  /// Bounds of the page.
  public var settings: Settings
  /// What is to be known about the run: seed, version, settings; a row each.
  public var about: [(name: String, value: String)] = []
  /// How many questions of the run the page leaves out.
  public var omittedQuestions = 0
  private(set) var traces: [(head: PageTrace, steps: [PageStep])] = []

  /// A page without traces.
  public init(_ title: String, settings: Settings = Settings()) {
    self.title = title
    self.settings = settings
  }

  /// Adds a whole trace and its verdict.
  public mutating func add(_ trace: Trace, _ verdict: Verdict? = nil) {
    var reading = Reading(of: trace.question, settings: settings)
    for step in trace.steps { reading.add(step) }
    add(reading, endedAs: trace, Judgement(verdicts: verdict.map { ["": $0] } ?? [:]))
  }

  /// Adds a reading that was built step by step.
  ///
  /// - Parameter trace: the end of the reading; of its steps only the state after the last one is
  ///   used.
  public mutating func add(_ reading: Reading, endedAs trace: Trace, _ judgement: Judgement = Judgement()) {
    let steps = reading.shown
    traces.append((PageTrace(trace, judgement, omitted: reading.count - steps.count, settings), steps))
  }

  /// The page.
  public var html: String {
    var html = ""
    // Nothing here throws.
    forEachPiece { html += $0 }
    return html
  }

  /// Writes the page, a step at a time: it is never held whole. The file is written whole or not at
  /// all.
  ///
  /// - Throws: `FigureError.unwritable`.
  public func write(to url: URL) throws {
    do {
      try WholeFile.write(to: url.path) { file in try forEachPiece { try file.write(Data($0.utf8)) } }
    } catch let fault as FileFault {
      throw FigureError.unwritable(url.path, reason: fault.reason)
    }
  }

  /// The page from its beginning to its end: a line per trace, and behind it one per step. Before a line
  /// stand the shared texts that it is the first to name.
  private func forEachPiece(_ body: (String) throws -> Void) rethrows {
    let texts = SharedTexts()
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    encoder.userInfo[.sharedTexts] = texts
    func line(_ value: some Encodable) -> String {
      // The types are our own and hold only values that JSON can represent.
      func json(_ value: some Encodable) -> String {
        (try? encoder.encode(value)).map { Self.inert(String(decoding: $0, as: UTF8.self)) } ?? "{}"
      }
      let own = json(value)
      return (texts.takeFresh().map { json($0) } + [own]).map { $0 + "\n" }.joined()
    }
    try body(Self.beginning(DOTText.html(DOTText.excerpt(title, 200))))
    let rows = about.map { [PageText.cut($0.name, 200), PageText.cut($0.value, settings.characters)] }
    if !rows.isEmpty || omittedQuestions > 0 { try body(line(PageAbout(rows: rows, omitted: omittedQuestions))) }
    for (head, steps) in traces {
      try body(line(head))
      for step in steps { try body(line(step)) }
    }
    try body(Self.ending)
  }

  /// JSON that cannot end a script element or begin a comment, for any content of its strings.
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

/// What the page says about the run.
private struct PageAbout: Encodable {
  var rows: [[String]]
  var omitted: Int
}
