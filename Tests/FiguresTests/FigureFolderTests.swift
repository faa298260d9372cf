import Figures
import Foundation
import Palimpsest
import Plots
import Support
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite struct `Graphviz in this process` {
  @Test(arguments: [(Graphviz.Format.svg, "<?xml"), (.png, "\u{89}PNG"), (.pdf, "%PDF"), (.dot, "digraph")])
  func `draws every format`(_ format: Graphviz.Format, _ start: String) async throws {
    let bytes = try await Graphviz.shared.render("digraph { a -> b }", as: format)
    #expect(bytes.starts(with: start == "\u{89}PNG" ? Data([0x89, 0x50, 0x4e, 0x47]) : Data(start.utf8)))
  }

  @Test(arguments: ["", "digraph {", "nonsense", "digraph { a -> ", "digraph { a [label=<<B>x>] }\u{0}"])
  func `refuses what is no graph, in words`(_ dot: String) async {
    await #expect(throws: FigureError.self) { try await Graphviz.shared.render(dot, as: .svg) }
  }

  @Test func `says what Graphviz says`() async {
    await #expect { try await Graphviz.shared.render("digraph { a -> ; }", as: .svg) } throws: {
      "\($0)".contains("syntax error")
    }
  }

  @Test func `refuses a graph that would take for ever`() async {
    let large = "digraph { " + String(repeating: "a -> b; ", count: 200_000) + "}"
    await #expect(throws: FigureError.tooLarge("a graph of \(large.utf8.count) bytes", limit: "1 MB")) {
      try await Graphviz.shared.render(large, as: .svg)
    }
  }
}

@Suite struct `A folder of figures` {
  static let hostile = "100% 'x' `touch pwned` \" $HOME \\n <b> \u{1}"
  static var chart: Chart {
    Chart(
      hostile, x: .names([hostile, "b"]), y: .init(hostile),
      series: [.init(hostile, [.init(0, 1, 0.5...1.5), .init(1, 2)], as: .bars)], levels: [.init(1.5, hostile)])
  }

