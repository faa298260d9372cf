import Palimpsest
import Transformers

/// A text for comparing models, and the scores of a model's surprisals on it: nats per token and bits per byte,
/// with 95 % intervals over blocks of the text.
///
///     let text = TextScores(streams, bytes: { tokenizer.bytes(of: $0)?.count ?? 0 })
///     let score = text.score(streams.map { decoder.surprisals(of: $0, span: 256) })
///     score.bitsPerByte                                  // 1.52 [1.44, 1.61]
///
/// Every model is judged on the same tokens: all but the first of each stream. Tokens of a block are not
/// independent, so blocks are resampled; for the difference of two models, both are resampled together.
public struct TextScores: Sendable {
  /// Token ids; each stream is predicted by itself.
  public let streams: [[Int]]
  /// Tokens of a block.
  public let block: Int
  private let bytes: [[Int]]

  /// - Parameters:
  ///   - block: tokens that are resampled together.
  ///   - bytes: the number of UTF-8 bytes of a token.
  public init(_ streams: [[Int]], block: Int = 128, bytes: (Int) -> Int) {
    precondition(block > 0, "blocks of \(block) tokens")
    self.streams = streams
    self.block = block
    self.bytes = streams.map { $0.dropFirst().map(bytes) }
  }

  /// How well one model predicts the text.
  public struct Score: Sendable, Codable, Hashable {
    /// In these two `n` is the number of blocks.
    public var natsPerToken: Interval
    /// -log2 p per UTF-8 byte; models of different vocabularies can be compared by it.
    public var bitsPerByte: Interval
    /// Tokens that were predicted.
    public var tokens: Int
    /// UTF-8 bytes of those tokens.
    public var bytes: Int
    /// e to the nats per token.
    public var perplexity: Double
  }

  /// - Parameter surprisals: -ln p, one per token of each stream but its first.
  public func score(_ surprisals: [[Float]]) -> Score {
    let (nats, bits) = ratios(surprisals.map { $0.map(Double.init) })
    return Score(
      natsPerToken: nats.interval, bitsPerByte: bits.interval, tokens: bytes.reduce(0) { $0 + $1.count },
      bytes: bytes.reduce(0) { $0 + $1.reduce(0, +) }, perplexity: exponential(nats.interval.value))
  }

  /// How many bits per byte the first spends more than the second.
  public func difference(_ first: [[Float]], _ second: [[Float]]) -> Interval {
    ratios(zip(first, second).map { zip($0, $1).map { Double($0) - Double($1) } }).bits.interval
  }

  private func ratios(_ nats: [[Double]]) -> (nats: StreamingRatio, bits: StreamingRatio) {
    precondition(
      nats.map(\.count) == bytes.map(\.count), "losses of \(nats.map(\.count)) tokens for \(bytes.map(\.count))")
    var (perToken, perByte) = (StreamingRatio(), StreamingRatio())
    for (index, losses) in nats.enumerated() {
      for start in stride(from: 0, to: losses.count, by: block) {
        let range = start..<min(start + block, losses.count)
        let (sum, cluster) = (losses[range].reduce(0, +), "\(index).\(start)")
        perToken.add(sum, over: Double(range.count), cluster: cluster)
        perByte.add(sum / 0.6931471805599453, over: Double(bytes[index][range].reduce(0, +)), cluster: cluster)
      }
    }
    return (perToken, perByte)
  }
}

extension TextScores {
  /// Tokens that are predicted.
  public var tokens: Int { streams.reduce(0) { $0 + max($1.count - 1, 0) } }

  /// Mean nats per token of a decoder that sees spans of the text, as `Decoder.surprisals` does.
  public func loss(of decoder: some Backbone, span: Int) -> Float {
    let total = streams.reduce(0.0) { sum, stream in
      decoder.surprisals(of: stream, span: span).reduce(sum) { $0 + Double($1) }
    }
    return Float(total / Double(max(tokens, 1)))
  }
}
