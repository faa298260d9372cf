import Figures
import Foundation
import Palimpsest
import Tensors
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// A page that is rewritten at every chunk of a list, over a text of chunks of 10 bytes.
func makeTrace(
  _ count: Int, writing: (Int) -> String?, evidence: [Range<Int>] = [], ask: String = "who?", exitAt: Int? = nil
) -> Trace {
  var trace = Trace(of: Question(id: "q", ask: ask, answers: ["a"], evidence: evidence, source: .text("")))
  var state = MemoryState(budget: Budget(tokens: 100, slots: 1))
  for index in 0..<count {
    let edits = writing(index).map { text in
      [Edit.write(Slot(id: 0, content: .text(text), tokens: 5, origins: [index]), because: "")]
    }
    let changes = state.apply(edits ?? [])
    trace.append(
      Step(
        chunk: Chunk(index: index, content: .text(""), range: (index * 10)..<(index * 10 + 10)),
        draft: Draft(edits: edits ?? []), decision: Decision(write: edits == nil ? 0.25 : 1, exit: index == exitAt),
        changes: changes, after: state))
  }
  trace.end = .finished
  return trace
}

@Suite struct `An evolution graph` {
  @Test func `ends with the end of the reply, where the answer stands`() {
    var trace = makeTrace(2) { "page \($0)" }
    trace.close(
      with: Answer(
        Exchange(prompt: "", reply: Reply(String(repeating: "thought ", count: 500) + "so it is \\boxed{Oslo}"))))
    let dot = EvolutionGraph.dot(trace)
    #expect(dot.contains("\\boxed{Oslo}") && dot.contains("…thought"))
    #expect(dot.utf8.count < 8000)
  }

