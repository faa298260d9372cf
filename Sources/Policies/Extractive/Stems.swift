import Basics

/// Word forms of English folded together, cheaply: enough to see that `director` is about
/// `directed`, not to write a dictionary.
enum Stems {
  /// FNV-1a over the first bytes: the same on every machine, unlike `Hasher`.
  static func hash(_ bytes: Span<UInt8>, _ count: Int) -> UInt64 {
    var hash = FNV1a()
    precondition(count <= bytes.count, "a hash of \(count) of \(bytes.count) bytes")
    for index in 0..<count { hash.mix(bytes[unchecked: index]) }
    return hash.hash ^ (hash.hash >> 29)
  }

  /// The stem of one word, for tables made from words.
  static func stem(_ word: String) -> UInt64 {
    var bytes = Array(word.lowercased().utf8)
    var span = bytes.mutableSpan
    let length = length(of: &span, span.count)
    return hash(span.span, length)
  }

  /// How many of a lower-case word's bytes are its stem; may change the last of them.
  static func length(of word: inout MutableSpan<UInt8>, _ whole: Int) -> Int {
    guard whole > 3 else { return whole }
    var count = whole
    // Plurals and third persons.
    if word[count - 1] == s {
      switch word[count - 2] {
      case s, u, i: break
      case e:
        let third = word[count - 3]
        let isSibilant =
          third == x || third == z || third == h && (word[count - 4] == c || word[count - 4] == s)
          || third == s && word[count - 4] == s
        count -= isSibilant || third == i ? 2 : 1
      default: count -= 1
      }
    }
    // Verb forms, doers and deeds; at least three letters stay.
    switch word[count - 1] {
    case g where count > 5 && word[count - 2] == n && word[count - 3] == i: count = undoubled(word, count - 3)
    case d where count > 4 && word[count - 2] == e: count = undoubled(word, count - 2)
    case r where count > 5 && (word[count - 2] == e || word[count - 2] == o): count = undoubled(word, count - 2)
    case n where count > 5 && word[count - 2] == o && word[count - 3] == i:
      if count > 6, word[count - 4] == t, word[count - 5] == a {
        count -= 5
      } else if word[count - 4] == t || word[count - 4] == s {
        count -= 3
      }
    case t where count > 7 && word[count - 2] == n && word[count - 3] == e && word[count - 4] == m: count -= 4
    case y where count > 5 && word[count - 2] == l: count -= 2
    default: break
    }
    if count > 3, word[count - 1] == e { count -= 1 }
    if count > 4, word[count - 1] == t, word[count - 2] == c { count -= 1 }
    if count > 3, word[count - 1] == y { word[count - 1] = i }
    return count
  }

  // The letters of the endings above.
  private static var a: UInt8 { 97 }
  private static var c: UInt8 { 99 }
  private static var d: UInt8 { 100 }
  private static var e: UInt8 { 101 }
  private static var g: UInt8 { 103 }
  private static var h: UInt8 { 104 }
  private static var i: UInt8 { 105 }
  private static var l: UInt8 { 108 }
  private static var m: UInt8 { 109 }
  private static var n: UInt8 { 110 }
  private static var o: UInt8 { 111 }
  private static var r: UInt8 { 114 }
  private static var s: UInt8 { 115 }
  private static var t: UInt8 { 116 }
  private static var u: UInt8 { 117 }
  private static var x: UInt8 { 120 }
  private static var y: UInt8 { 121 }
  private static var z: UInt8 { 122 }

  /// `stopp` → `stop`, but `fall`, `miss` and `buzz` stay.
  private static func undoubled(_ word: borrowing MutableSpan<UInt8>, _ count: Int) -> Int {
    guard count > 3, word[count - 1] == word[count - 2] else { return count }
    switch word[count - 1] {
    case UInt8(ascii: "l"), UInt8(ascii: "s"), UInt8(ascii: "z"): return count
    default: return count - 1
    }
  }
}

/// A map from hashes to values, without the cost of a `Dictionary`.
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

  /// The value of a hash; -1 for an unknown hash. The first value stays.
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
