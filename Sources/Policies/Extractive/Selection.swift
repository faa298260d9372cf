import Palimpsest

/// The page a study leads to: the best sentences that fit, in the order of the text, under their
/// headings, and last what the chunk's end cut off.
struct Selection {
  private(set) var text = ""
  /// Passages that stand on it.
  private(set) var kept: [Int] = []

  /// The whole page.
  init(from study: Study, tokens: Int, tokenizer: any Tokenizer) {
    self.init(study, tokens: tokens, tokenizer: tokenizer, onlyNew: false)
  }

  /// Only what is new: sentences of the chunk that bear on the question strongly.
  init(ofNewIn study: Study, tokens: Int, tokenizer: any Tokenizer) {
    self.init(study, tokens: tokens, tokenizer: tokenizer, onlyNew: true)
  }

  private init(_ study: Study, tokens: Int, tokenizer: any Tokenizer, onlyNew: Bool) {
    let sheet = study.sheet
    // What was cut off comes first: without it the next chunk begins in the middle of a sentence.
    var tail = ""
    var tailHeading = -1
    var left = tokens
    if !onlyNew, let rest = sheet.rest, tokens >= 32 {
      tailHeading = rest.heading
      var line = PageText.tail((rest.beginsBlock ? [0x0A] : [])[...] + sheet.bytes[rest.range])
      let limit = tokens / 4
      if tokenizer.count(line) > limit {
        // Its beginning is given up: what is joined to the next chunk is its end.
        let bytes = sheet.bytes[rest.range].suffix(2 * limit).drop { $0 & 0xC0 == 0x80 }
        line = PageText.tail(bytes)
      }
      let cost = tokenizer.count(line + "\n")
      if cost <= limit * 2 {
        tail = line
        left -= cost
      }
    }

    var order: [Int] = []
    let ranked = study.ranked.filter { !sheet.passages[$0].isTorn && (!onlyNew || !sheet.passages[$0].isHeld) }
    var lines: [Int: String] = [:]
    var openHeadings: Set<String> = []
    var seen: Set<String> = []
    var headingLines: [Int: String] = [:]
    func headingLine(_ heading: Int) -> String {
      if let line = headingLines[heading] { return line }
      let line = heading < 0 ? "#" : "# " + PageText.line(sheet.bytes[sheet.headings[heading].range])
      headingLines[heading] = line
      return line
    }
    if !tail.isEmpty, tailHeading >= 0 {
      left -= tokenizer.count(headingLine(tailHeading) + "\n")
      openHeadings.insert(headingLine(tailHeading))
    }
    var misses = 0
    for passage in ranked {
      guard left > 8, misses < 12 else { break }
      let line = PageText.line(sheet.bytes[sheet.passages[passage].range])
      guard !line.isEmpty, !seen.contains(line) else { continue }
      let heading = headingLine(sheet.passages[passage].heading)
      var cost = tokenizer.count(line + "\n")
      let isNewHeading = !openHeadings.contains(heading)
      if isNewHeading { cost += tokenizer.count(heading + "\n") }
      guard cost <= left else {
        misses += 1
        continue
      }
      left -= cost
      if isNewHeading { openHeadings.insert(heading) }
      lines[passage] = line
      seen.insert(line)
      order.append(passage)
    }
    // Counts need not add up to the last token where lines meet.
    while true {
      kept = order.sorted()
      text = Self.text(kept, lines, sheet, headingLine, tail: tail, tailHeading: tailHeading)
      if tokenizer.count(text) <= tokens { break }
      if order.isEmpty {
        text = ""
        break
      }
      order.removeLast()
    }
  }

  private static func text(
    _ kept: [Int], _ lines: [Int: String], _ sheet: Sheet, _ headingLine: (Int) -> String, tail: String,
    tailHeading: Int
  ) -> String {
    // Blocks in the order of their first sentence; the tail's block last.
    var blocks: [(heading: String, passages: [Int])] = []
    for passage in kept {
      let heading = headingLine(sheet.passages[passage].heading)
      if let place = blocks.firstIndex(where: { $0.heading == heading }) {
        blocks[place].passages.append(passage)
      } else {
        blocks.append((heading, [passage]))
      }
    }
    // What has no heading comes first, and so needs no line that says so.
    if let bare = blocks.firstIndex(where: { $0.heading == "#" }) { blocks.insert(blocks.remove(at: bare), at: 0) }
    var output: [String] = []
    var last: [String] = []
    if !tail.isEmpty {
      let heading = headingLine(tailHeading)
      if let place = blocks.firstIndex(where: { $0.heading == heading }) {
        last = blocks.remove(at: place).passages.map { lines[$0] ?? "" }
      }
      if tailHeading < 0 {
        // Bare sentences stay in front; the tail closes the last heading.
        output += last
        last = blocks.isEmpty ? [] : ["#"]
      } else {
        last.insert(heading, at: 0)
      }
      last.append(tail)
    }
    for block in blocks {
      if block.heading != "#" { output.append(block.heading) }
      output += block.passages.map { lines[$0] ?? "" }
    }
    return (output + last).joined(separator: "\n")
  }
}
