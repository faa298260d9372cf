import Palimpsest

/// RULER's variable tracking: a chain of five variables among lines of noise, and a worked example before it.
struct VariableChains: RulerFamily {
  let step: Int
  let hay = "noise"
  /// Units of noise in the worked example, and where the chain stands among them.
  private let example: (noise: Int, places: [Int])

  static let hops = 4
  private static let noise = "The grass is green. The sky is blue. The sun is yellow. Here we go. There and back again."
  private static let exampleTokens = 500

  init(tokens: Int, tokenizer: any Tokenizer, seed: UInt64) {
    step = tokens < 4096 ? 5 : 10
    let generator = SeededGenerator(seed: seed, purpose: "ruler.vt.example")
    // The example is made once, as long as 500 tokens allow, with names of three letters and the value 12345.
    var names = generator
    let chain = Self.chain(letters: 3, using: &names)
    func example(of noise: Int) -> [Int] {
      var places = generator
      return distinct(chain.count, of: 0..<noise, using: &places)
    }
    let noise = largestSize(within: Self.exampleTokens, from: 5, hint: 12) { noise in
      tokenizer.count(Self.solved(chain, value: "12345", noise: noise, at: example(of: noise)))
    }
    self.example = (noise ?? 5, example(of: noise ?? 5))
  }

  func sample(_ index: Int, size: Int, using generator: inout SeededGenerator) -> RulerSample {
    let names = Self.chain(letters: 5, using: &generator)
    let value = Self.value(using: &generator)
    let shown = Self.chain(letters: 3, using: &generator)
    var other = Self.value(using: &generator)
    while other == value { other = Self.value(using: &generator) }
    let places = distinct(names.count, of: 0..<size, using: &generator)
    let (context, evidence) = Self.context(names, value: value, noise: size, at: places)
    let question = "Find all variables that are assigned the value \(value) in the text above."
    return RulerSample(
      kind: .variables, index: index,
      before: Self.solved(shown, value: other, noise: example.noise, at: example.places) + "\n" + Self.instruction,
      context: context, after: "\nQuestion: \(question)", ask: question, answerPrefix: Self.prefix(value),
      outputs: names, evidence: evidence, size: size)
  }

  private static let instruction =
    "Memorize and track the chain(s) of variable assignment hidden in the following text.\n\n"

  private static func prefix(_ value: String) -> String {
    " Answer: According to the chain(s) of variable assignment in the text above, \(hops + 1) variables are assigned "
      + "the value \(value), they are: "
  }

  /// The worked example with its answer.
  private static func solved(_ names: [String], value: String, noise: Int, at places: [Int]) -> String {
    instruction + context(names, value: value, noise: noise, at: places).text
      + "\nQuestion: Find all variables that are assigned the value \(value) in the text above." + prefix(value) + " "
      + names.joined(separator: " ") + "\n"
  }

  private static func context(
    _ names: [String], value: String, noise: Int, at places: [Int]
  ) -> (text: String, evidence: [Range<Int>]) {
    var lines = [String](repeating: Self.noise, count: noise)
    var text: [UInt8] = []
    var evidence: [Range<Int>] = []
    let chain = names.indices.map {
      $0 == 0 ? "VAR \(names[0]) = \(value)" : "VAR \(names[$0]) = VAR \(names[$0 - 1]) "
    }
    for (offset, (place, link)) in zip(places, chain).enumerated() { lines.insert(link, at: place + offset) }
    for line in lines {
      if !text.isEmpty { text.append(UInt8(ascii: "\n")) }
      if line.hasPrefix("VAR ") {
        evidence.append(text.count..<text.count + line.utf8.reversed().drop { $0 == 0x20 }.count)
      }
      text += line.utf8
    }
    return (String(decoding: text, as: UTF8.self), evidence)
  }

  /// Names of capital letters, all different.
  private static func chain(letters: Int, using generator: inout SeededGenerator) -> [String] {
    var names: [String] = []
    while names.count <= hops {
      let name = String(
        decoding: (0..<letters).map { _ in UInt8.random(in: 65...90, using: &generator) }, as: UTF8.self)
      if !names.contains(name) { names.append(name) }
    }
    return names
  }

  /// NumPy's upper bound 99,999 is exclusive.
  private static func value(using generator: inout SeededGenerator) -> String {
    String(Int.random(in: 10_000...99_998, using: &generator))
  }
}