  @Test(.enabled(if: Gnuplot() != nil, "there is no gnuplot"))
  func `has source and pictures of each figure`() async throws {
    let scratch = try Scratch()
    let drawn = try await FigureFolder(scratch.url, formats: [.svg, .png, .pdf]).draw([
      Figure(name: "graph", caption: "A graph.", source: .dot("digraph { a -> b }")),
      Self.chart.figure(named: "chart", "A chart."),
      HeatMap(
        Self.hostile, x: "x", y: Self.hostile, columns: [Self.hostile], rows: ["r"],
        cells: [.init(row: 0, column: 0, value: 0.5, n: 3)]
      ).figure(named: "heat", "A map."),
    ])
    #expect(drawn.map(\.missing) == [nil, nil, nil])
    let files = try Set(FileManager.default.contentsOfDirectory(atPath: scratch.url.path))
    #expect(
      files == [
        "graph.dot", "graph.svg", "graph.png", "graph.pdf", "chart.gp", "chart.csv", "chart.svg", "chart.png",
        "chart.pdf",
        "heat.gp", "heat.csv", "heat.svg", "heat.png", "heat.pdf",
      ])
    for name in ["graph", "chart", "heat"] {
      #expect(XMLParser(data: try Data(contentsOf: scratch.url.appending(path: "\(name).svg"))).parse())
    }
  }

  /// gnuplot sets the columns of a legend side by side even where they do not fit.
  @Test(
    .enabled(if: Gnuplot() != nil, "there is no gnuplot"),
    arguments: [
      ["overwrite", "append", "gated", "gated, exit ignored", "cap", "evidence"],
      ["training", "choosing", "held out", "unigrams", "trigrams", "5-grams", "7-grams"],
      ["written", "asked to write otherwise", "asked to exit", "evidence", "exit"],
      ["a name of an arm that says all about its memory", "b"],
    ])
  func `keeps a legend within the picture`(_ names: [String]) async throws {
    let scratch = try Scratch()
    let series = names.map { Chart.Series($0, [.init(0, 1), .init(100, 500)]) }
    let chart = Chart(x: .init("chunk"), y: .init("tokens in memory"), series: series)
    _ = try await FigureFolder(scratch.url, formats: [.svg]).draw([chart.figure(named: "chart", "")])
    let svg = try String(contentsOf: scratch.url.appending(path: "chart.svg"), encoding: .utf8)
    // A name ends at its anchor, behind it stands a sample of the line, 43 points wide; a letter takes 7.5.
    let found = svg.matches(of: /translate\(([0-9.]+),[0-9.]+\)[^>]*>\s*<text>([^<]+)<\/text>/)
      .filter { names.contains(String($0.2)) }
    #expect(Set(found.map { String($0.2) }) == Set(names))
    for match in found {
      let anchor = Double(match.1) ?? 0
      #expect(anchor + 43 < 712 && anchor - 7.5 * Double(match.2.count) > 4, "\(match.2) ends at \(anchor)")
    }
  }

  @Test func `keeps script and table without gnuplot, and says what is missing`() async throws {
    let scratch = try Scratch()
    let drawn = try await FigureFolder(scratch.url, gnuplot: nil).draw([Self.chart.figure(named: "chart", "")])
    #expect(drawn[0].missing?.contains("gnuplot-nox") == true)
    #expect(drawn[0].pictures.isEmpty)
    #expect(try String(contentsOf: scratch.url.appending(path: "chart.csv"), encoding: .utf8) == Self.chart.table)
    #expect(try String(contentsOf: scratch.url.appending(path: "chart.gp"), encoding: .utf8).contains("'chart.csv'"))
  }

  @Test func `takes no path from a name`() async throws {
    let scratch = try Scratch()
    let names = ["../../etc/x", "/etc/x", "..", "", "a b", "a'b", "天", "graph", "graph"]
    let figures = names.map { Figure(name: $0, caption: "", source: .dot("digraph { a }")) }
    let drawn = try await FigureFolder(scratch.url, formats: [.svg]).draw(figures)
    #expect(Set(drawn.map(\.name)).count == names.count)
    #expect(
      drawn.allSatisfy { $0.pictures[0].deletingLastPathComponent().path == scratch.url.path && !$0.name.contains("/") }
    )
  }

  @Test(
    .enabled(if: Gnuplot() != nil, "there is no gnuplot"),
    arguments: [
      "plot `date`", "system 'touch pwned'", "!touch pwned", "x = system('date')", "load 'x'", "plot '<touch pwned'",
      "set output '|touch pwned'", "plot", "plot sin(", "set nonsense",
    ])
  func `refuses a script that reaches outside, and one that is wrong`(_ script: String) async throws {
    let scratch = try Scratch()
    let drawn = try await FigureFolder(scratch.url).draw([
      Figure(name: "bad", caption: "", source: .chart(script: script, table: ""))
    ])
    #expect(drawn[0].missing != nil)
    #expect(!FileManager.default.fileExists(atPath: scratch.url.appending(path: "pwned").path))
  }

  @Test(.enabled(if: Gnuplot() != nil, "there is no gnuplot"))
  func `stops a script that takes too long`() async throws {
    let scratch = try Scratch()
    let figure = Figure(name: "slow", caption: "", source: .chart(script: "pause 60\nplot x", table: ""))
    let drawn = try await FigureFolder(scratch.url, gnuplot: Gnuplot(seconds: 0.2)).draw([figure])
    #expect(drawn[0].missing == FigureError.tooSlow(seconds: 0.2).description)
  }

  @Test func `that cannot be made is an error that names it`() async {
    await #expect { try await FigureFolder(URL(filePath: "/proc/nowhere")).draw([]) } throws: {
      "\($0)".contains("/proc/nowhere")
    }
  }
}
