import Palimpsest

/// Whether the memory was written at the chunks with evidence, and only there.
///
/// The credit of a step is GRU-Mem's r^update: +1 when the gate was open exactly if the chunk holds
/// evidence, else -1. The score is the share of right decisions among the chunks that are judged;
/// without any it is 0 for chunks with evidence (none was written) and 1 for the others.
///
/// A gate is open at strength 0.5 and above. A chunk that holds a part of cut evidence holds evidence.
///
/// Source: GRU-Mem (arXiv:2602.10560), Eq. 8, and the gate accuracies of its Figure 8.
public struct GateVerifier: Verifier {
  /// Which chunks are judged: all, those with evidence, or those without.
  public enum Chunks: String, Choice { case all, evidence, rest }

  /// Which chunks are judged, and which evidence counts.
  public struct Settings: Codable, Sendable {
    /// Which chunks are judged.
    public var on = Chunks.all
    /// Only evidence that a forward-only reader can recognise when it meets it counts.
    public var causal = false

    /// All chunks are judged against all evidence by default.
    public init(on: Chunks = .all, causal: Bool = false) {
      self.on = on
      self.causal = causal
    }
  }

  /// Which chunks are judged, and which evidence counts.
  public var settings: Settings

  /// All chunks are judged against all evidence by default.
  public init(_ settings: Settings = Settings()) { self.settings = settings }

  /// - Throws: `VerifierError` for a question without evidence, or a trace without all its steps.
  public func verify(_ trace: Trace) throws -> Verdict {
    let question = trace.question
    let evidence = settings.causal ? question.causalEvidence : question.evidence
    guard !evidence.isEmpty else { throw VerifierError.noEvidence(question: question.id) }
    try trace.checkSteps()
    var credits: [Int: Double] = [:]
    for step in trace.steps {
      let holds = evidence.contains { $0.overlaps(step.chunk.range) }
      switch settings.on {
      case .all: break
      case .evidence: guard holds else { continue }
      case .rest: guard !holds else { continue }
      }
      credits[step.chunk.index] = GatedReward.update(isOpen: step.decision.write >= 0.5, holdsEvidence: holds)
    }
    let right = credits.values.count { $0 > 0 }
    guard !credits.isEmpty else {
      return Verdict(settings.on == .rest ? 1 : 0, note: "no chunk of this kind was read")
    }
    return Verdict(Double(right) / Double(credits.count), credits: credits)
  }
}

/// Whether the reading ended at the right chunk: -0.75 before the last evidence, 0 at the chunk in
/// which the evidence ends, -0.5 later. A reading without an exit ends with the last chunk.
///
/// Source: GRU-Mem (arXiv:2602.10560), Eq. 9. A failed reading counts as ended where it stopped.
public struct ExitVerifier: Verifier {
  public init() {}

  /// - Throws: `VerifierError.noEvidence` for a question without evidence.
  public func verify(_ trace: Trace) throws -> Verdict {
    guard let end = trace.question.evidence.map(\.upperBound).max() else {
      throw VerifierError.noEvidence(question: trace.question.id)
    }
    guard let last = trace.steps.last else { return Verdict(GatedReward.exit(.early), note: "early") }
    let range = last.chunk.range
    let timing: GatedReward.Timing = range.upperBound < end ? .early : range.lowerBound < end ? .exact : .late
    let reward = GatedReward.exit(timing)
    return Verdict(reward, credits: [last.chunk.index: reward], note: timing.rawValue)
  }
}

/// 1 when every turn's reply followed its form, else 0; a failed reading scores 0.
///
/// Source: GRU-Mem (arXiv:2602.10560), Eq. 10.
public struct FormatVerifier: Verifier {
  public init() {}

  /// Credit -1 for each step with a malformed reply; a trace without all its steps has the score alone.
  public func verify(_ trace: Trace) -> Verdict {
    if case .failed = trace.end { return trace.failureVerdict() }
    let credits = trace.steps.reduce(into: [Int: Double]()) { credits, step in
      if step.draft.signals.isMalformed { credits[step.chunk.index] = -1 }
    }
    let count = trace.tally.malformed
    return Verdict(count == 0 ? 1 : 0, credits: credits, note: count == 0 ? "" : "\(count) malformed")
  }
}

extension Trace {
  func checkSteps() throws {
    guard steps.count == tally.steps else {
      throw VerifierError.stepsMissing(question: question.id, kept: steps.count, of: tally.steps)
    }
  }
}
