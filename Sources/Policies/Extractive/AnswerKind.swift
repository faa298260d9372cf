/// What kind of thing would answer a question, told from its first words.
enum AnswerKind: String {
  case person, place, date, year, number, yesNo, choice, thing

  /// Words that name the kind of the answer, and so need not stand beside it.
  static let askedWords: Set<String> = [
    "year", "date", "time", "name", "names", "number", "kind", "type", "place", "person", "term", "called",
    "known", "many", "much", "day", "month", "one",
  ]

  /// What a `which` is followed by where a place, or a person, is asked for.
  private static let places: Set<String> = [
    "city", "country", "state", "county", "town", "place", "village", "region", "province", "continent",
    "location", "district", "island", "nation",
  ]
  private static let people: Set<String> = [
    "actor", "actress", "person", "singer", "director", "author", "writer", "president", "man", "woman", "king",
    "queen", "player", "composer", "artist", "scientist", "musician",
  ]

  init(askedBy words: [String]) {
    func has(_ word: String) -> Bool { words.contains(word) }
    func follows(_ first: String, _ second: Set<String>) -> Bool {
      words.indices.dropLast().contains { words[$0] == first && second.contains(words[$0 + 1]) }
    }
    let auxiliaries: Set<String> = [
      "is", "are", "was", "were", "do", "does", "did", "has", "have", "had", "can", "could", "will", "would",
    ]
    if let first = words.first, auxiliaries.contains(first) {
      self = .yesNo
    } else if follows("how", ["many", "much", "far", "long", "old", "tall", "high", "large", "big", "deep", "fast"])
      || has("percentage") || follows("what", ["number", "percentage", "percent"]) || has("population")
    {
      self = .number
    } else if follows("what", ["year", "decade", "century"]) || follows("which", ["year", "decade", "century"])
      || follows("the", ["year"]) && has("what")
    {
      self = .year
    } else if has("when") && !has("what") && !has("which") && !has("who")
      || follows("what", ["date", "day", "month"]) || follows("which", ["date", "day", "month"])
      || has("date")
    {
      self = .date
    } else if has("where")
      || ["what", "which"].contains(where: {
        follows($0, Self.places)
      }) || has("birthplace") || follows("place", ["of"])
    {
      self = .place
    } else if has("who") || has("whom") || has("whose")
      || ["what", "which"].contains(where: {
        follows($0, Self.people)
      })
    {
      self = .person
    } else {
      self = .thing
    }
  }
}
