import Palimpsest

/// What two people, or a person and a town or a year, can have to do with each other.
struct LedgerRelation: Sendable, Hashable {
  enum Object: String, Sendable { case person, town, year }

  /// `mentor`, or the attribute `home`, `birth`.
  var name: String
  var object: Object

  static let people = [
    "mentor", "landlord", "doctor", "tutor", "lawyer", "rival", "neighbour", "cousin", "employer",
    "godparent", "tailor", "banker",
  ].map { LedgerRelation(name: $0, object: .person) }
  static let home = LedgerRelation(name: "home", object: .town)
  static let birth = LedgerRelation(name: "birth", object: .year)

  /// A fact as a sentence; three wordings of each.
  func sentence(_ head: String, _ tail: String, templates: Int) -> String {
    switch (object, templates % 3) {
    case (.person, 0): "The \(name) of \(head) is \(tail)."
    case (.person, 1): "\(head) has \(tail) as \(name)."
    case (.person, _): "\(head)'s \(name) is \(tail)."
    case (.town, 0): "\(head) lives in \(tail)."
    case (.town, 1): "The home of \(head) is in \(tail)."
    case (.town, _): "\(head) has a house in \(tail) and lives there."
    case (.year, 0): "\(head) was born in \(tail)."
    case (.year, 1): "The year of birth of \(head) is \(tail)."
    case (.year, _): "In \(tail) \(head) was born."
    }
  }

  /// A fact that takes the place of an older one.
  func revision(_ head: String, from old: String, to new: String) -> String {
    switch object {
    case .person: "The \(name) of \(head) is no longer \(old) but \(new)."
    case .town: "\(head) no longer lives in \(old) but in \(new)."
    case .year: "\(head) was not born in \(old), as was written here, but in \(new)."
    }
  }

  /// The question for the last relation of a chain; `of` is the person the others lead to.
  func question(of person: String) -> String {
    switch object {
    case .person: "Who is the \(name) of \(person)?"
    case .town: "In which town does \(person) live?"
    case .year: "In which year was \(person) born?"
    }
  }
}

/// One statement: subject, relation, object.
struct LedgerFact: Sendable, Hashable {
  var head: String
  var relation: LedgerRelation
  var tail: String
}

/// Names and numbers that facts are made of. Every list is our own.
enum LedgerNames {
  static func person(using generator: inout SeededGenerator) -> String {
    "\(draw(first, &generator)) \(draw(last, &generator))"
  }

  static func object(_ kind: LedgerRelation.Object, using generator: inout SeededGenerator) -> String {
    switch kind {
    case .person: person(using: &generator)
    case .town: draw(towns, &generator)
    case .year: String(Int.random(in: 1801...1899, using: &generator))
    }
  }

  static func draw(_ list: [String], _ generator: inout SeededGenerator) -> String {
    list[Int.random(in: list.indices, using: &generator)]
  }

  private static let first = words(
    """
    Ada Agnes Albert Alma Anton Beatrix Bruno Cecil Clara Conrad Cora Dora Edgar Edith Elias Elsa \
    Emil Esther Felix Flora Frida Greta Gustav Hanna Harold Hedwig Henry Hilda Hugo Ida Irene Jakob \
    Johanna Jonas Karla Konrad Laura Leo Lotte Louis Magda Martin Mathilda Max Nora Olga Oscar Otto \
    Paula Philip Rosa Rudolf Selma Simon Sophia Stefan Thea Theodor Ulrich Vera Victor Walter Wanda Wilma
    """)
  private static let last = words(
    """
    Abbot Ashdown Barlow Beck Birch Blackwood Bloom Brandt Brook Carver Chandler Cole Cooper Crane \
    Dahl Dorn Draper Ebert Falk Farrow Fenn Fischer Forster Frost Garner Gray Hale Hart Holt Hughes \
    Irving Jansen Keller Kemp Kern Lamb Lang Lindt Marsh Mercer Moss Nash Nolan Oakes Olsen Paine \
    Penrose Quill Reed Rowe Sayer Selby Shaw Stein Stone Tanner Thorne Turner Vance Voss Wade Weber \
    Winter Yates
    """)
  private static let towns = words(
    """
    Aldford Ambleton Barrowby Bexhill Birkdale Bramley Calverton Cheswick Coldwater Danbury Eastmoor \
    Elmstead Fairhaven Farleigh Glenmore Grantley Halewood Harwick Heathfield Ironbridge Kelmscott \
    Kingsford Langdale Lowick Marlow Millbrook Netherby Norwood Oakhurst Overton Penhale Ravensworth \
    Redmarsh Rosedale Saltburn Sandford Shelford Stanwick Stonebridge Thornbury Upwell Wakeford Westerby \
    Whitby Winslow Woodhall Wyvern Yarrow
    """)

  private static func words(_ list: String) -> [String] { list.split(separator: " ").map(String.init) }
}
