import Palimpsest

/// What a trace shows of one range of evidence.
struct EvidenceText {
  var range: Range<Int>
  /// As much of it as was read, at most `limit` bytes.
  var bytes: [UInt8] = []
  /// Index into the trace's steps where its last byte was read.
  var readAt: Int?

  /// Longer evidence is judged by its front.
  static let limit = 4096
  /// At most this many ranges of one question are followed.
  static let count = 64

  /// Whether it was read to its end and its text is at hand; a trace from a log may have ranges only.
  var isWhole: Bool { readAt != nil && !isWithoutText }
  var isWithoutText: Bool { readAt != nil && bytes.count < min(range.count, Self.limit) }
  var text: String { String(decoding: bytes, as: UTF8.self) }
}

extension EvidenceText {
  /// The ranges of a question that are followed, nothing read of them yet.
  static func sought(by question: Question) -> [EvidenceText] {
    question.evidence.filter { !$0.isEmpty }.prefix(count).map { EvidenceText(range: $0) }
  }

  /// Takes in what a chunk shows of it, whether borders cut it or chunks overlap.
  ///
  /// - Parameter position: what is noted where the chunk holds its last byte.
  mutating func take(_ chunk: Chunk, at position: Int) {
    guard readAt == nil, range.overlaps(chunk.range), case .text(let text) = chunk.content else { return }
    let wanted = min(range.count, Self.limit)
    let here = range.lowerBound + bytes.count
    if here >= chunk.range.lowerBound, bytes.count < wanted {
      bytes += text.utf8.dropFirst(here - chunk.range.lowerBound).prefix(wanted - bytes.count)
    }
    if range.upperBound <= chunk.range.upperBound { readAt = position }
  }
}

extension Trace {
  /// The question's evidence, joined from the chunks.
  func evidenceTexts() -> [EvidenceText] {
    var facts = EvidenceText.sought(by: question)
    for (position, step) in steps.enumerated() {
      for index in facts.indices { facts[index].take(step.chunk, at: position) }
    }
    return facts
  }
}
