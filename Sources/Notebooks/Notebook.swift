/// An experiment's script as a page: prose, code, and what the code showed when it ran.
///
/// A comment at column 0 that begins with `// ` is prose in Markdown; everything else is code, with
/// one exception: an indented comment that begins with a heading (`// ## …`) is prose too, so that the body
/// of a loop may have sections. The output of a piece of code stands before the code, which is folded.
///
/// A section with the heading `What was found` stands in the script where its values are known, and on
/// the page directly below the title: a reader sees the result first, then the method.
///
/// Literate programming after Knuth (1984), with the script as the only source: it is valid Swift,
/// and runs without any of this.
public struct Notebook: Sendable, Hashable {
  /// The heading of the section that the page opens with.
  public static let finding = "What was found"

  /// Prose or code.
  public enum Cell: Sendable, Hashable {
    /// A heading is the first line of its cell.
    case prose(String)
    /// Code, and the lines of the script it stands in, counted from 1.
    case code(String, lines: ClosedRange<Int>)
  }

  /// In the order of the script.
  public var cells: [Cell]

  /// Any text is a script; nothing is compiled.
  public init(script: String) {
    var builder = Builder()
    for (index, line) in script.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      builder.add(line, number: index + 1)
    }
    cells = builder.finished()
  }

  /// The page in Markdown: title, what was found, and the rest in the order of the script. Code is folded
  /// with `<details>`, which GitHub and HTML pages show closed.
  ///
  /// - Parameter showings: in the order in which they were shown. A showing whose line is in no
  ///   piece of code stands at the end, so that none is lost.
  public func page(showing showings: [Showing] = []) -> String {
    var blocks: [String] = []
    var rest = showings
    for cell in cellsOfPage {
      switch cell {
      case .prose(let text): blocks.append(text)
      case .code(let text, let lines):
        blocks += Self.blocks(of: rest.filter { lines.contains($0.line) })
        blocks.append(Self.folded(text, lines))
        rest.removeAll { lines.contains($0.line) }
      }
    }
    blocks += Self.blocks(of: rest)
    return blocks.joined(separator: "\n\n") + "\n"
  }

  /// The cells in the order of the page: the finding moved up below the title.
  private var cellsOfPage: [Cell] {
    var (found, others): ([Cell], [Cell]) = ([], [])
    var level: Int?
    for cell in cells {
      if case .prose(let text) = cell, let heading = Heading(text) {
        if heading.title == Self.finding {
          level = heading.level
        } else if let open = level, heading.level <= open {
          level = nil
        }
      }
      if level == nil { others.append(cell) } else { found.append(cell) }
    }
    guard !found.isEmpty, case .prose(let text)? = others.first, Heading(text)?.level == 1 else {
      return found + others
    }
    let lines = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
    let introduction = lines.count < 2 ? "" : lines[1].drop { $0.isWhitespace }
    return [.prose(String(lines[0]))] + found + (introduction.isEmpty ? [] : [.prose(String(introduction))])
      + others.dropFirst()
  }

  private static func folded(_ code: String, _ lines: ClosedRange<Int>) -> String {
    let place = lines.count == 1 ? "line \(lines.lowerBound)" : "lines \(lines.lowerBound)–\(lines.upperBound)"
    return "<details>\n<summary>Code, \(place)</summary>\n\n\(fenced(code, as: "swift"))\n\n</details>"
  }

  private static func blocks(of showings: [Showing]) -> [String] {
    var blocks: [String] = []
    var text: [String] = []
    func closed() -> [String] { text.isEmpty ? [] : [fenced(text.joined(separator: "\n"), as: "text")] }
    for showing in showings {
      // Values printed one after the other are one piece of output.
      if case .text(let line) = showing.content {
        text.append(line)
        continue
      }
      blocks += closed()
      text = []
      switch showing.content {
      case .text: break
      case .sentence(let sentence): blocks.append(plain(sentence))
      case .table(let table): blocks.append(table)
      case .figure(let path, let caption):
        let alternative = caption.replacing("]", with: ")").replacing("[", with: "(").replacing("\n", with: " ")
        blocks.append("![\(alternative)](\(path.replacing(" ", with: "%20")))\n\n*\(caption)*")
      }
    }
    return blocks + closed()
  }

  /// A sentence that the script computed, as one paragraph; nothing in it is markup.
  private static func plain(_ sentence: String) -> String {
    var text = ""
    var rest = sentence.split(whereSeparator: \.isWhitespace).joined(separator: " ")[...]
    while let character = rest.popFirst() {
      // A number with a full stop begins a list; brackets are a link only before a round one or a colon.
      let isMark =
        "\\`*_<>#|~".contains(character) || text.isEmpty && "+-!".contains(character)
        || character == "." && rest.first == " " && text.allSatisfy(\.isNumber)
        || character == "]" && "(:".contains(rest.first ?? " ")
      if isMark { text.append("\\") }
      text.append(character)
    }
    return text
  }

  /// A fence longer than any the text has.
  private static func fenced(_ text: String, as language: String) -> String {
    var longest = 2
    var run = 0
    for character in text {
      run = character == "`" ? run + 1 : 0
      longest = max(longest, run)
    }
    let fence = String(repeating: "`", count: longest + 1)
    return "\(fence)\(language)\n\(text)\n\(fence)"
  }
}

