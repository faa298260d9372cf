/// Facts about English: closed word classes and the grammar of questions, independent of any text.
extension Stems {
  private static func hashes(_ words: String) -> [UInt64] {
    words.split(whereSeparator: \.isWhitespace).map { word in
      let bytes = Array(word.utf8)
      return hash(bytes.span, bytes.count)
    }
  }

  /// Words that say nothing about what a text is about, by their full form.
  static let functionWords = StemTable(
    hashes(
      """
      a an the this that these those it its he she they them his her hers their theirs him i me my we us our
      you your yours and or but nor if then than so as at by for from in into of off on onto out over to up
      down with without within between among about after before during through under above against via per
      is are was were be been being am do does did done has have had having can could may might must shall
      should will would who whom whose which what when where why how there here not no yes also only very
      such same other another each every both either neither any some all more most many much few while
      because since until upon s t re ve ll d m
      """
    ).map { ($0, 1) })
}

/// Forms that no rule of endings brings together, by the question's word.
enum Irregular {
  /// Each line is one family; a question with one of them looks for all.
  static let families: [[String]] = [
    "born birth birthplace", "die died dies death dead killed", "write wrote written writer author authored",
    "sing sang sung song singer", "win won winner", "lead led leader", "build built", "make made maker",
    "begin began begun start started", "become became", "marry married marriage wife husband spouse",
    "find found", "found founded founder established", "know known", "hold held", "buy bought", "sell sold",
    "teach taught", "fight fought", "meet met", "speak spoke spoken language", "take took taken",
    "give gave given", "grow grew grown", "fly flew flown", "draw drew drawn", "choose chose chosen",
    "fall fell fallen", "run ran", "shoot shot", "lose lost", "leave left", "play played player",
    "film movie", "father son daughter mother child children parent", "brother sister sibling",
    "direct directed director", "nationality citizen citizenship country", "city town", "live lived life",
    "locate located location situated", "old age aged", "population inhabitants people",
    "compose composed composer", "perform performed performer", "create created creator",
    "headquarters headquartered based", "university college", "border borders bordered bordering",
  ].map { $0.split(separator: " ").map(String.init) }

  /// The other forms of a word, as stems.
  static func forms(of stem: UInt64) -> [UInt64] { stems[stem] ?? [] }

  private static let stems: [UInt64: [UInt64]] = {
    var stems: [UInt64: [UInt64]] = [:]
    for family in families {
      let forms = family.map(Stems.stem)
      for form in forms { stems[form, default: []] += forms }
    }
    return stems
  }()
}
