import Palimpsest
import Testing

@Suite struct `A ratio of sums` {
  @Test func `weighs blocks by what they are`() {
    var ratio = StreamingRatio()
    ratio.add(2, over: 1, cluster: "a")
    ratio.add(30, over: 3, cluster: "b")
    #expect(ratio.interval.value == 8 && ratio.interval.n == 2)
  }

  @Test func `is certain where all blocks agree`() {
    var ratio = StreamingRatio()
    for block in 1...30 { ratio.add(Double(3 * block), over: Double(block), cluster: "\(block)") }
    #expect(ratio.interval == Interval(3, 3, 3, n: 30))
  }

  /// 400 blocks of one with mean 0.5 and deviation 0.5: the normal interval is ±1.96 · 0.5 / 20 = ±0.049.
  @Test func `has the interval of a mean where all blocks weigh the same`() throws {
    var random = SeededGenerator(seed: 2, purpose: "blocks")
    var ratio = StreamingRatio()
    for block in 0..<400 { ratio.add(Bool.random(using: &random) ? 1 : 0, over: 1, cluster: "\(block)") }
    let interval = ratio.interval
    let (width, range) = (try interval.width, try #require(interval.range))
    #expect((0.08...0.12).contains(width) && range.contains(interval.value))
  }

  @Test func `depends on no order, and of nothing is 0`() {
    var (there, back) = (StreamingRatio(), StreamingRatio())
    for block in 0..<9 { there.add(Double(block), over: 2, cluster: "\(block)") }
    for block in (0..<9).reversed() { back.add(Double(block), over: 2, cluster: "\(block)") }
    #expect(there.interval == back.interval)
    #expect(StreamingRatio().interval == Interval(0, nil, nil, n: 0))
  }

  @Test func `of one block has no interval`() {
    var ratio = StreamingRatio()
    for part in 1...5 { ratio.add(Double(part), over: 2, cluster: "block") }
    #expect(ratio.interval == Interval(1.5, nil, nil, n: 5, clusters: 1))
  }
}
