import Basics
import Palimpsest

/// Follows the facts that prove an answer through a reading, step by step: the chunks at which each fact
/// was read, written and lost, and whether it is held at the end.
///
/// Steps are not kept, so a reading may have any length. `Survival` defines what holding means.
public struct FactLives: Sendable {
  /// What became of one fact so far.
  public struct Life: Sendable, Hashable {
    /// UTF-8 range of the text.
    public var range: Range<Int>
    /// The known part of the fact, at most its first 4096 bytes.
    public var text: String
    /// Index of the chunk with the end of the fact; nil where it was not read.
    public var read: Int?
    /// Index of the first chunk after which the memory held the fact; nil where it never did.
    public var written: Int?
    /// Index of the first chunk at which the memory lost the fact again; nil where it never did.
    public var lost: Int?
    /// Whether the memory holds the fact after the last step that was added.
    public var isHeld: Bool
    /// Whether it was read but its words are unknown, or the memory held vectors or rows, so that the rest cannot
    /// be decided.
    public var isWithoutText: Bool
  }

  private struct Following {
    var text: EvidenceText
    var pairs: [[String]] = []
    var written: Int?
    var lost: Int?
    var isHeld = false
  }

  private var following: [Following]
  private let threshold: Double
  /// The word pairs of the memory after the last step; nil where they have not been looked at.
  private var page: Set<[String]>?
  /// Whether the memory held more than text after a step.
  private var isUnseen = false

  /// - Parameters:
  ///   - proofs: the bytes of the evidence, range by range, where they are known beforehand
  ///     (`Question.proofs`); empty ranges are joined from the chunks.
  ///   - threshold: share of a fact's word pairs that must be in the memory.
  public init(of question: Question, proofs: [[UInt8]] = [], threshold: Double = 0.5) {
    precondition(0 < threshold && threshold <= 1, "a share of \(threshold) of a fact's word pairs")
    self.threshold = threshold
    following = EvidenceText.sought(by: question).map { Following(text: $0) }
    for (index, proof) in proofs.prefix(following.count).enumerated() {
      following[index].text.bytes = Array(proof.prefix(EvidenceText.limit))
    }
  }

  /// Takes the next step. Steps must come in order, each once.
  public mutating func add(_ step: Step) {
    guard !following.isEmpty else { return }
    if !step.after.isText { isUnseen = true }
    var isNew = step.changes.contains(where: \.isEffective)
    if isNew { page = nil }
    for index in following.indices where following[index].text.readAt == nil {
      following[index].text.take(step.chunk, at: step.chunk.index)
      guard following[index].text.isWhole else { continue }
      following[index].pairs = pairs(of: following[index].text.text.lowercasedWords)
      isNew = true
    }
    // Between two writes no fact becomes held or lost.
    guard isNew, following.contains(where: { !$0.pairs.isEmpty }) else { return }
    let page = page ?? Set(pairs(of: step.after.text.lowercasedWords))
    self.page = page
    for index in following.indices where !following[index].pairs.isEmpty {
      let fact = following[index]
      let isHeld = Double(fact.pairs.count { page.contains($0) }) >= threshold * Double(fact.pairs.count)
      following[index].isHeld = isHeld
      if isHeld, fact.written == nil { following[index].written = step.chunk.index }
      if !isHeld, fact.written != nil, fact.lost == nil { following[index].lost = step.chunk.index }
    }
  }

  /// The life of each fact so far.
  public var lives: [Life] {
    following.map {
      Life(
        range: $0.text.range, text: $0.text.text, read: $0.text.readAt, written: $0.written, lost: $0.lost,
        isHeld: $0.isHeld, isWithoutText: $0.text.isWithoutText || isUnseen)
    }
  }
}

extension Question {
  /// The bytes of the evidence, range by range, read again from the question's source: for readings
  /// whose log kept no text. Empty where the text cannot be read again.
  public func proofs() async -> [[UInt8]] {
    guard case .text(let source) = source else { return [] }
    var proofs: [[UInt8]] = []
    for text in EvidenceText.sought(by: self) {
      let start = text.range.lowerBound
      // Without a source the words stay unknown, and the lives say so.
      proofs.append((try? await source.bytes(in: start..<start + min(text.range.count, EvidenceText.limit))) ?? [])
    }
    return proofs
  }
}
