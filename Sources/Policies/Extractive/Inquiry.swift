/// A parsed question: its terms, its names, and the kind of its answer.
struct Inquiry {
  struct Term {
    var stem: UInt64
    /// As it stands in the question; its name in the counts.
    var word: String
    /// The share of its rarity that counts: all for a name's word, little for the word asked about.
    var weight: Double
  }

  /// Terms of one inquiry, at most: a mask of them is one word.
  static let mostTerms = 64

  private(set) var terms: [Term] = []
  /// Every form that stands for a term, by the term's place.
  private(set) var forms = StemTable()
  /// Pairs of terms that stand side by side in the question, by `first * mostTerms + second`.
  private(set) var pairs: Set<Int> = []
  /// Runs of names and of quoted words: masks of their terms.
  private(set) var names: [UInt64] = []
  /// The names that `and` joins: what a question of yes or no is about.
  private(set) var subjects: [UInt64] = []
  /// The terms with a capital.
  private(set) var capitals: UInt64 = 0
  private(set) var kind: AnswerKind
  /// The stem of the noun that says what is asked for: `county` of `which county`; 0 for none.
  private(set) var head: UInt64 = 0
  /// The terms next to what is asked for, where its place in the question is: the last before it,
  /// the first behind it, and the last of all; -1 for none.
  private(set) var beside = (before: -1, behind: -1, last: -1)
  /// For `the mentor of Elias Voss`, or `Elias Voss's mentor`, inside a question that asks something
  /// about that person: the terms of relation and name, and the terms that are asked about the person.
  private(set) var inner: (relation: UInt64, outer: UInt64)?
  /// The two or more things a choice is asked between, as they stand in the question.
  private(set) var choices: [String] = []
  let text: String

  init(_ text: String) {
    self.text = text
    let bytes = Array(text.utf8)
    var words: [Word] = []
    var scanner = WordScanner()
    scanner.scan(bytes.span, 0..<bytes.count, into: &words)
    func word(_ index: Int) -> String { String(decoding: bytes[words[index].range], as: UTF8.self) }
    let spelled = words.indices.map { word($0).lowercased() }
    let asked = Asked(in: words, spelled: spelled) { index in
      words[index].start == words[index - 1].end + 1 && bytes[Int(words[index].start) - 1] == 0x2D
    }
    kind = AnswerKind(asked, in: words, spelled)
    if asked.head >= 0 { head = words[asked.head].stem }

    var previous = -1
    var sincePrevious = 0
    var run: UInt64 = 0
    var isJoined = false
    func closeRun(_ names: inout [UInt64], _ subjects: inout [UInt64], isAnd: Bool = false) {
      if run != 0, isAnd || isJoined { subjects.append(run) }
      if run != 0 || isAnd { isJoined = isAnd }
      if run != 0, !names.contains(run) { names.append(run) }
      run = 0
    }
    for (index, word) in words.enumerated() {
      sincePrevious += 1
      guard !word.looks.contains(.function) else {
        // `Hall of Fame` is one name, `Rome and Paris` are two.
        if !["of", "the", "de", "for"].contains(spelled[index]) {
          closeRun(&names, &subjects, isAnd: spelled[index] == "and")
        }
        continue
      }
      let place = add(word, spelled[index], isAsked: AnswerKind.askedWords.contains(spelled[index]))
      guard place >= 0 else { continue }
      if index < asked.place { beside.before = place }
      if index > asked.place, !asked.phrase.contains(index) {
        if beside.behind < 0 { beside.behind = place }
        beside.last = place
      }
      if previous >= 0, sincePrevious <= 2 { pairs.insert(previous * Self.mostTerms + place) }
      (previous, sincePrevious) = (place, 0)
      let isName = word.looks.contains(.capital) && index > 0 || word.looks.contains(.number)
      if word.looks.contains(.afterMark) || !isName { closeRun(&names, &subjects) }
      if isName { run |= 1 << UInt64(place) }
      if word.looks.contains(.capital), index > 0 { capitals |= 1 << UInt64(place) }
    }
    closeRun(&names, &subjects)
    inner = nested(words, spelled, asked)
    choices = Self.choices(in: text)
    if choices.count > 1, kind != .yesNo || spelled.contains("or") { kind = .choice }
  }

  private mutating func add(_ word: Word, _ spelled: String, isAsked: Bool) -> Int {
    let known = forms[word.stem]
    if known >= 0 { return known }
    guard terms.count < Self.mostTerms else { return -1 }
    let isName = word.looks.contains(.capital) || word.looks.contains(.number)
    terms.append(Term(stem: word.stem, word: spelled, weight: isAsked ? 0.3 : isName ? 1.2 : 1))
    forms[word.stem] = terms.count - 1
    for form in Irregular.forms(of: word.stem) { forms[form] = terms.count - 1 }
    return terms.count - 1
  }

