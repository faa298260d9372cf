import Palimpsest

extension TracePage {
  /// A trace under construction for a page: steps are added one by one, and memory is bounded for any number
  /// of them.
  ///
  /// A long reading is shown in part. Steps that met evidence are kept first, then those that changed the
  /// memory, then the rest. Of the least informative kind that does not fit, every second step is left
  /// out, then every second of the rest, so that the shown steps lie evenly over the reading. The first
  /// and the last step are always shown. Each step is shown with the memory state of that step, even where
  /// steps before it were left out.
  public struct Reading: Sendable {
    private enum Rank: Int, CaseIterable { case rest, change, evidence }

    private struct Kept {
      var step: PageStep
      var rank: Rank
      /// The number of earlier steps of its rank.
      var ordinal: Int
      /// The memory's text after the step; neighbours with the same text share it.
      var memory: String
      /// Bytes of the chunk's text that is still to come.
      var awaited: Int
    }

    private let question: Question
    private let settings: Settings
    /// The number of added steps.
    public private(set) var count = 0
    private var kept: [Kept] = []
    /// The last step; a later step decides whether it is kept.
    private var last: Kept?
    private var memory = ""
    /// What the memory held after the newest step.
    private var slots: [Slot] = []
    /// Per rank, the number of steps so far, and the stride at which steps are kept.
    private var ordinals = [Int](repeating: 0, count: Rank.allCases.count)
    private var strides = [Int](repeating: 1, count: Rank.allCases.count)
    private var bytes = 0

    /// - Precondition: room for at least 2 steps.
    public init(of question: Question, settings: Settings = Settings()) {
      precondition(settings.steps >= 2 && settings.characters > 0, "a page of \(settings.steps) steps")
      self.question = question
      self.settings = settings
    }

    /// Adds the next step.
    public mutating func add(_ step: Step) {
      admitLast()
      if count == 0 || step.changes.contains(where: \.isEffective) {
        memory = PageText.of(step.after, settings.characters)
      }
      let shown = PageStep(step, of: question, from: slots, memory: memory, settings.characters)
      slots = step.after.slots
      let rank: Rank = shown.e || shown.x ? .evidence : shown.u ? .change : .rest
      var awaited = 0
      if case .text(let text) = step.chunk.content, text.isEmpty {
        awaited = min(step.chunk.range.count, settings.characters)
      }
      last = Kept(step: shown, rank: rank, ordinal: ordinals[rank.rawValue], memory: memory, awaited: awaited)
      ordinals[rank.rawValue] += 1
      count += 1
    }

    private mutating func admitLast() {
      guard let step = last else { return }
      last = nil
      guard kept.isEmpty || step.ordinal % strides[step.rank.rawValue] == 0 else { return }
      bytes += room(for: step, behind: kept.last)
      kept.append(step)
      // One place is the last step's.
      while kept.count > settings.steps - 1 || bytes > settings.bytes {
        let thinned = Rank.allCases.first { rank in kept.dropFirst().count { $0.rank == rank } > 1 }
        guard let rank = thinned else { return }
        strides[rank.rawValue] *= 2
        let stride = strides[rank.rawValue]
        kept = kept.prefix(1) + kept.dropFirst().filter { $0.rank != rank || $0.ordinal % stride == 0 }
        bytes = 0
        for index in kept.indices { bytes += room(for: kept[index], behind: index > 0 ? kept[index - 1] : nil) }
      }
    }

    private func room(for step: Kept, behind other: Kept?) -> Int {
      step.step.bytes + step.awaited + (step.memory == other?.memory ? 0 : step.memory.utf8.count)
    }

    /// The shown steps, each with the memory's text where it differs from the one before.
    var shown: [PageStep] {
      var steps: [PageStep] = []
      var before: String?
      for one in kept + [last].compactMap({ $0 }) {
        var step = one.step
        step.p = one.memory == before ? nil : PageString(one.memory)
        before = one.memory
        steps.append(step)
      }
      return steps
    }

    /// Reads the texts of the shown chunks from the question's source: for readings whose log kept
    /// ranges only. Where the text cannot be read again, the chunks are shown without it.
    public mutating func takeTexts(from source: Source) async {
      guard case .text(let source) = source else { return }
      for index in kept.indices { await take(&kept[index], from: source) }
      if last != nil { await take(&last!, from: source) }
    }

    private func take(_ one: inout Kept, from source: any TextSource) async {
      // A text that cannot be read again does not prevent the page.
      guard one.awaited > 0, let bytes = try? await source.bytes(in: one.step.a..<one.step.b),
        bytes.count == one.step.b - one.step.a
      else { return }
      one.step.show(String(decoding: bytes, as: UTF8.self), evidence: question.evidence, settings.characters)
    }
  }
}
