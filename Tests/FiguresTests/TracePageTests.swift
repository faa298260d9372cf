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
  ]

  /// A trace that says the text wherever a trace can say something.
  static func trace(_ text: String) -> Trace {
    var trace = Trace(
      of: Question(id: text, ask: text, answers: [text], evidence: [0..<5], traits: [text: text], source: .text("")))
    var tablet = Tablet(budget: Budget(tokens: 100))
    let edit = Edit.write(Slot(id: 0, content: .text(text), tokens: 1), because: text)
    let changes = tablet.apply([edit])
    trace.append(
      Step(
        chunk: Chunk(index: 0, content: .text(text), range: 0..<5),
        draft: Draft(
          edits: [edit], exchanges: [Exchange(prompt: Prompt(stringLiteral: text), reply: Reply(text, model: text))],
          signals: [text: .nan], reason: text),
        decision: Decision(write: .infinity), changes: changes, after: tablet))
    trace.end = .failed(reason: text, attempts: 2)
    trace.close(with: Exchange(prompt: "", reply: Reply(text)))
    return trace
  }

  @Test(arguments: hostile)
  func `holds foreign text as data only`(_ text: String) throws {
    var calm = TracePage("calm")
    calm.add(Self.trace("calm"), Verdict(1, note: "calm"))
    var page = TracePage(text)
    page.add(Self.trace(text), Verdict(.nan, note: text))
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
    let start = try #require(page.html.range(of: "id=\"data\">"))
    let end = try #require(page.html.range(of: "</script>", range: start.upperBound..<page.html.endIndex))
    let json = try JSONSerialization.jsonObject(with: Data(page.html[start.upperBound..<end.lowerBound].utf8))
    let trace = try #require((json as? [[String: Any]])?.first)
    #expect(trace["ask"] as? String == text)
    #expect((trace["steps"] as? [[String: Any]])?.first?["p"] as? String == text)
  }

  @Test func `loads nothing`() {
    let html = TracePage("t").html
    #expect(html.contains("default-src 'none'"))
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
    let html = page.html
    #expect(html.utf8.count < 60_000)
    #expect(html.contains("\"omitted\":4900"))
    for index in [0, 500, 1234, 4500] { #expect(html.contains("\"i\":\(index),")) }
  }

  @Test func `is written whole or not at all`() throws {
    let scratch = try Scratch()
    let file = scratch.url.appending(path: "page.html")
    try TracePage("t").write(to: file)
    #expect(try String(contentsOf: file, encoding: .utf8) == TracePage("t").html)
    #expect(throws: FigureError.self) { try TracePage("t").write(to: scratch.url.appending(path: "no/page.html")) }
  }
}
