/// An experiment's script as a page: prose, code, and what the code showed when it ran.
///
/// A comment at column 0 that begins with `// ` is prose in Markdown; everything else is code, with
/// one exception: an indented comment that is a heading (`// ## …`) is a heading, so that the body
/// of a loop may have sections. The output of a call stands behind the piece of code with that
/// call.
///
/// Literate programming after Knuth (1984), with the script as the only source: it is valid Swift,
/// and runs without any of this.
public struct Notebook: Sendable, Hashable {
  /// Prose or code.
  public enum Cell: Sendable, Hashable {
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

  /// The page in Markdown.
  ///
  /// - Parameter showings: in the order in which they were shown. A showing whose line is in no
  ///   piece of code stands at the end, so that none is lost.
  public func page(showing showings: [Showing] = []) -> String {
    var blocks: [String] = []
    var rest = showings
    for cell in cells {
      switch cell {
      case .prose(let text): blocks.append(text)
      case .code(let text, let lines):
        blocks.append(Self.fenced(text, as: "swift"))
        blocks += Self.blocks(of: rest.filter { lines.contains($0.line) })
        rest.removeAll { lines.contains($0.line) }
      }
    }
    blocks += Self.blocks(of: rest)
    return blocks.joined(separator: "\n\n") + "\n"
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
      case .table(let table): blocks.append(table)
      case .figure(let path, let caption):
        let alternative = caption.replacing("]", with: ")").replacing("[", with: "(").replacing("\n", with: " ")
        blocks.append("![\(alternative)](\(path.replacing(" ", with: "%20")))\n\n*\(caption)*")
      }
    }
    return blocks + closed()
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

    mutating func add(_ line: Substring, number: Int) {
      if line == "//" || line.hasPrefix("// ") {
        closeCode(before: number)
        prose.append(line.dropFirst(3))
        return
      }
      if let heading = Self.heading(line) {
        closeProse()
        closeCode(before: number)
        cells.append(.prose(heading))
        return
      }
      if !prose.isEmpty { closeProse() }
      if code.isEmpty { start = number }
      code.append(line)
    }

    private static func heading(_ line: Substring) -> String? {
      let text = line.drop { $0 == " " || $0 == "\t" }
      guard text.hasPrefix("// #") else { return nil }
      let heading = text.dropFirst(3)
      return heading.drop { $0 == "#" }.first == " " ? String(heading) : nil
    }

    mutating func closeProse() {
      let text = prose.joined(separator: "\n")
      if !text.isEmpty { cells.append(.prose(text)) }
      prose = []
    }

    mutating func closeCode(before number: Int) {
      // Blank lines around a piece of code are its margin, not part of it.
      var lines = code[...]
      while lines.first?.allSatisfy(\.isWhitespace) == true { lines = lines.dropFirst() }
      while lines.last?.allSatisfy(\.isWhitespace) == true { lines = lines.dropLast() }
      if !lines.isEmpty { cells.append(.code(lines.joined(separator: "\n"), lines: start...(number - 1))) }
      code = []
    }

    mutating func finished() -> [Cell] {
      closeProse()
      closeCode(before: start + code.count)
      return cells
    }
  }
}
