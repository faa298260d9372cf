import Notebooks
import Testing

@Suite struct `A notebook` {
  static let script = """
    // # Is it so?
    //
    // We look.

    import Palimpsest

    // ## Reading
    for run in runs {
      // A comment of the code.
      show(run)

      // ### What came out
      show(run.figure)
    }
    """

  @Test func `takes comments at column 0 for prose, and headings wherever they stand`() {
    #expect(
      Notebook(script: Self.script).cells == [
        .prose("# Is it so?\n\nWe look."),
        .code("import Palimpsest", lines: 4...6),
        .prose("## Reading"),
        .code("for run in runs {\n  // A comment of the code.\n  show(run)", lines: 8...11),
        .prose("### What came out"),
        .code("  show(run.figure)\n}", lines: 13...14),
      ])
  }

  @Test func `puts what was shown behind the code that showed it`() {
    let page = Notebook(script: Self.script).page(showing: [
      Showing(line: 10, .text("a = 1")), Showing(line: 10, .text("a = 2")),
      Showing(line: 13, .figure(path: "x y.svg", caption: "How it [went].")),
    ])
    #expect(page.contains("show(run)\n```\n\n```text\na = 1\na = 2\n```\n\n### What came out"))
    #expect(page.hasSuffix("}\n```\n\n![How it (went).](x%20y.svg)\n\n*How it [went].*\n"))
  }

  @Test func `loses nothing that was shown elsewhere`() {
    let page = Notebook(script: "let a = 1").page(showing: [Showing(line: 99, .table("| a |"))])
    #expect(page == "```swift\nlet a = 1\n```\n\n| a |\n")
  }

  @Test func `lets no printed text end its fence`() {
    let page = Notebook(script: "show()").page(showing: [Showing(line: 1, .text("````\nx"))])
    #expect(page.contains("`````text\n````\nx\n`````"))
  }

  @Test func `of an empty script is empty`() {
    #expect(Notebook(script: "").page() == "\n")
  }
}
