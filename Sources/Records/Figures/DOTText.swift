import Foundation

/// Foreign text inside a graph.
enum DOTText {
  /// Text for HTML: markup means nothing in it, and no character is one XML refuses.
  static func html(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      default: escaped.unicodeScalars.append(isPlain(scalar) ? scalar : " ")
      }
    }
    return escaped
  }

  /// Text for an HTML-like label, in which Graphviz still reads escapes: `\N` is the name of the node, `\G` that of
  /// the graph, `\n` a line break. A backslash written twice is one backslash.
  ///
  /// Source: "escString" of the Graphviz documentation; `strdup_and_subst_obj` applies it to HTML-like labels too.
  static func label(_ text: String) -> String { html(text).replacing("\\", with: "\\\\") }

  /// Neither a control character nor one that turns the direction of what follows.
  static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
    default: true
    }
  }

  /// The text in one line, cut between characters.
  static func excerpt(_ text: String, _ limit: Int) -> String {
    var line = ""
    var count = 0
    var isBlank = true
    // A character may be of any length; a text of one endless character is cut too.
    for character in text.unicodeScalars.prefix(8 * limit + 64).reduce(into: "", { $0.unicodeScalars.append($1) }) {
      if character.isWhitespace {
        if !isBlank { line += " " }
        isBlank = true
        continue
      }
      guard count < limit else {
        // Rather a word less than half a word.
        if let blank = line.lastIndex(of: " "), line.distance(from: blank, to: line.endIndex) < 16 {
          line = String(line[..<blank])
        }
        return line.trimmingCharacters(in: .whitespaces) + "…"
      }
      line.append(contentsOf: String(character).unicodeScalars.prefix(8).map(String.init).joined())
      isBlank = false
      count += 1
    }
    return line.trimmingCharacters(in: .whitespaces)
  }

  /// The end of the text in one line, cut between words where there are any: of a reply the end is the answer.
  static func ending(_ text: String, _ limit: Int) -> String {
    let reach = 8 * limit + 64
    let tail = String(String.UnicodeScalarView(text.unicodeScalars.suffix(reach)))
    let line = excerpt(tail, reach)
    guard line.count > limit || tail.unicodeScalars.count < text.unicodeScalars.count else { return line }
    let end = line.suffix(limit)
    // Rather a word less than half a word.
    guard let blank = end.prefix(16).firstIndex(of: " ") else { return "…" + end }
    return "…" + end[end.index(after: blank)...]
  }

  /// The line broken at blanks, to about so many characters.
  static func wrapped(_ line: String, _ width: Int) -> [String] {
    var lines: [String] = [""]
    for word in line.split(separator: " ") {
      var word = word[...]
      while word.count > width {
        lines.append(String(word.prefix(width)))
        word = word.dropFirst(width)
      }
      if lines[lines.count - 1].isEmpty {
        lines[lines.count - 1] = String(word)
      } else if lines[lines.count - 1].count + 1 + word.count <= width {
        lines[lines.count - 1] += " " + word
      } else {
        lines.append(String(word))
      }
    }
    return lines.filter { !$0.isEmpty }
  }
}