  /// A lower-case noun, `of`, and a name; the other terms of the question are asked about that
  /// person.
  private func nested(
    _ words: [Word], _ spelled: [String], _ asked: Asked
  ) -> (relation: UInt64, outer: UInt64)? {
    func term(_ index: Int) -> UInt64 {
      let place = forms[words[index].stem]
      return place < 0 || words[index].looks.contains(.function) ? 0 : 1 << UInt64(place)
    }
    func isName(_ index: Int) -> Bool {
      words.indices.contains(index) && words[index].looks.contains(.capital) && term(index) != 0
    }
    guard let of = words.indices.last(where: { spelled[$0] == "of" && isName($0 + 1) && $0 > 1 }),
      !isName(of - 1), term(of - 1) != 0, !asked.phrase.contains(of - 1), spelled[of - 2] == "the"
    else { return nil }
    var relation = term(of - 1)
    var end = of + 1
    while isName(end) {
      relation |= term(end)
      end += 1
    }
    let rest = words.indices.filter { !(of - 1..<end).contains($0) && !asked.phrase.contains($0) }
    let outer = rest.reduce(UInt64(0)) { $0 | term($1) } & ~relation
    return outer == 0 ? nil : (relation, outer)
  }

  /// The terms of a part of the question, as a mask.
  func mask(of part: String) -> UInt64 {
    let bytes = Array(part.utf8)
    var words: [Word] = []
    var scanner = WordScanner()
    scanner.scan(bytes.span, 0..<bytes.count, into: &words)
    return words.reduce(0) { mask, word in
      let term = forms[word.stem]
      return term < 0 || word.looks.contains(.function) ? mask : mask | 1 << UInt64(term)
    }
  }

  /// `A or B` at the end of a question, or `between A and B`.
  private static func choices(in question: String) -> [String] {
    let trimmed = question.trimmingSuffix { $0 == "?" || $0 == " " || $0 == "." }
    guard let or = trimmed.ranges(of: " or ").last else { return [] }
    var left = trimmed[..<or.lowerBound]
    let right = trimmed[or.upperBound...]
    if left.hasSuffix(",") { left = left.dropLast() }
    // The first choice begins behind the last comma, or where its run of names does.
    if let comma = left.ranges(of: ", ").last {
      left = left[comma.upperBound...]
    } else {
      let words = left.split(separator: " ")
      let start = words.lastIndex { word in
        !(word.first?.isUppercase ?? false) && !(word.first?.isNumber ?? false)
          && !["of", "the", "and", "in", "de", "&", "for", "on", "to", "a"].contains(word)
      }
      let tail = words[(start.map { $0 + 1 } ?? 0)...]
      left = tail.joined(separator: " ")[...]
    }
    // `Is A or B public?`: what is said of them stands around the names.
    let openers = ["is", "are", "was", "were", "did", "does", "do", "has", "which", "who"]
    var leftWords = left.split(separator: " ")
    while let first = leftWords.first, openers.contains(first.lowercased()) { leftWords.removeFirst() }
    var rightWords = right.split(separator: " ")
    if openers.contains(question.prefix { $0 != " " }.lowercased()), rightWords.first?.first?.isUppercase ?? false {
      while let last = rightWords.last, rightWords.count > 1, last.first?.isLowercase ?? false {
        rightWords.removeLast()
      }
    }
    // In `the birth of Robert Young` the person is compared. A pair with and without a capital letter is
    // not a comparison.
    if leftWords.contains(where: Self.isCapital) || rightWords.contains(where: Self.isCapital) {
      leftWords = Array(leftWords.drop { !Self.isCapital($0) })
      rightWords = Array(rightWords.drop { !Self.isCapital($0) })
    }
    let choices = [leftWords.joined(separator: " "), rightWords.joined(separator: " ")]
      .map { $0.trimmingPrefix { $0 == " " || $0 == "\"" } }
      .map { String($0.trimmingSuffix { $0 == " " || $0 == "\"" }) }
    return choices.allSatisfy { !$0.isEmpty && $0.utf8.count < 120 } ? choices : []
  }

  private static func isCapital(_ word: Substring) -> Bool {
    word.first { $0.isLetter || $0.isNumber }.map { $0.isUppercase || $0.isNumber } ?? false
  }
}

extension StringProtocol {
  func trimmingSuffix(while isTrimmed: (Character) -> Bool) -> SubSequence {
    var end = endIndex
    while end > startIndex, isTrimmed(self[index(before: end)]) { end = index(before: end) }
    return self[..<end]
  }
  func trimmingPrefix(while isTrimmed: (Character) -> Bool) -> SubSequence {
    drop(while: isTrimmed)
  }
}
