import Figures
import Foundation
import Palimpsest
import Support
import Testing

@Suite struct `A page about traces` {
  static let hostile = [
    "</script><script>alert(1)</script>", "<!--<script>", "<img src=x onerror=alert(1)>", "]]>", "\u{2028}\u{2029}",
    "@title@ @data@",
    "&lt;b&gt;", "'\"`\\u003c\\", "\u{0}\u{1}\u{7f}", "javascript:alert(1)",
    "</title></style></textarea><script>window.injected = 1</script>", "<svg/onload=window.injected=2>",
    "\" autofocus onfocus=window.injected=3 x=\"", "' onmouseover='window.injected=4",
    "</pre><iframe srcdoc='<script>top.injected=5</script>'>",
    "${window.injected=6} {{window.injected=7}} <%= window.injected=8 %> `${alert(1)}`",
    "data:text/html,<script>alert(1)</script>",
    "<base href=//evil><link rel=stylesheet href=//evil><meta http-equiv=refresh content='0;url=//evil'>",
    "<a href=javascript:alert(1)>x</a>",
    "\u{202E}txet siht\u{202C} \u{2066}a\u{2069} z\u{200B}e\u{200C}r\u{FEFF}o \u{E0041}\u{E0042}\u{E007F} s\u{AD}oft \u{115F}\u{3164}",
    "__proto__", "constructor", "\\u003cscript\\u003e", "\\", "@data@ @script@ @style@ @script-hash@", "-->",
    "<!-- <script>", "]]><![CDATA[",
  ]

  /// A trace that says the text wherever a trace can say something.
  static func trace(_ text: String) -> Trace {
    var trace = Trace(
      of: Question(id: text, ask: text, answers: [text], evidence: [0..<5], traits: [text: text], source: .text("")))
    var state = MemoryState(budget: Budget(tokens: 100))
    let edit = Edit.write(Slot(id: 0, content: .text(text), tokens: 1), because: text)
    let changes = state.apply([edit])
    trace.append(
      Step(
        chunk: Chunk(index: 0, content: .text(text), range: 0..<5),
        draft: Draft(
          edits: [edit], exchanges: [Exchange(prompt: Prompt(stringLiteral: text), reply: Reply(text, model: text))],
          signals: Signals(readings: [text: .nan]), reason: text),
        decision: Decision(write: .infinity), changes: changes, after: state))
    trace.end = .failed(reason: text, attempts: 2)
    trace.close(with: Answer(Exchange(prompt: "", reply: Reply(text))))
    return trace
  }

  /// What the page's script reads: a trace, its steps, the next trace; with its shared texts in their places.
  static func data(of page: TracePage) throws -> [[String: Any]] {
    let html = page.html
    let start = try #require(html.range(of: "id=\"data\">"))
    let end = try #require(html.range(of: "</script>", range: start.upperBound..<html.endIndex))
    var texts: [String] = []
    var lines: [[String: Any]] = []
    func whole(_ value: Any, _ key: String) throws -> Any {
      if let list = value as? [Any], ["r", "q"].contains(key) { return try list.map { try whole($0, "c") } }
      guard ["p", "c", "why"].contains(key), let number = value as? Int else { return value }
      return try #require(texts.indices.contains(number) ? texts[number] : nil, "a text is named before it stands")
    }
    for line in html[start.upperBound..<end.lowerBound].split(separator: "\n") {
      let value = try JSONSerialization.jsonObject(with: Data(line.utf8), options: .fragmentsAllowed)
      if let text = value as? String {
        texts.append(text)
      } else {
        let object = try #require(value as? [String: Any])
        lines.append(try Dictionary(uniqueKeysWithValues: object.map { ($0.key, try whole($0.value, $0.key)) }))
      }
    }
    return lines
  }

