/// The kind of thing that answers a question, from its interrogative and the noun behind it.
enum AnswerKind: String, CaseIterable {
  case person, group, work, place, date, year, count, amount, people, occupation, sort, manner, thing, what
  case yesNo, choice

  /// Words that name the kind of the answer, and so need not stand beside it.
  static let askedWords: Set<String> = [
    "year", "date", "time", "name", "names", "number", "kind", "type", "place", "person", "term", "called",
    "known", "many", "much", "day", "month", "one",
  ]

  init(_ asked: Asked, in words: [Word], _ spelled: [String]) {
    func behind(_ wanted: Set<String>) -> Bool {
      spelled.indices.contains(asked.place + 1) && wanted.contains(spelled[asked.place + 1])
    }
    let opens = spelled.indices.contains {
      $0 == 0 || words[$0].looks.contains([.capital, .afterMark]) && asked.place < 0
        ? Self.auxiliaries.contains(spelled[$0]) : false
    }
    if opens {
      self = .yesNo
      return
    }
    switch asked.interrogative {
    case "who", "whom", "whose": self = .person
    case "where": self = .place
    case "when": self = .date
    case "why": self = .manner
    case "how":
      let isMany = behind(["many", "much"])
      self = isMany ? .count : behind(Self.measures) ? .amount : .manner
    default:
      guard asked.head >= 0 else {
        self = .what
        return
      }
      let kind = Self.heads[words[asked.head].stem]
      if kind >= 0 {
        self = Self.allCases[kind]
      } else if asked.isKind {
        self = .sort
      } else {
        self = Self.isDoer(spelled[asked.head]) ? .person : .thing
      }
    }
  }

  /// `guitarist`, `politician`: an ending that makes a person of a deed.
  private static func isDoer(_ word: String) -> Bool {
    ["ist", "ian", "man", "woman", "ress", "eer"].contains { word.count > $0.count + 2 && word.hasSuffix($0) }
  }

  private static let auxiliaries: Set<String> = [
    "is", "are", "was", "were", "do", "does", "did", "has", "have", "had", "can", "could", "will", "would",
  ]
  private static let measures: Set<String> = [
    "far", "long", "old", "tall", "high", "large", "big", "deep", "fast", "wide", "heavy", "often", "early", "late",
  ]

  /// Nouns that say the kind, by their stem.
  private static let heads: StemTable = {
    let nouns: [(AnswerKind, String)] = [
      (
        .person,
        """
        person actor actress singer director author writer president man woman king queen player composer artist
        musician character emperor architect engineer inventor founder leader producer designer poet painter driver
        wrestler rapper performer brother sister father mother son daughter wife husband spouse child uncle
        nephew ruler monarch prince princess bishop pope saint general officer minister senator governor mayor
        coach manager owner astronaut scientist professor philosopher chancellor commander teacher killer
        creator presenter host anchor bandleader drummer boxer swimmer model lawyer judge doctor victim
        """
      ),
      (
        .group,
        """
        band group team company organization organisation university college school club party league station network
        agency army institution church museum label studio airline corporation firm institute orchestra brand
        academy association department publisher manufacturer tribe family dynasty hospital bank store channel
        """
      ),
      (
        .work,
        """
        film movie book novel album song show series episode play game poem opera magazine newspaper painting program
        programme musical single track soundtrack sitcom comedy documentary journal story treaty act law award
        """
      ),
      (
        .place,
        """
        city country state county town place village region province continent location district island nation area
        birthplace capital river mountain lake street building sea ocean suburb borough neighborhood territory park
        municipality peninsula headquarters site airport bridge valley
        """
      ),
      (.date, "date day month birthday birthdate time season"),
      (.year, "year decade century era"),
      (.count, "number population percentage percent total amount ratio proportion rate many age"),
      (.amount, "distance length height weight width depth size speed temperature cost price duration"),
      (.people, "nationality language ethnicity religion descent ancestry citizenship"),
      (.occupation, "profession occupation job position role career instrument genre title field sport subject"),
    ]
    var table = StemTable()
    for (kind, list) in nouns {
      guard let place = allCases.firstIndex(of: kind) else { continue }
      for noun in list.split(whereSeparator: \.isWhitespace) { table[Stems.stem(String(noun))] = place }
    }
    return table
  }()
}
