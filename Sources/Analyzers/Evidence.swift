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

extension Trace {
  /// The question's evidence put together from the chunks, whether borders cut it or chunks overlap.
  func evidenceTexts() -> [EvidenceText] {
    var facts = question.evidence.filter { !$0.isEmpty }.prefix(EvidenceText.count).map { EvidenceText(range: $0) }
    for (position, step) in steps.enumerated() {
      guard case .text(let text) = step.chunk.content else { continue }
      let chunk = step.chunk.range
      for index in facts.indices where facts[index].readAt == nil && facts[index].range.overlaps(chunk) {
        let range = facts[index].range
        let wanted = min(range.count, EvidenceText.limit)
        let here = range.lowerBound + facts[index].bytes.count
        if here >= chunk.lowerBound, facts[index].bytes.count < wanted {
          let from = here - chunk.lowerBound
          let piece = text.utf8.dropFirst(from).prefix(wanted - facts[index].bytes.count)
          facts[index].bytes += piece
        }
        if range.upperBound <= chunk.upperBound { facts[index].readAt = position }
      }
    }
    return facts
  }
}