  /// The steps that are shown, with what the page says the memory held at each.
  static func memories(of page: TracePage) throws -> [(index: Int, memory: String)] {
    var memory = ""
    return try data(of: page).filter { $0["ask"] == nil }.map { step in
      memory = step["p"] as? String ?? memory
      return (try #require(step["i"] as? Int), memory)
    }
  }

  @Test(arguments: hostile)
  func `holds foreign text as data only`(_ text: String) throws {
    var calm = TracePage("calm")
    calm.add(Self.trace("calm"), Verdict(1, note: "calm"))
    let trace = Self.trace(text)
    var page = TracePage(text)
    var reading = TracePage.Reading(of: trace.question)
    trace.steps.forEach { reading.add($0) }
    page.add(
      reading, endedAs: trace,
      .init(answer: text, verdicts: [text: Verdict(.nan, note: text)], facts: [.init(text, range: 0..<5)]))
    // As many of each character that means something in markup as a page without any has.
    for character in ["<", ">"] {
      #expect(page.html.count { String($0) == character } == calm.html.count { String($0) == character })
    }
    #expect(!page.html.contains("alert(1)</script>"))
  }

  @Test(arguments: hostile)
  func `gives the same text back`(_ text: String) throws {
    var page = TracePage("t")
    page.add(Self.trace(text))
    let lines = try Self.data(of: page)
    #expect(lines.count == 2)
    #expect(lines[0]["ask"] as? String == text)
    #expect(lines[1]["p"] as? String == text)
  }

  @Test func `loads nothing`() {
    let html = TracePage("t").html
    #expect(html.contains("default-src 'none'") && !html.contains("unsafe-inline"))
    #expect(html.matches(of: /(style|script)-src 'sha256-[A-Za-z0-9+\/]{43}='/).count == 2)
    #expect(!html.contains("style-hash") && !html.contains("@script@"))
    for word in [
      "src=", "href=", "url(", "@import", "fetch(", "XMLHttpRequest", "innerHTML", "eval(", "document.write",
    ] {
      #expect(!html.contains(word), "\(word)")
    }
  }

  @Test func `is bounded, and keeps what tells most`() throws {
    var page = TracePage("t", settings: .init(steps: 100, characters: 50))
    page.add(
      makeTrace(
        5000, writing: { $0 % 500 == 0 ? String(repeating: "word \($0) ", count: 100) : nil }, evidence: [12340..<12345]
      ))
    let shown = try Self.memories(of: page).map(\.index)
    #expect(page.html.utf8.count < 60_000)
    #expect((51...100).contains(shown.count))
    #expect(try Self.data(of: page)[0]["omitted"] as? Int == 5000 - shown.count)
    for index in [0, 500, 1234, 4500, 4999] { #expect(shown.contains(index), "\(index)") }
    // What nothing happened at lies evenly: no gap is much wider than another.
    let gaps = zip(shown, shown.dropFirst()).map { $1 - $0 }
    #expect(try #require(gaps.max()) <= 5000 / 50 + 1)
  }

  /// A step that carried the memory's text may be one of those that are left out.
  @Test(arguments: [1, 3, 7, 50])
  func `shows at each step the memory that was held there`(_ every: Int) throws {
    var page = TracePage("t", settings: .init(steps: 40))
    page.add(makeTrace(3000, writing: { $0 % every == 0 ? "page \($0)" : nil }))
    let shown = try Self.memories(of: page)
    #expect((20...40).contains(shown.count))
    for (index, memory) in shown { #expect(memory == "page \(index / every * every)") }
  }

  @Test func `takes no more room for a longer reading`() throws {
    func size(_ count: Int) -> Int {
      var page = TracePage("t", settings: .init(steps: 1000, bytes: 100_000))
      page.add(makeTrace(count, writing: { String(repeating: "page \($0) ", count: 200) }))
      return page.html.utf8.count
    }
    let shell = TracePage("t").html.utf8.count
    #expect(size(3000) - shell < 120_000)
    #expect(size(30_000) - shell < 120_000)
    #expect(size(30_000) - shell > 40_000)
  }

  @Test func `marks evidence in the chunk, whatever letters stand before it`() throws {
    let text = "Zoë 😀 knows: \u{1F469}\u{200D}\u{1F680} the key lies in Żółć. The rest 漢字 is noise."
    func range(of word: String) throws -> Range<Int> {
      let place = try #require(text.utf8.firstRange(of: word.utf8))
      let start = text.utf8.distance(from: text.startIndex, to: place.lowerBound)
      return start..<(start + word.utf8.count)
    }
    // Of two pieces of evidence one begins before the chunk, one lies inside; the chunk is not the text's first.
    let first = try range(of: "Zoë 😀 knows")
    let second = try range(of: "the key lies in Żółć")
    let evidence = [(1000 + second.lowerBound)..<(1000 + second.upperBound), 990..<(1000 + first.upperBound)]
    var trace = makeTrace(1, writing: { _ in "x" }, evidence: evidence)
    trace.steps[0].chunk = Chunk(index: 0, content: .text(text), range: 1000..<(1000 + text.utf8.count))
    var page = TracePage("t")
    page.add(trace)

    let step = try Self.data(of: page)[1]
    let units = Array(try #require(step["c"] as? String).utf16)
    let marks = try #require(step["h"] as? [[Int]])
    let marked = marks.map { String(decoding: units[$0[0]..<$0[1]], as: UTF16.self) }
    #expect(marked == ["Zoë 😀 knows", "the key lies in Żółć"])
  }

  @Test func `takes the texts of its chunks from the source where the log kept none`() async throws {
    let text = String(repeating: "äö and so on. ", count: 100)
    var trace = makeTrace(20, writing: { "page \($0)" }, evidence: [24..<28])
    trace.question.source = .text(text)
    var reading = TracePage.Reading(of: trace.question, settings: .init(steps: 10))
    trace.steps.forEach { reading.add($0) }
    await reading.takeTexts(from: trace.question.source)
    var page = TracePage("t")
    page.add(reading, endedAs: trace)
    let bytes = Array(text.utf8)
    for step in try Self.data(of: page).dropFirst() {
      let index = try #require(step["i"] as? Int)
      #expect(step["c"] as? String == String(decoding: bytes[(10 * index)..<(10 * index + 10)], as: UTF8.self))
    }
    #expect(try Self.data(of: page).contains { $0["h"] != nil })
  }

  @Test func `puts the answer first as it was read out of the reply`() throws {
    var trace = makeTrace(1, writing: { _ in "x" })
    trace.close(with: Answer(Exchange(prompt: "", reply: Reply("The notes say so.\n\\boxed{Oslo}"))))
    var reading = TracePage.Reading(of: trace.question)
    trace.steps.forEach { reading.add($0) }
    var page = TracePage("t")
    page.add(
      reading, endedAs: trace,
      .init(answer: "Oslo", verdicts: ["em": Verdict(1)], facts: [.init("fact", range: 3..<9, read: 0, isHeld: false)]))
    let head = try Self.data(of: page)[0]
    #expect(head["answer"] as? String == "Oslo")
    #expect(head["reply"] as? String == "The notes say so.\n\\boxed{Oslo}")
    let fact = try #require((head["facts"] as? [[String: Any]])?.first)
    #expect(fact["range"] as? [Int] == [3, 9] && fact["read"] as? Int == 0 && fact["isHeld"] as? Bool == false)
    #expect(fact["written"] == nil)
  }

  /// Questions that share a reading show the same steps.
  @Test func `holds a long text once, however many questions show it`() throws {
    func size(_ count: Int) -> Int {
      var page = TracePage("t")
      for index in 0..<count {
        var trace = makeTrace(50, writing: { String(repeating: "page \($0) ", count: 200) })
        trace.question.id = "q\(index)"
        trace.reading = "q0"
        page.add(trace)
      }
      return page.html.utf8.count - TracePage("t").html.utf8.count
    }
    #expect(size(1) > 60_000 && size(10) - size(1) < 9 * 50 * 400)
    var page = TracePage("t")
    page.add(makeTrace(50, writing: { String(repeating: "page \($0) ", count: 200) }))
    #expect(try Self.memories(of: page).last?.memory == String(repeating: "page 49 ", count: 200))
  }

  @Test func `says what was recalled, and what deserves a warning`() throws {
    var trace = makeTrace(2, writing: { "page \($0)" })
    var reply = Reply("cut", finish: .length, usage: Usage(lostBytes: 7), attempts: 3)
    reply.model = "m"
    trace.steps[1].draft.exchanges = [Exchange(prompt: Prompt([.literal("p")], used: [0, 0, 9]), reply: reply)]
    trace.steps[1].draft.signals.malformed = 1
    trace.steps[1].draft.signals.readings["score/0"] = 0.5
    var page = TracePage("t")
    page.add(trace)
    let step = try #require(try Self.data(of: page).last)
    let recalled = try #require(step["l"] as? [[String: Any]])
    // The slot as it was before the step; the one that is gone is not made up.
    #expect(recalled.count == 1 && recalled[0]["v"] as? String == "page 0" && recalled[0]["s"] as? Double == 0.5)
    let warnings = try #require(step["w"] as? [String])
    #expect(warnings.count == 4 && warnings[0] == "the reply was cut at its token limit", "\(warnings)")
  }

  @Test func `is text for a terminal, which nothing in it steers`() throws {
    var trace = makeTrace(40, writing: { $0 % 10 == 0 ? "page \($0) \u{1B}[2J\u{202E}" : nil }, evidence: [100..<104])
    trace.question.answers = ["Oslo"]
    var page = TracePage("title\u{7}")
    page.about = [("seed", "3")]
    page.add(trace, Verdict(1))
    let text = page.text()
    #expect(text.contains("chunk 10, bytes 100 to 110: updated, holds evidence"))
    #expect(text.contains("[-0-] {+10+} <U+001B>[2J<U+202E>") || text.contains("[-0-] {+10+}"), "\(text)")
    #expect(!text.unicodeScalars.contains { $0.value < 32 && $0 != "\n" } && !text.unicodeScalars.contains("\u{202E}"))
    #expect(text.contains("u.........E.........u.........u........."))
    let one = page.text(of: 20)
    #expect(one.contains("--- memory before\npage 10") && one.contains("--- memory after\npage 20"))
    #expect(page.text(of: 99).contains("chunk 99 is not shown"))
  }

  @Test func `is written whole or not at all`() throws {
    let scratch = try Scratch()
    let file = scratch.url.appending(path: "page.html")
    try TracePage("t").write(to: file)
    #expect(try String(contentsOf: file, encoding: .utf8) == TracePage("t").html)
    #expect(throws: FigureError.self) { try TracePage("t").write(to: scratch.url.appending(path: "no/page.html")) }
  }
}
