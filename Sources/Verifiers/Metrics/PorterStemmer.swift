/// Porter's stemmer (1980) with the extensions of NLTK, which LoCoMo's metric relies on: a table of
/// irregular words, words of one or two letters left alone, -ies and -ied of four-letter words to
/// -ie, final y to i only behind a consonant, -alli tried first, -bli, -fulli and -logi in step 2,
/// and a two-letter stem of vowel and consonant counting as short.
public enum PorterStemmer {
  /// The lower-cased stem; a word of one or two letters is only lower-cased.
  public static func stem(_ word: PythonText) -> PythonText {
    let lowered = word.lowercased()
    if let known = irregular[lowered] { return known }
    guard word.count > 2 else { return lowered }
    var stem = Stem(letters: lowered.points)
    stem.removePlural()
    stem.removePast()
    stem.turnFinalY()
    stem.applyStep2()
    stem.apply(step3)
    stem.apply(step4)
    stem.tidy()
    return PythonText(stem.letters)
  }

  private static let irregular: [PythonText: PythonText] = [
    "sky": "sky", "skies": "sky", "dying": "die", "lying": "lie", "tying": "tie", "news": "news",
    "innings": "inning", "inning": "inning", "outings": "outing", "outing": "outing",
    "cannings": "canning", "canning": "canning", "howe": "howe", "proceed": "proceed",
    "exceed": "exceed", "succeed": "succeed",
  ]

  fileprivate static let step2 = rules([
    ("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"), ("izer", "ize"),
    ("bli", "ble"), ("alli", "al"), ("entli", "ent"), ("eli", "e"), ("ousli", "ous"),
    ("ization", "ize"), ("ation", "ate"), ("ator", "ate"), ("alism", "al"), ("iveness", "ive"),
    ("fulness", "ful"), ("ousness", "ous"), ("aliti", "al"), ("iviti", "ive"), ("biliti", "ble"),
    ("fulli", "ful"), ("logi", "log"),
  ]) { stem, suffix in
    // The l of -logi counts as part of the stem, so that "theology" is as long as "archaeology".
    (suffix == "logi" ? Stem(letters: stem.letters + [0x6C]) : stem).measure > 0
  }

  private static let step3 = rules([
    ("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"), ("ful", ""), ("ness", ""),
  ]) { stem, _ in stem.measure > 0 }

  private static let step4 = rules(
    [
      "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou", "ism",
      "ate", "iti", "ous", "ive", "ize",
    ].map { ($0, "") }
  ) { stem, suffix in
    stem.measure > 1 && (suffix != "ion" || stem.letters.last == 0x73 || stem.letters.last == 0x74)
  }

  private static func rules(
    _ list: [(String, String)], when holds: @escaping @Sendable (Stem, PythonText) -> Bool
  ) -> [Rule] {
    list.map { Rule(suffix: PythonText($0.0), replacement: PythonText($0.1), holds: holds) }
  }
}

/// Where the suffix fits but the condition does not hold, no later rule is tried.
private struct Rule: Sendable {
  var suffix: PythonText
  var replacement: PythonText
  var holds: @Sendable (Stem, PythonText) -> Bool
}

private struct Stem: Sendable {
  var letters: [UInt32]

  // MARK: what is asked about a stem

  /// A letter other than a, e, i, o, u; a y behind a consonant is none.
  private var isConsonant: [Bool] {
    var flags: [Bool] = []
    flags.reserveCapacity(letters.count)
    for letter in letters {
      switch letter {
      case 0x61, 0x65, 0x69, 0x6F, 0x75: flags.append(false)
      case 0x79: flags.append(flags.last.map { !$0 } ?? true)
      default: flags.append(true)
      }
    }
    return flags
  }

  /// How often a consonant follows a vowel.
  var measure: Int {
    let flags = isConsonant
    return zip(flags, flags.dropFirst()).count { !$0 && $1 }
  }

  private var hasVowel: Bool { isConsonant.contains(false) }

  private var endsInDoubleConsonant: Bool {
    letters.count >= 2 && letters[letters.count - 1] == letters[letters.count - 2]
      && isConsonant.last == true
  }

  /// Consonant, vowel, consonant other than w, x, y; or just vowel and consonant.
  private var endsShort: Bool {
    let flags = isConsonant.suffix(3)
    if letters.count == 2 { return Array(flags) == [false, true] }
    return Array(flags) == [true, false, true] && ![0x77, 0x78, 0x79].contains(letters[letters.count - 1])
  }

  private func without(_ suffix: PythonText) -> Stem? {
    letters.suffix(suffix.count).elementsEqual(suffix.points) ? Stem(letters: letters.dropLast(suffix.count)) : nil
  }

  // MARK: the steps

  mutating func apply(_ rules: [Rule]) {
    for rule in rules {
      guard let stem = without(rule.suffix) else { continue }
      if rule.holds(stem, rule.suffix) { letters = stem.letters + rule.replacement.points }
      return
    }
  }

  /// Step 1a.
  mutating func removePlural() {
    if without("ies") != nil {
      letters.removeLast(letters.count == 4 ? 1 : 2)
    } else if without("sses") != nil {
      letters.removeLast(2)
    } else if without("ss") == nil, without("s") != nil {
      letters.removeLast()
    }
  }

  /// Step 1b.
  mutating func removePast() {
    if without("ied") != nil {
      letters.removeLast(letters.count == 4 ? 1 : 2)
      return
    }
    if let stem = without("eed") {
      if stem.measure > 0 { letters.removeLast() }
      return
    }
    guard let stem = [without("ed"), without("ing")].compactMap({ $0 }).first(where: \.hasVowel) else { return }
    letters = stem.letters
    if without("at") != nil || without("bl") != nil || without("iz") != nil {
      letters.append(0x65)
    } else if endsInDoubleConsonant {
      if ![0x6C, 0x73, 0x7A].contains(letters[letters.count - 1]) { letters.removeLast() }
    } else if measure == 1, endsShort {
      letters.append(0x65)
    }
  }

  /// Step 1c.
  mutating func turnFinalY() {
    guard let stem = without("y"), stem.letters.count > 1, stem.isConsonant.last == true else { return }
    letters = stem.letters + [0x69]
  }

  mutating func applyStep2() {
    while let stem = without("alli"), stem.measure > 0 { letters.removeLast(2) }
    apply(PorterStemmer.step2)
  }

  /// Steps 5a and 5b.
  mutating func tidy() {
    if let stem = without("e"), stem.measure > 1 || (stem.measure == 1 && !stem.endsShort) {
      letters = stem.letters
    }
    if without("ll") != nil, Stem(letters: letters.dropLast()).measure > 1 { letters.removeLast() }
  }
}
