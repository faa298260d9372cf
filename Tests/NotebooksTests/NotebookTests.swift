import Foundation
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
      //
      // Of this run.
      show(run.figure)
    }
    """

  @Test func `takes comments at column 0 for prose, and those that begin with a heading wherever they stand`() {
    #expect(
      Notebook(script: Self.script).cells == [
        .prose("# Is it so?\n\nWe look."),
        .code("import Palimpsest", lines: 5...5),
        .prose("## Reading"),
        .code("for run in runs {\n  // A comment of the code.\n  show(run)", lines: 8...10),
        .prose("### What came out\n\nOf this run."),
        .code("  show(run.figure)\n}", lines: 15...16),
      ])
  }

  @Test func `begins a cell with each heading, but not in code that prose quotes`() {
    let script = """
      // # So?
      // Yes.
      // ## How
      // ```
      // # a comment
      // ```
      """
    #expect(
      Notebook(script: script).cells == [.prose("# So?\nYes."), .prose("## How\n```\n# a comment\n```")])
  }

  @Test func `puts what was shown before the code that showed it, and folds the code`() {
    let page = Notebook(script: Self.script).page(showing: [
      Showing(line: 10, .text("a = 1")), Showing(line: 10, .text("a = 2")),
      Showing(line: 15, .figure(path: "x y.svg", caption: "How it [went].")),
    ])
    #expect(
      page.hasSuffix(
        """
        ## Reading

        ```text
        a = 1
        a = 2
        ```

        <details>
        <summary>Code, lines 8–10</summary>

        ```swift
        for run in runs {
          // A comment of the code.
          show(run)
        ```

        </details>

        ### What came out

        Of this run.

        ![How it (went).](x%20y.svg)

        *How it [went].*

        <details>
        <summary>Code, lines 15–16</summary>

        ```swift
          show(run.figure)
        }
        ```

        </details>

        """))
  }

  @Test func `opens with the title and what was found, whatever stands before that in the script`() {
    let script = """
      // # Is it so?
      //
      // We look.
      for run in runs {
        // ## What was found
        say("It is.")

        // ### In numbers
        table()

        // ## Limits
      }
      """
    let page = Notebook(script: script).page(showing: [
      Showing(line: 6, .sentence("It is.")), Showing(line: 9, .table("| n |")),
    ])
    let blocks = [
      "# Is it so?", "## What was found", "It is.", "say", "### In numbers", "| n |", "We look.", "## Limits",
    ]
    let places = blocks.map { block in page.range(of: block)?.lowerBound }
    #expect(!places.contains(nil) && places.compactMap(\.self) == places.compactMap(\.self).sorted(), "\(page)")
    #expect(page.hasPrefix("# Is it so?\n\n## What was found\n\nIt is.\n\n<details>"))
  }

  @Test(arguments: [
    ("# *b* <i>", "\\# \\*b\\* \\<i\\>"), ("- a\n\n| b", "\\- a \\| b"), ("3. x 0.5", "3\\. x 0.5"),
    ("0.5 [0.4, 0.6]", "0.5 [0.4, 0.6]"), ("a_b [c](d)", "a\\_b [c\\](d)"),
  ])
  func `takes no markup from a sentence`(_ sentence: String, _ markdown: String) {
    #expect(
      Notebook(script: "say()").page(showing: [Showing(line: 1, .sentence(sentence))]).hasPrefix(markdown + "\n\n"))
  }

  @Test func `loses nothing that was shown elsewhere`() {
    let page = Notebook(script: "let a = 1").page(showing: [Showing(line: 99, .table("| a |"))])
    #expect(page.hasSuffix("```swift\nlet a = 1\n```\n\n</details>\n\n| a |\n"))
  }

  @Test func `lets no printed text end its fence`() {
    let page = Notebook(script: "show()").page(showing: [Showing(line: 1, .text("````\nx"))])
    #expect(page.contains("`````text\n````\nx\n`````"))
  }

  @Test func `of an empty script is empty`() {
    #expect(Notebook(script: "").page() == "\n")
  }
}
