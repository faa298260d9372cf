/// A word of at most eight bytes in small letters, packed so that comparing is one instruction.
struct Word: Hashable {
  static let capacity = 8
  private var bytes: UInt64 = 0

  /// Longer words are equal to none that is listed.
  init(_ text: Span<UInt8>, _ range: Range<Int>) {
    guard range.count <= Self.capacity else {
      bytes = .max
      return
    }
    for index in range {
      let byte = text[index]
      bytes = bytes << 8 | UInt64(Sentences.isCapital(byte) ? byte | 0x20 : byte)
    }
  }

  init(_ word: String) {
    for byte in word.utf8 { bytes = bytes << 8 | UInt64(byte) }
  }

  private static func list(_ words: String) -> Set<Word> { Set(words.split(separator: " ").map { Word(String($0)) }) }

  /// Words that, with a capital, open sentences far more often than they are names.
  static let openers = list(
    """
    the this that these those there then they he she it we you i a an in on at but and or so if \
    when while where what who why how as after before for from to with however although though his \
    her its our my your their not one some many most all by since because also now here yet nor once \
    during under among another both each despite such still only even until upon two three other \
    perhaps no yes let today both several
    """)

  /// What numbers divide a text into.
  static let divisions = list(
    """
    chapter section part book act scene article appendix volume figure table canto letter step rule \
    stave psalm sec fig
    """)
}

/// How a known abbreviation behaves at the end of a sentence.
enum Abbreviation {
  /// Never ends one: something must follow it.
  case always
  /// Ends one unless a number follows.
  case numbered
  /// Ends one when the next word opens sentences.
  case mayEnd

  init?(_ word: Word, isCapital: Bool) {
    guard let kind = (isCapital ? Self.capital[word] : nil) ?? Self.small[word] else { return nil }
    self = kind
  }

  /// Abbreviations only when written with a capital: `Gen.`, but not `gen.`; `Mar.`, but not `mar.`.
  private static let capital = table(
    always: """
      mr mrs ms messrs mme mlle dr drs prof rev hon gen col maj capt lt sgt cpl cmdr cdr adm gov sen rep pres supt fr
      """,
    numbered: "jan feb mar apr jun jul aug sep sept oct nov dec tab ref",
    mayEnd: """
      jr sr inc ltd co corp bros llc esq st ste mt ft ave blvd rd dept univ assn ed eds bart \
      ala ariz ark calif colo conn del fla ga ill ind kan ky mass md mich minn miss mo mont neb nev okla \
      ore pa penn tenn tex va vt wash wis wyo
      """)

  private static let small = table(
    always: "v vs cf viz approx ca resp incl esp",
    numbered: "no nos vol vols fig figs sec secs sect ch chap art eq eqs pp p pt bk op l ll n c pg par cap lib ff etc",
    mayEnd: "al ed eds")

  private static func table(always: String, numbered: String, mayEnd: String) -> [Word: Abbreviation] {
    var table: [Word: Abbreviation] = [:]
    for (words, kind) in [(mayEnd, Abbreviation.mayEnd), (numbered, .numbered), (always, .always)] {
      for word in words.split(separator: " ") { table[Word(String(word))] = kind }
    }
    return table
  }
}
