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
    let measure: @Sendable (_ input: String?) async throws -> Measurement
  }
}

let suites: [Suite] = [chunkerSuite, readingSuite, recordsSuite, trainingSuite, productSuite, tokenizerSuite]
