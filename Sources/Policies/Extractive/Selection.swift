import Palimpsest

/// The page from a study: the best sentences that fit, in the order of the text, under their headings.
struct Selection {
  private(set) var text = ""
  /// Passages that stand on it, in the order of the text.
  private(set) var kept: [Int] = []
  private var lines: [Int: String] = [:]
  private var headings: [Int: String] = [:]
  /// By heading, from -1 on: the first that says the same.
  private var groups: [Int]

  /// The whole page.
  init(from study: Study, tokens: Int, tokenizer: any Tokenizer) {
    var left = tokens
    groups = Self.groups(of: study.sheet)
    take(study.ranked, from: study, &left, tokenizer)
    write(study.sheet, tokens: tokens, tokenizer)
  }

  /// Only what is new: the sentences of the chunk that bear on the question.
  init(ofNewIn study: Study, tokens: Int, tokenizer: any Tokenizer) {
    var left = tokens
    groups = Self.groups(of: study.sheet)
    take(study.ranked.filter { !study.sheet.passages[$0].isHeld }, from: study, &left, tokenizer)
    write(study.sheet, tokens: tokens, tokenizer)
  }

  // MARK: choosing

  /// Best first, as long as there is room.
  private mutating func take(_ ranked: [Int], from study: Study, _ left: inout Int, _ tokenizer: any Tokenizer) {
    let sheet = study.sheet
    var open: Set<Int> = []
    var known: Set<UInt64> = []
    // A repeated sentence is the one on the page, not a new one.
    var held: [UInt64: Int] = [:]
    for (index, passage) in sheet.passages.enumerated() where passage.isHeld { held[sheet.identity(of: index)] = index }
    var misses = 0
    for found in ranked where lines[found] == nil && !sheet.passages[found].isTorn {
      // Nothing is shorter than this, and what is far down the ranking is not worth the search.
      guard left > 8, misses < 12 else { break }
      let identity = sheet.identity(of: found)
      let passage = held[identity] ?? found
      let line = sheet.line(sheet.passages[passage].range)
      guard !line.isEmpty, !known.contains(identity) else { continue }
      let group = groups[sheet.passages[passage].heading + 1]
      var cost = tokenizer.count(line + "\n")
      if !open.contains(group) { cost += tokenizer.count(heading(group, of: sheet) + "\n") }
      guard cost <= left else {
        misses += 1
        continue
      }
      left -= cost
      open.insert(group)
      known.insert(identity)
      lines[passage] = line
      kept.append(passage)
    }
  }

  /// Page and chunk may have the same heading.
  private static func groups(of sheet: Sheet) -> [Int] {
    var first: [String: Int] = [:]
    return [-1]
      + sheet.headings.indices.map { heading in
        let text = sheet.line(sheet.headings[heading].range)
        if let known = first[text] { return known }
        first[text] = heading
        return heading
      }
  }

  private mutating func heading(_ heading: Int, of sheet: Sheet) -> String {
    if let line = headings[heading] { return line }
    let line = heading < 0 ? "#" : "# " + sheet.line(sheet.headings[heading].range)
    headings[heading] = line
    return line
  }

  // MARK: writing

  private mutating func write(_ sheet: Sheet, tokens: Int, _ tokenizer: any Tokenizer) {
    var best = kept
    while true {
      kept = best.sorted()
      text = page(sheet)
      // Counts need not add up to the last token where lines meet.
      if tokenizer.count(text) <= tokens { return }
      if best.popLast() == nil {
        text = ""
        return
      }
    }
  }

  private mutating func page(_ sheet: Sheet) -> String {
    // Blocks in the order of their first sentence.
    var blocks: [(heading: String, lines: [String])] = []
    var places: [Int: Int] = [:]
    for passage in kept {
      let group = groups[sheet.passages[passage].heading + 1]
      let line = lines[passage, default: ""]
      if let place = places[group] {
        blocks[place].lines.append(line)
      } else {
        places[group] = blocks.count
        blocks.append((heading(group, of: sheet), [line]))
      }
    }
    // A block without a heading needs no line that says so where it comes first.
    if let bare = blocks.firstIndex(where: { $0.heading == "#" }) {
      blocks.insert(blocks.remove(at: bare), at: 0)
    }
    return blocks.enumerated().flatMap { number, block in
      number == 0 && block.heading == "#" ? block.lines : [block.heading] + block.lines
    }.joined(separator: "\n")
  }
}
