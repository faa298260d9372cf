/// What is measured together. To add one: a file with a value of this type, a line in `suites`, and,
/// where there are peers, `Tests/Benchmarks/NAME.py`, which runs `bench NAME FIGURE` and the peer in
/// turns.
struct Suite: Sendable {
  let name: String
  /// In a sentence: of what, in which unit.
  let summary: String
  /// The figures in the order they are printed.
  let figures: [Figure]

  struct Figure: Sendable {
    let name: String
    /// - Parameter input: a file to measure on; nil takes what every machine has.
    let measure: @Sendable (_ input: String?) async throws -> [Measurement]

    init(name: String, measure: @escaping @Sendable (_ input: String?) async throws -> Measurement) {
      self.init(name: name, several: { [try await measure($0)] })
    }

    /// What is measured on the way to one another: a line each.
    init(name: String, several measure: @escaping @Sendable (_ input: String?) async throws -> [Measurement]) {
      self.name = name
      self.measure = measure
    }
  }
}

let suites: [Suite] = [
  chunkerSuite, readingSuite, recordsSuite, trainingSuite, productSuite, tokenizerSuite, decoderSuite, ggufSuite,
  questionSuite, miniatureSuite, neighbourSuite, rowMemorySuite,
]
