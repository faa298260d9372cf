import Foundation
import Palimpsest

extension Table {
  /// Columns padded, so that it reads well where nothing renders it.
  public var markdown: String {
    let lines = [columns.map(Self.markdownCell)] + rows.map { $0.map { Self.markdownCell($0.words) } }
    let widths = columns.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    func line(_ cells: [String]) -> String {
      "| " + zip(cells, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: " | ")
        + " |"
    }
    let rule = "|" + widths.map { String(repeating: "-", count: $0 + 2) }.joined(separator: "|") + "|"
    return ([line(lines[0]), rule] + lines.dropFirst().map(line)).joined(separator: "\n")
  }

  /// An interval takes three columns. Cells that a spreadsheet would take for a formula get a quote.
  public var csv: String {
    let hasInterval = columns.indices.map { column in
      rows.contains { if case .interval = $0[column] { true } else { false } }
    }
    var header: [String] = []
    for (column, name) in columns.enumerated() {
      header += hasInterval[column] ? [name, "\(name) low", "\(name) high"] : [name]
    }
    let lines = rows.map { row in
      zip(row, hasInterval).flatMap { cell, isWide -> [String] in
        switch cell {
        case .interval(let value, let low, let high): ["\(value)"] + [low, high].map { $0.map { "\($0)" } ?? "" }
        case .number(let number): isWide ? ["\(number)", "", ""] : ["\(number)"]
        case .text(let text): isWide ? [text, "", ""] : [text]
        case .missing: isWide ? ["", "", ""] : [""]
        }
      }
    }
    return ([header] + lines).map { $0.map(Self.csvCell).joined(separator: ",") + "\n" }.joined()
  }

  /// For the package booktabs.
  public var latex: String {
    let isNumeric = columns.indices.map { column in
      rows.allSatisfy { if case .text = $0[column] { false } else { true } }
    }
    let lines = rows.map { row in row.map { Self.latexCell($0.words) }.joined(separator: " & ") + " \\\\" }
    return """
      \\begin{tabular}{\(isNumeric.map { $0 ? "r" : "l" }.joined())}
      \\toprule
      \(columns.map(Self.latexCell).joined(separator: " & ")) \\\\
      \\midrule
      \(lines.joined(separator: "\n"))
      \\bottomrule
      \\end{tabular}

      """
  }

  /// One object per row; an interval is `{value, low, high}`, its bounds null where there is none.
  public var settings: Setting {
    .list(
      rows.map { row in
        .table(Dictionary(zip(columns, row.map(\.setting)), uniquingKeysWith: { first, _ in first }))
      })
  }

  private static func markdownCell(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("|", with: "\\|").replacing("<", with: "&lt;")
      .split(whereSeparator: \.isNewline).joined(separator: " ")
  }

  private static func csvCell(_ text: String) -> String {
    var text = text
    if let first = text.first, "=+-@\t\r".contains(first), Double(text) == nil { text = "'" + text }
    guard text.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }

  private static func latexCell(_ text: String) -> String {
    var escaped = ""
    for character in text {
      switch character {
      case "\\": escaped += "\\textbackslash{}"
      case "~": escaped += "\\textasciitilde{}"
      case "^": escaped += "\\textasciicircum{}"
      case "&", "%", "$", "#", "_", "{", "}": escaped += "\\\(character)"
      case "–": escaped += "--"
      case _ where character.isNewline: escaped += " "
      default: escaped.append(character)
      }
    }
    return escaped
  }
}

extension Table.Cell {
  var setting: Setting {
    switch self {
    case .text(let text): .string(text)
    case .number(let number): number == number.rounded() && abs(number) < 1e15 ? .int(Int(number)) : .number(number)
    case .interval(let value, let low, let high):
      .table([
        "value": .number(value), "low": low.map(Setting.number) ?? .null, "high": high.map(Setting.number) ?? .null,
      ])
    case .missing: .null
    }
  }
}
