import Palimpsest
import Testing

@Suite struct `An even sample` {
  /// One article of 200 questions, one of 20 and one of 2, as files have them.
  static let clusters = Array(repeating: "large", count: 200) + Array(repeating: "small", count: 20) + ["two", "two"]

  private func counts(_ limit: Int, seed: UInt64 = 1) -> [String: Int] {
    let sample = evenSample(of: Self.clusters, limit: limit, seed: seed)
    return Dictionary(sample.map { (Self.clusters[$0], 1) }, uniquingKeysWith: +)
  }

  @Test func `takes as many of each cluster as it can`() {
    #expect(counts(3) == ["large": 1, "small": 1, "two": 1])
    #expect(counts(6) == ["large": 2, "small": 2, "two": 2])
    #expect(counts(12) == ["large": 5, "small": 5, "two": 2])
    #expect(counts(100) == ["large": 78, "small": 20, "two": 2])
    #expect(counts(222) == ["large": 200, "small": 20, "two": 2])
    #expect(counts(0).isEmpty && counts(1000)["large"] == 200)
  }

  @Test func `is part of a larger one, each question once and in order`() {
    var larger = evenSample(of: Self.clusters, limit: 222, seed: 4)
    for limit in (0..<222).reversed() {
      let sample = evenSample(of: Self.clusters, limit: limit, seed: 4)
      #expect(sample.count == limit && sample == sample.sorted() && Set(sample).isSubset(of: larger))
      larger = sample
    }
  }

  @Test func `is drawn by the seed, and not the first questions`() {
    let sample = evenSample(of: Self.clusters, limit: 30, seed: 1)
    #expect(sample != evenSample(of: Self.clusters, limit: 30, seed: 2))
    #expect(sample == evenSample(of: Self.clusters, limit: 30, seed: 1))
    #expect(sample.prefix(10) != [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  }

  @Test func `lets every question have another document's memory`() {
    let sample = evenSample(of: Self.clusters, limit: 4, seed: 1).map { Self.clusters[$0] }
    #expect(derangement(of: sample, seed: 1) != nil)
    #expect(derangement(of: Array(Self.clusters.prefix(4)), seed: 1) == nil)
  }

  @Test func `is what a task without a method of its own gives under a limit`() throws {
    let questions = Array(try Repeating().questions(seed: 3, limit: 5))
    #expect(questions.count == 5 && Set(questions.map(\.cluster)).count == 3)
    #expect(questions.map(\.id) == evenSample(of: Self.clusters, limit: 5, seed: 3).map { "\($0)" })
    #expect(Array(try Repeating().questions(seed: 3, limit: nil)).count == 222)
  }

  private struct Repeating: ReadingTask {
    func questions(seed: UInt64) -> any Sequence<Question> {
      `An even sample`.clusters.enumerated().lazy.map {
        Question(id: "\($0)", ask: "?", cluster: $1, source: .text("text"))
      }
    }
  }
}
