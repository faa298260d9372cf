/// Word forms of English folded together, cheaply: enough to see that `director` is about
/// `directed`, not to write a dictionary.
enum Stems {
  /// FNV-1a over the first bytes: the same on every machine, unlike `Hasher`.
  static func hash(_ bytes: Span<UInt8>, _ count: Int) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for index in 0..<count { hash = (hash ^ UInt64(bytes[index])) &* 0x100_0000_01b3 }
    return hash ^ (hash >> 29)
  }

  /// The stem of one word, for tables made from words.
  static func stem(_ word: String) -> UInt64 {
    var bytes = Array(word.lowercased().utf8)
    let length = length(of: &bytes, bytes.count)
    return hash(bytes.span, length)
  }

  /// How many of a lower-case word's bytes are its stem; may change the last of them.
  static func length(of word: inout [UInt8], _ whole: Int) -> Int {
    guard whole > 3 else { return whole }
    var count = whole
    func ends(_ suffix: StaticString) -> Bool {
      let length = suffix.utf8CodeUnitCount
      guard count > length else { return false }
      return (0..<length).allSatisfy { word[count - length + $0] == suffix.utf8Start[$0] }
    }
    // Plurals and third persons.
    if word[count - 1] == UInt8(ascii: "s") {
      if ends("sses") || ends("ches") || ends("shes") || ends("xes") || ends("zes") {
        count -= 2
      } else if ends("ies") {
        count -= 2
      } else if !ends("ss") && !ends("us") && !ends("is") {
        count -= 1
      }
    }
    // Verb forms, doers and deeds; at least three letters stay.
    switch word[count - 1] {
    case UInt8(ascii: "g") where count > 5 && ends("ing"): count = undoubled(word, count - 3)
    case UInt8(ascii: "d") where count > 4 && ends("ed"): count = undoubled(word, count - 2)
    case UInt8(ascii: "r") where count > 5 && (ends("er") || ends("or")): count = undoubled(word, count - 2)
    case UInt8(ascii: "n") where count > 6 && ends("ation"): count -= 5
    case UInt8(ascii: "n") where count > 5 && (ends("tion") || ends("sion")): count -= 3
    case UInt8(ascii: "t") where count > 7 && ends("ment"): count -= 4
    case UInt8(ascii: "y") where count > 5 && ends("ly"): count -= 2
    default: break
    }
    if count > 3, word[count - 1] == UInt8(ascii: "e") { count -= 1 }
    if count > 4, ends("ct") { count -= 1 }
    if count > 3, word[count - 1] == UInt8(ascii: "y") { word[count - 1] = UInt8(ascii: "i") }
    return count
  }

  /// `stopp` → `stop`, but `fall`, `miss` and `buzz` stay.
  private static func undoubled(_ word: [UInt8], _ count: Int) -> Int {
    guard count > 3, word[count - 1] == word[count - 2] else { return count }
    switch word[count - 1] {
    case UInt8(ascii: "l"), UInt8(ascii: "s"), UInt8(ascii: "z"): return count
    default: return count - 1
    }
  }
}

/// Hashes and what they stand for, found without the cost of a `Dictionary`.
struct StemTable {
  private var keys: [UInt64]
  private var values: [Int32]
  private(set) var count = 0

  init(capacity: Int = 16) {
    var size = 16
    while size < 2 * capacity { size *= 2 }
    keys = Array(repeating: 0, count: size)
    values = Array(repeating: -1, count: size)
  }

  init(_ pairs: some Sequence<(UInt64, Int)>) {
    self.init()
    for (key, value) in pairs { self[key] = value }
  }

  /// What a hash stands for; -1 for what was never put in. The first value put in stays.
  subscript(key: UInt64) -> Int {
    get {
      var place = Int(truncatingIfNeeded: key) & (keys.count - 1)
      while values[place] >= 0 {
        if keys[place] == key { return Int(values[place]) }
        place = (place + 1) & (keys.count - 1)
      }
      return -1
    }
    set {
      if 2 * (count + 1) > keys.count { grow() }
      var place = Int(truncatingIfNeeded: key) & (keys.count - 1)
      while values[place] >= 0 {
        if keys[place] == key { return }
        place = (place + 1) & (keys.count - 1)
      }
      keys[place] = key
      values[place] = Int32(newValue)
      count += 1
    }
  }

  private mutating func grow() {
    var larger = StemTable(capacity: keys.count)
    for place in keys.indices where values[place] >= 0 { larger[keys[place]] = Int(values[place]) }
    self = larger
  }
}