extension Notebook {
  /// Gathers lines into cells.
  private struct Builder {
    private var cells: [Cell] = []
    private var prose: [Substring] = []
    private var code: [Substring] = []
    private var start = 1
    private var isFenced = false
    /// Of the comment whose lines are prose; nil behind its end.
    private var indentOfProse: Int?

    mutating func add(_ line: Substring, number: Int) {
      if let (text, indent) = proseText(of: line) {
        closeCode()
        if text.hasPrefix("```") { isFenced.toggle() }
        if !isFenced, Heading(text) != nil { closeProse() }
        prose.append(text)
        indentOfProse = indent
        return
      }
      closeProse()
      if code.isEmpty { start = number }
      code.append(line)
    }

    /// What a comment says, where it is prose: at column 0, or below an indented heading.
    private func proseText(of line: Substring) -> (text: Substring, indent: Int)? {
      let text = line.drop { $0 == " " || $0 == "\t" }
      guard text == "//" || text.hasPrefix("// ") else { return nil }
      let indent = line.count - text.count
      if indent > 0, Heading(text.dropFirst(3)) == nil, indent != indentOfProse { return nil }
      return (text.dropFirst(3), indent)
    }

    mutating func closeProse() {
      let text = prose.joined(separator: "\n").trimmingSuffix(while: \.isNewline)
      isFenced = false
      indentOfProse = nil
      if !text.isEmpty { cells.append(.prose(text)) }
      prose = []
    }

    mutating func closeCode() {
      // Blank lines around a piece of code are its margin, not part of it.
      var lines = code[...]
      while lines.first?.allSatisfy(\.isWhitespace) == true { lines = lines.dropFirst() }
      while lines.last?.allSatisfy(\.isWhitespace) == true { lines = lines.dropLast() }
      if !lines.isEmpty {
        let first = start + lines.startIndex
        cells.append(.code(lines.joined(separator: "\n"), lines: first...(first + lines.count - 1)))
      }
      code = []
    }

    mutating func finished() -> [Cell] {
      closeProse()
      closeCode()
      return cells
    }
  }
}

/// The heading that a piece of prose begins with.
private struct Heading {
  var level: Int
  var title: Substring

  init?(_ prose: some StringProtocol) {
    let line = Substring(prose).prefix { !$0.isNewline }
    level = line.prefix { $0 == "#" }.count
    title = line.dropFirst(level)
    guard level > 0, title.first == " " else { return nil }
    title = title.drop { $0 == " " }
  }
}

extension String {
  fileprivate func trimmingSuffix(while condition: (Character) -> Bool) -> String {
    var text = self[...]
    while let last = text.last, condition(last) { text.removeLast() }
    return String(text)
  }
}
