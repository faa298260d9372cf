/// The random numbers of Python's module `random`, as far as published permutations need them: the Mersenne Twister of
/// Matsumoto and Nishimura (1998), seeded and drawn from as CPython does.
struct PythonRandom {
  private var state = [UInt32](repeating: 0, count: 624)
  private var place = 624

  /// `random.Random(seed)` for a small whole number.
  init(seed: UInt32) {
    state[0] = 19_650_218
    for index in 1..<624 {
      state[index] = 1_812_433_253 &* (state[index - 1] ^ state[index - 1] >> 30) &+ UInt32(index)
    }
    // init_by_array with a key of one word.
    var index = 1
    func mixed(_ factor: UInt32) -> UInt32 { state[index] ^ (state[index - 1] ^ state[index - 1] >> 30) &* factor }
    func advance() {
      index += 1
      guard index == 624 else { return }
      state[0] = state[623]
      index = 1
    }
    for _ in 0..<624 {
      state[index] = mixed(1_664_525) &+ seed
      advance()
    }
    for _ in 0..<623 {
      state[index] = mixed(1_566_083_941) &- UInt32(index)
      advance()
    }
    state[0] = 0x8000_0000
  }

  private mutating func next() -> UInt32 {
    if place == 624 {
      for index in 0..<624 {
        let pair = state[index] & 0x8000_0000 | state[(index + 1) % 624] & 0x7FFF_FFFF
        state[index] = state[(index + 397) % 624] ^ pair >> 1 ^ (pair & 1 == 0 ? 0 : 0x9908_B0DF)
      }
      place = 0
    }
    var word = state[place]
    place += 1
    word ^= word >> 11
    word ^= word << 7 & 0x9D2C_5680
    word ^= word << 15 & 0xEFC6_0000
    return word ^ word >> 18
  }

  /// `randbelow`: a number below a bound of at most 32 bits.
  private mutating func next(below bound: Int) -> Int {
    let bits = Int.bitWidth - bound.leadingZeroBitCount
    while true {
      let drawn = Int(next() >> UInt32(32 - bits))
      if drawn < bound { return drawn }
    }
  }

  /// `random.shuffle`.
  mutating func shuffle<Element>(_ list: inout [Element]) {
    guard list.count > 1 else { return }
    for last in stride(from: list.count - 1, through: 1, by: -1) { list.swapAt(last, next(below: last + 1)) }
  }
}