  @Test func `folds chunks in which nothing happened into one row`() {
    let dot = EvolutionGraph.dot(makeTrace(9) { $0 == 0 || $0 == 5 ? "page \($0)" : nil })
    for row in ["chunk 0", "chunks 1–4", "chunk 5", "chunks 6–8"] { #expect(dot.contains("<B>\(row)</B>")) }
    #expect(dot.contains("n0_0 -> n2_0"))
    #expect(!dot.contains("chunk 3"))
    #expect(dot.contains("unchanged · gate 0.25"))
  }

  @Test func `shows what is new in a page, not what was there`() {
    let dot = EvolutionGraph.dot(makeTrace(2) { ["Oslo is a city.", "Oslo is a large city."][$0] })
    #expect(dot.contains("“Oslo is a city.”"))
    #expect(dot.contains("“large”"))
    #expect(!dot.contains("“Oslo is a large"))
  }

  @Test func `marks what was written from evidence, and what stems from it`() {
    let dot = EvolutionGraph.dot(makeTrace(3, writing: { "page \($0)" }, evidence: [12..<14]))
    let nodes = dot.split(separator: "\n").filter { $0.contains("label=<<TABLE") && $0.contains("slot 0") }
    #expect(nodes.map { $0.contains("★") } == [false, true, false])
    #expect(nodes.map { $0.contains("☆") } == [false, false, true])
    #expect(nodes.map { $0.contains("#E69F00") } == [false, true, false])
  }

  @Test func `says where evidence was not written`() {
    let dot = EvolutionGraph.dot(makeTrace(9, writing: { $0 == 0 ? "page" : nil }, evidence: [45..<46]))
    #expect(dot.contains("<B>chunk 4</B>"))
    #expect(dot.contains("not written"))
  }

  @Test(arguments: [30, 700, 50_000])
  func `is of the same size for a reading of any length`(_ count: Int) {
    let dot = EvolutionGraph.dot(
      makeTrace(count, writing: { "page \($0) of many" }, evidence: [200..<201], exitAt: count - 1))
    let nodes = dot.split(separator: "\n").count { $0.contains("[label=<") }
    #expect(nodes <= 2 * 24 + 1)
    #expect(dot.contains("<B>chunk 0</B>"))
    #expect(dot.contains("<B>chunk 20</B>"))
    #expect(dot.contains("<B>chunk \(count - 1)</B>"))
    #expect(dot.contains(" exit "))
  }

  @Test func `shows who was evicted, erased, refused and linked`() {
    var trace = Trace(of: Question(id: "q", ask: "", source: .text("")))
    var state = MemoryState(budget: Budget(tokens: 10, slots: 2))
    let edits: [[Edit]] = [
      [.write(Slot(id: 0, content: .text("first"), tokens: 2), because: "")],
      [.write(Slot(id: 1, content: .text("second"), tokens: 2, links: [0]), because: "")],
      [.write(Slot(id: 2, content: .vectors(Tensor(zeros: [2, 3])), tokens: 2), because: "")],
      [.erase(1, because: ""), .write(Slot(id: 3, content: .text("whale"), tokens: 11), because: "")],
    ]
    for (index, edits) in edits.enumerated() {
      let changes = state.apply(edits)
      trace.append(
        Step(
          chunk: Chunk(index: index, content: .text(""), range: index..<(index + 1)), draft: Draft(edits: edits),
          decision: Decision(write: 1), changes: changes, after: state))
    }
    let dot = EvolutionGraph.dot(trace)
    #expect(dot.contains("n1_1 -> n0_0 [style=dotted"))
    #expect(dot.contains("slot 0 evicted: first"))
    #expect(dot.contains("n0_0 -> e2_0 [style=dashed"))
    #expect(dot.contains("slot 1 erased: second"))
    #expect(dot.contains("slot 3 refused: whale"))
    #expect(dot.contains("vectors [2, 3]"))
  }

  static let hostile = [
    "<B>&\"';]}>>]", "</TABLE>>]; x -> y [label=\"", "\u{0}\u{1}\u{202E}\u{FFFF}", "\\N\\",
    String(repeating: "e\u{301}\u{302}", count: 5000),
    String(repeating: "x", count: 100_000), "👩‍👩‍👧‍👦 天地", String(repeating: " ", count: 5000), "-->", "]]>",
  ]

  @Test(arguments: hostile)
  func `stays a graph whatever the page and the question say`(_ text: String) async throws {
    let trace = makeTrace(3, writing: { "\(text) \($0)" }, ask: text)
    let svg = try await Graphviz.shared.render(EvolutionGraph.dot(trace), as: .svg)
    #expect(XMLParser(data: svg).parse())
    #expect(!String(decoding: svg, as: UTF8.self).contains("<title>x&#45;&gt;y</title>"))
  }

  /// Graphviz replaces `\N`, `\G`, `\T` and others in HTML-like labels too.
  @Test(arguments: [
    #"\\HOST\Games\New"#, #"C:\Notes"#, #"\boxed{Oslo}"#, #"\N \G \E \T \H \L \n \l \r"#, #"at the end \"#, #"\\\\"#,
  ])
  func `shows a backslash as it stands, wherever text stands`(_ text: String) async throws {
    var trace = makeTrace(2, writing: { $0 == 0 ? text : "something else" }, ask: text)
    trace.close(with: Answer(Exchange(prompt: "", reply: Reply(text))))
    trace.question.answers = [text]
    let svg = try await Graphviz.shared.render(EvolutionGraph.dot(trace), as: .svg)
    let shown = Texts.of(svg)
    #expect(shown.contains(text), "the question, in \(shown)")
    #expect(shown.contains("“\(text)”"), "the page")
    #expect(shown.contains("accepted: \(text)"), "the accepted answer")
    #expect(shown.count { $0 == text } == 2, "the answer beside the question")
    trace.end = .failed(reason: text, attempts: 1)
    let failed = Texts.of(try await Graphviz.shared.render(EvolutionGraph.dot(trace), as: .svg))
    #expect(failed.contains("failed: \(text)"))
  }

  @Test func `is the same bytes every time`() {
    func dot() -> String {
      EvolutionGraph.dot(makeTrace(200, writing: { $0 % 3 == 0 ? "page \($0)" : nil }, evidence: [55..<60]))
    }
    #expect(dot() == dot())
  }
}

/// The texts of a picture, one for each element.
private final class Texts: NSObject, XMLParserDelegate {
  private var found: [String] = []
  private var isText = false

  static func of(_ svg: Data) -> [String] {
    let texts = Texts()
    let parser = XMLParser(data: svg)
    parser.delegate = texts
    _ = parser.parse()
    // Graphviz writes blanks as no-break spaces.
    return texts.found.map { $0.replacing("\u{A0}", with: " ").trimmingCharacters(in: .whitespaces) }
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String] = [:]
  ) {
    isText = name == "text"
    if isText { found.append("") }
  }

  func parser(_ parser: XMLParser, foundCharacters text: String) {
    if isText { found[found.count - 1] += text }
  }

  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
    isText = false
  }
}
