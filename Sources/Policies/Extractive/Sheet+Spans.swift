/// A run of words that could be an answer.
struct AnswerSpan {
  enum Shape: Int, CaseIterable {
    case name, quoted, pair, date, year, period, number, measure, phrase, long, title
  }
  var words: Range<Int>
  /// Bytes of the sheet: with the marks that belong to it, such as a currency sign.
  var bytes: Range<Int>
  var shape: Shape
  /// Whether a dash joins it to a date before it: the end of a span of time.
  var endsPeriod = false
  /// Words of its phrase that were left off in front and behind.
  var cut = (front: 0, behind: 0)
}

extension Sheet {
  /// All spans of a sentence that could answer anything, in the order of the text.
  func spans(in passage: Passage) -> [AnswerSpan] {
    let names = names(in: passage.words)
    var spans = names.map { AnswerSpan(words: $0, bytes: bytes(of: $0), shape: .name) }
    spans += pairs(of: names)
    spans += quoted(in: passage)
    spans += dates(in: passage.words)
    spans += periods(in: passage.words)
    spans += numbers(in: passage.words)
    let taken = Set(spans.map(\.words))
    spans += phrases(in: passage.words).filter { !taken.contains($0.words) }
    return spans
  }

  func bytes(of words: Range<Int>) -> Range<Int> {
    self.words[words.lowerBound].range.lowerBound..<self.words[words.upperBound - 1].range.upperBound
  }

  /// `Oslo, Norway`: two names with nothing but a comma between them.
  private func pairs(of names: [Range<Int>]) -> [AnswerSpan] {
    zip(names, names.dropFirst()).compactMap { first, second in
      guard first.upperBound == second.lowerBound else { return nil }
      let gap = bytes[Int(words[second.lowerBound - 1].end)..<Int(words[second.lowerBound].start)]
      guard gap.elementsEqual(", ".utf8) else { return nil }
      let both = first.lowerBound..<second.upperBound
      return AnswerSpan(words: both, bytes: bytes(of: both), shape: .pair)
    }
  }

  /// What stands between quotation marks.
  private func quoted(in passage: Passage) -> [AnswerSpan] {
    var spans: [AnswerSpan] = []
    var open: Int?
    for index in passage.range where bytes[index] == UInt8(ascii: "\"") {
      guard let start = open else {
        open = index + 1
        continue
      }
      open = nil
      let inside = passage.words.filter { words[$0].range.lowerBound >= start && words[$0].range.upperBound <= index }
      guard let first = inside.first, let last = inside.last, inside.count <= 10 else { continue }
      spans.append(AnswerSpan(words: first..<last + 1, bytes: bytes(of: first..<last + 1), shape: .quoted))
    }
    return spans
  }

  // MARK: phrases

  /// Runs of words between function words and marks, which are noun phrases mostly, the parts of them,
  /// and two of them with a preposition or `and` between.
  private func phrases(in range: Range<Int>) -> [AnswerSpan] {
    let runs = runs(in: range)
    var spans: [AnswerSpan] = []
    for run in runs {
      for start in run {
        for end in start + 1..<min(run.upperBound, start + 5) + 1 {
          let words = start..<end
          guard bytes(of: words).count > 2, !self.words[words].allSatisfy({ $0.looks.contains(.number) }) else {
            continue
          }
          let cut = (front: start - run.lowerBound, behind: run.upperBound - end)
          // The middle of a long run is seldom a phrase.
          guard cut.front == 0 || cut.behind == 0 || run.count <= 4 else { continue }
          spans.append(AnswerSpan(words: words, bytes: bytes(of: words), shape: .phrase, cut: cut))
        }
      }
    }
    for (first, second) in zip(runs, runs.dropFirst()) {
      let gap = first.upperBound..<second.lowerBound
      let whole = first.lowerBound..<second.upperBound
      guard gap.count <= 2, whole.count <= 9, gap.allSatisfy({ Self.joints[self.words[$0].stem] >= 0 }) else {
        continue
      }
      let isMarked = (gap.lowerBound..<second.lowerBound + 1).contains { words[$0].looks.contains(.afterMark) }
      guard gap.isEmpty || !isMarked else { continue }
      spans.append(AnswerSpan(words: whole, bytes: bytes(of: whole), shape: .long))
    }
    return spans
  }

  private static let joints = StemTable(
    "of and or to for in on with at the a an".split(separator: " ").map { (Stems.stem(String($0)), 1) })

  private func runs(in range: Range<Int>) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    var start = range.lowerBound
    func close(_ end: Int) {
      if end > start, end - start <= 8 { runs.append(start..<end) }
    }
    for index in range {
      if words[index].looks.contains(.function) {
        close(index)
        start = index + 1
      } else if words[index].looks.contains(.afterMark), !isJoined(index) {
        close(index)
        start = index
      }
    }
    close(range.upperBound)
    return runs
  }
}
