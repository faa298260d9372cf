import Palimpsest
import Tables
import Testing

@Suite struct `A table` {
  static let table = Table(
    ["memory", "score", "n"],
    rows: [
      [.text("a|b"), .interval(0.5, low: 0.25, high: 0.75), .number(8)],
      [.text("=cmd()"), .missing, .number(2.5)],
    ])

  @Test func `reads well as Markdown`() {
    #expect(
      Self.table.markdown == """
        | memory | score                | n    |
        |--------|----------------------|------|
        | a\\|b   | 0.500 [0.250, 0.750] | 8    |
        | =cmd() | –                    | 2.50 |
        """)
  }

  @Test func `takes an interval from settings with and without bounds, and nothing from none of items`() throws {
    let some = Interval(0.5, 0.25, 0.75, n: 8)
    let one = Interval(1, nil, nil, n: 1)
    let none = Interval(0, nil, nil, n: 0)
    let cells = try [some, one, none].map { Table.Cell(try Setting(describing: $0)) }
    #expect(cells == [.interval(0.5, low: 0.25, high: 0.75), .interval(1, low: nil, high: nil), .missing])
    #expect(Table.Cell(["value": 1, "other": 2]) == .text(#"{"other":2,"value":1}"#))
  }

  @Test func `is cut in words, not in numbers, to fit a screen`() {
    let long = Table(
      ["question", "answer", "score"],
      rows: (0..<4).map {
        [.text("Who wrote the program number \($0)?"), .text("Ada"), .interval(0.5, low: 0, high: 1)]
      })
    let (text, isWhole) = long.fitted(width: 60, rows: 3)
    #expect(!isWhole)
    #expect(
      text == """
        | question                 | answer | score                |
        |--------------------------|--------|----------------------|
        | Who wrote the program n… | Ada    | 0.500 [0.000, 1.000] |
        | Who wrote the program n… | Ada    | 0.500 [0.000, 1.000] |
        | Who wrote the program n… | Ada    | 0.500 [0.000, 1.000] |
        """)
    #expect(long.fitted(width: 10, rows: 4).text.contains("| Who wrote t… | Ada    | 0.500 [0.000, 1.000] |"))
    #expect(long.fitted(width: 200, rows: 4) == (long.markdown, true))
  }

  @Test func `says where a number has no interval`() {
    let table = Table(["score"], rows: [[.interval(0.375, low: nil, high: nil)], [.interval(0.5, low: 0, high: 1)]])
    #expect(table.markdown.contains("| 0.375 [no interval]  |"))
    #expect(table.csv == "score,score low,score high\n0.375,,\n0.5,0.0,1.0\n")
    #expect(table.settings.line.contains(#"{"high":null,"low":null,"value":0.375}"#))
    #expect(table.latex.contains("0.375 [no interval]"))
  }

  @Test func `is no formula in a spreadsheet`() {
    #expect(
      Self.table.csv == """
        memory,score,score low,score high,n
        a|b,0.5,0.25,0.75,8.0
        '=cmd(),,,,2.5

        """)
  }

  @Test func `lets no text become a command of LaTeX`() {
    let table = Table(["x"], rows: [[.text("\\input{a}_%&#$~^")]])
    #expect(
      table.latex.contains("\\textbackslash{}input\\{a\\}\\_\\%\\&\\#\\$\\textasciitilde{}\\textasciicircum{} \\\\"))
  }

  @Test func `keeps value, low and high as JSON`() {
    #expect(
      Self.table.settings.line
        == #"[{"memory":"a|b","n":8,"score":{"high":0.75,"low":0.25,"value":0.5}},{"memory":"=cmd()","n":2.5,"score":null}]"#
    )
  }
}
