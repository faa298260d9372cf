import Palimpsest

/// Neutral sentences without names or facts, any number of them, grouped in paragraphs.
enum LedgerFiller {
  /// The sentence of this number, with what separates it from the next.
  static func sentence(_ index: Int, seed: UInt64, session: String) -> [UInt8] {
    var generator = SeededGenerator(seed: seed, session: session, step: index, purpose: "ledger.filler")
    var bytes: [UInt8] = []
    bytes.reserveCapacity(96)
    bytes += pick(subjects, &generator)
    bytes += pick(acts, &generator)
    bytes += pick(objects, &generator)
    bytes += pick(circumstances, &generator)
    bytes.append(UInt8(ascii: "."))
    bytes += index % 7 == 6 ? paragraph : space
    return bytes
  }

  static let paragraph = Array("\n\n".utf8)
  static let space = Array(" ".utf8)

  private static func pick(_ list: [[UInt8]], _ generator: inout SeededGenerator) -> [UInt8] {
    list[Int.random(in: list.indices, using: &generator)]
  }

  private static func phrases(_ list: String) -> [[UInt8]] {
    list.split(separator: "|").map { Array($0.utf8) }
  }

  private static let subjects = phrases(
    """
    The clerk|The old porter|A messenger|The night watchman|The gardener|One of the carters|The cook|\
    The ferryman|A visitor|The schoolmaster|The baker's boy|The carpenter|Somebody at the inn|The postman|\
    The miller|A travelling salesman|The organist|The stable hand|The librarian|The lamplighter|\
    The harbour pilot|A passing soldier|The widow next door|The stationmaster
    """)
  private static let acts = phrases(
    """
     closed| counted| carried away| repaired| painted| forgot| sold| looked for| swept around| found|\
     complained about| admired| moved| washed| wrapped up| borrowed| returned| dropped| measured| polished
    """)
  private static let objects = phrases(
    """
     the shutters| two crates of apples| the broken gate| a bundle of letters| the copper kettle|\
     the ladder| a pair of boots| the long table| the garden wall| some empty bottles| the blue curtain|\
     a basket of eggs| the church clock| the wheelbarrow| three sacks of flour| the iron stove|\
     an umbrella| the rope and the bucket| a stack of firewood| the cellar door
    """)
  private static let circumstances = phrases(
    """
     before noon| in the rain| without a word| on the way to market| after the bells had rung|\
     as on every other day| while the dog slept| for the second time that week| near the bridge|\
     by candlelight| with great care| and thought nothing of it| although it was late|\
     at the end of the lane| before the frost came| in something of a hurry| behind the barn|\
     when the wind had turned| as the year before| to nobody's surprise
    """)
}
