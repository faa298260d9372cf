import Palimpsest
import Testing

@Suite struct `A seeded generator` {
  @Test func `is FNV-1a and SplitMix64, as computed elsewhere`() {
    // From an independent Python version of both.
    var random = SeededGenerator(seed: 1, session: "q7", step: 3, purpose: "gate")
    let wanted: [UInt64] = [0x8ed6_81df_55f5_043c, 0xad2f_2777_9054_ea63, 0x6bde_a4d2_a566_bc73]
    #expect([random.next(), random.next(), random.next()] == wanted)
    var zero = SeededGenerator(seed: 0, purpose: "")
    #expect(zero.next() == 0x7d7d_3ec6_a944_fe94)
  }

  @Test func `differs where any of its four differs, and fields do not run together`() {
    let all = [
      SeededGenerator(seed: 1, session: "ab", step: 1, purpose: "c"),
      SeededGenerator(seed: 2, session: "ab", step: 1, purpose: "c"),
      SeededGenerator(seed: 1, session: "a", step: 1, purpose: "bc"),
      SeededGenerator(seed: 1, session: "ab", step: 2, purpose: "c"),
      SeededGenerator(seed: 1, session: "ab", step: 1, purpose: "d"),
      SeededGenerator(seed: 1, session: "abc", step: 1, purpose: ""),
    ].map { generator in
      var generator = generator
      return generator.next()
    }
    #expect(Set(all).count == all.count)
  }
}

@Suite struct `A derangement` {
  @Test(arguments: 0..<50)
  func `gives each question another document's, each once`(_ seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed), purpose: "clusters")
    let clusters = (0..<Int.random(in: 2...30, using: &random)).map { _ in
      "c\(Int.random(in: 0..<12, using: &random))"
    }
    let largest = Dictionary(grouping: clusters, by: \.self).values.map(\.count).max() ?? 0
    let others = derangement(of: clusters, seed: UInt64(seed))
    guard 2 * largest <= clusters.count else {
      #expect(others == nil, "more than half share a document")
      return
    }
    let found = try #require(others)
    #expect(found.sorted() == Array(clusters.indices))
    #expect(clusters.indices.allSatisfy { clusters[$0] != clusters[found[$0]] })
    #expect(derangement(of: clusters, seed: UInt64(seed)) == found)
  }

  @Test func `of one question cannot be`() {
    #expect(derangement(of: ["a"], seed: 1) == nil)
    #expect(derangement(of: ["a", "a"], seed: 1) == nil)
    #expect(derangement(of: ["a", "b"], seed: 1) == [1, 0])
    #expect(derangement(of: [], seed: 1) == [])
  }
}
