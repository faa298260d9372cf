import Foundation

/// A page of Markdown as one HTML file: no network, no script, pictures inside.
///
/// Knows the Markdown that notebooks are written in: headings, paragraphs, lists, tables, fenced
/// code, folded parts, pictures, rules, and in a line emphasis, code, links and backslashes before signs.
/// All text is escaped.
package struct HTMLPage {
  package let text: String

  /// - Parameter pictures: the bytes of each picture, by the path the page names it with.
  package init(markdown: String, pictures: [String: Data], title: String) {
    let lines = markdown.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    var body = ""
    var index = 0
    func isRule(_ line: String) -> Bool { line.hasPrefix("|") && line.allSatisfy { "|-: ".contains($0) } }
    func take(while condition: (String) -> Bool) -> [String] {
      let start = index
      while index < lines.count, condition(lines[index]) { index += 1 }
      return Array(lines[start..<index])
    }
    while index < lines.count {
      let line = lines[index]
      if line.isEmpty {
        index += 1
      } else if line.hasPrefix("```") {
        let fence = line.prefix { $0 == "`" }
        index += 1
        let code = take { $0 != fence }
        index += 1
        body +=
          "<pre class=\"\(Self.escaped(String(line.dropFirst(fence.count))))\">\(Self.escaped(code.joined(separator: "\n")))</pre>\n"
      } else if line.hasPrefix("    ") {
        let code = take { $0.hasPrefix("    ") || $0.isEmpty }.map { String($0.dropFirst(4)) }
        let text = code.joined(separator: "\n").trimmingCharacters(in: .newlines)
        body += "<pre>\(Self.escaped(text))</pre>\n"
      } else if line.hasPrefix("#") {
        let level = min(6, line.prefix { $0 == "#" }.count)
        body += "<h\(level)>\(Self.inline(line.drop { $0 == "#" }.trimmingCharacters(in: .whitespaces)))</h\(level)>\n"
        index += 1
      } else if line.hasPrefix("|") {
        body += Self.table(take { $0.hasPrefix("|") }.filter { !isRule($0) })
      } else if line.hasPrefix("![") {
        body += Self.picture(line, pictures)
        index += 1
      } else if line == "---" {
        body += "<hr>\n"
        index += 1
      } else if line == "<details>" || line == "</details>" {
        body += line + "\n"
        index += 1
      } else if let summary = line.wholeMatch(of: /<summary>(.*)<\/summary>/) {
        body += "<summary>\(Self.inline(String(summary.1)))</summary>\n"
        index += 1
      } else if let mark = Self.mark(of: line) {
        let items = take { Self.mark(of: $0)?.isNumber == mark.isNumber || $0.hasPrefix("  ") }
          .reduce(into: [String]()) { items, line in
            if let mark = Self.mark(of: line) {
              items.append(String(line.dropFirst(mark.count)))
            } else {
              items[items.count - 1] += " " + line
            }
          }
        let kind = mark.isNumber ? "ol" : "ul"
        body += "<\(kind)>" + items.map { "<li>\(Self.inline($0))</li>" }.joined() + "</\(kind)>\n"
      } else {
        let paragraph = take { !$0.isEmpty && !$0.hasPrefix("```") && !$0.hasPrefix("|") && !$0.hasPrefix("#") }
        body += "<p>\(Self.inline(paragraph.joined(separator: "\n")))</p>\n"
      }
    }
    text = """
      <!doctype html>
      <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
      <title>\(Self.escaped(title))</title>
      <style>\(Self.style)</style></head>
      <body><main>
      \(body)</main></body></html>

      """
  }

  /// What an item of a list begins with, `- ` or a number with a full stop.
  private static func mark(of line: String) -> (count: Int, isNumber: Bool)? {
    if line.hasPrefix("- ") { return (2, false) }
    let digits = line.prefix { $0.isASCII && $0.isNumber }.count
    return (1...3).contains(digits) && line.dropFirst(digits).hasPrefix(". ") ? (digits + 2, true) : nil
  }

  private static func table(_ rows: [String]) -> String {
    let cells = rows.map { row in
      kept(String(row.dropFirst())).split(separator: "|", omittingEmptySubsequences: false)
        .dropLast().map { inline($0.trimmingCharacters(in: .whitespaces)) }
    }
    let head = (cells.first ?? []).map { "<th>\($0)</th>" }.joined()
    let body = cells.dropFirst().map { "<tr>" + $0.map { "<td>\($0)</td>" }.joined() + "</tr>" }.joined(separator: "\n")
    return "<div class=\"wide\"><table><thead><tr>\(head)</tr></thead><tbody>\n\(body)</tbody></table></div>\n"
  }

  /// `![caption](path)`, the picture itself in place of its path.
  private static func picture(_ line: String, _ pictures: [String: Data]) -> String {
    guard let middle = line.range(of: "]("), line.hasSuffix(")") else { return "<p>\(escaped(line))</p>\n" }
    let caption = escaped(String(line[..<middle.lowerBound].dropFirst(2)))
    let path = String(line[middle.upperBound...].dropLast()).replacing("%20", with: " ")
    guard let data = pictures[path] else {
      return "<p class=\"missing\">\(caption) (not drawn on the machine that made this page)</p>\n"
    }
    let type = data.starts(with: [0x89, 0x50]) ? "image/png" : "image/svg+xml"
    return "<figure><img alt=\"\(caption)\" src=\"data:\(type);base64,\(data.base64EncodedString())\"></figure>\n"
  }

  /// Emphasis, code and links of one line.
  private static func inline(_ text: String) -> String {
    var html = ""
    // Code first: nothing in it means anything.
    for (index, part) in kept(text).split(separator: "`", omittingEmptySubsequences: false).enumerated() {
      if index % 2 == 1 {
        html += "<code>\(escaped(String(part)))</code>"
      } else {
        html += escaped(String(part))
          .replacing(#/\[([^\]]*)\]\(((?:https?:\/\/|\.{0,2}\/|#)[^)\s]*)\)/#) { "<a href=\"\($0.2)\">\($0.1)</a>" }
          .replacing(#/\*\*([^*]+)\*\*/#) { "<b>\($0.1)</b>" }
          .replacing(#/\*([^*\s][^*]*)\*/#) { "<em>\($0.1)</em>" }
      }
    }
    return shown(html)
  }

  /// Signs that Markdown shows as they are, out of reach of its rules: each stands in the private use area.
  private static func kept(_ text: String) -> String {
    text.replacing("&lt;", with: "\\<").replacing(#/\\([!-\/:-@\[-`{-~])/#) { match in
      String(match.1.unicodeScalars.compactMap { Unicode.Scalar($0.value + 0xE000) }.map(Character.init))
    }
  }

  /// The signs that `kept` set aside, escaped.
  private static func shown(_ html: String) -> String {
    html.replacing(#/[\u{E021}-\u{E07E}]/#) { match in
      escaped(String(match.0.unicodeScalars.compactMap { Unicode.Scalar($0.value - 0xE000) }.map(Character.init)))
    }
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }

  private static let style = """
    :root { color-scheme: light dark }
    body { margin: 0; font: 16px/1.55 system-ui, sans-serif; background: Canvas; color: CanvasText }
    main { max-width: 52rem; margin: 2rem auto 4rem; padding: 0 1.2rem }
    h1 { font-size: 1.7rem; line-height: 1.25 } h2 { margin-top: 2.2rem; font-size: 1.25rem }
    pre { overflow-x: auto; padding: .7rem .9rem; border-radius: 6px; font: 13px/1.45 ui-monospace, "DejaVu Sans Mono", monospace; background: color-mix(in srgb, CanvasText 6%, Canvas) }
    pre.text { background: none; border-left: 3px solid color-mix(in srgb, CanvasText 25%, Canvas); border-radius: 0 }
    code { font: .9em ui-monospace, "DejaVu Sans Mono", monospace }
    .wide { overflow-x: auto } table { border-collapse: collapse; font-size: 14px } th { text-align: left }
    th, td { padding: .3rem .9rem .3rem 0; border-bottom: 1px solid color-mix(in srgb, CanvasText 18%, Canvas); white-space: nowrap; font-variant-numeric: tabular-nums }
    details { margin: .8rem 0 } summary { cursor: pointer; font-size: 13px; opacity: .7 }
    figure { margin: 1.4rem 0 .4rem } img { max-width: 100%; background: #fff } .missing { opacity: .7 }
    """
}
