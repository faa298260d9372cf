import Foundation
import Palimpsest
import Plots

/// How a memory evolved: which chunk wrote what, what became of it, and what stems from evidence.
///
/// Time runs down. Each row is a chunk, or a run of chunks that did not change the memory; where there
/// are too many rows to read, a row also merges several that did. The left side shows what was read, how
/// strongly the gate opened, and the size of the memory; the right side shows the slots with their new
/// text. A node is a version of a slot; solid arrows say *became*, dashed ones that a slot was evicted or
/// erased, dotted ones that slots are linked. Orange is written from a chunk with evidence, pale orange
/// stems from such a version; the mark ★ says the same without colour.
///
/// Steps are added one by one, and rows are bounded: a reading of any length gives a graph of the same
/// size.
public struct EvolutionGraph: Sendable {
  /// How much is drawn; all have defaults.
  public struct Settings: Codable, Sendable, Hashable {
    /// The most rows that are drawn.
    public var rows = 24
    /// The most slots that are drawn in one row.
    public var slots = 6
    /// Characters of an excerpt.
    public var excerpt = 110

    /// At most 24 rows of 6 slots, with excerpts of 110 characters, by default.
    public init(rows: Int = 24, slots: Int = 6, excerpt: Int = 110) {
      self.rows = rows
      self.slots = slots
      self.excerpt = excerpt
    }
  }

  let question: Question
  let settings: Settings
  var rows: [EvolutionRow] = []
  /// Slots that hold something that stems from evidence.
  private var bearers: Set<Slot.ID> = []
  private(set) var budget: Budget?

  /// - Precondition: room for at least 4 rows and 1 slot.
  public init(of question: Question, settings: Settings = Settings()) {
    precondition(settings.rows >= 4 && settings.slots >= 1, "a graph of \(settings.rows) rows, \(settings.slots) slots")
    self.question = question
    self.settings = settings
  }

  /// The graph of a whole trace, as DOT.
  public static func dot(_ trace: Trace, settings: Settings = Settings()) -> String {
    var graph = EvolutionGraph(of: trace.question, settings: settings)
    for step in trace.steps { graph.add(step) }
    return graph.dot(answer: trace.answer?.reply.text, end: trace.end)
  }

  /// The graph of a whole trace, to be drawn.
  public static func figure(_ trace: Trace, named name: String, settings: Settings = Settings()) -> Figure {
    var graph = EvolutionGraph(of: trace.question, settings: settings)
    for step in trace.steps { graph.add(step) }
    return graph.figure(of: trace, named: name)
  }

  /// The graph of the added steps, to be drawn.
  ///
  /// - Parameter trace: how the reading ended; its steps are not looked at.
  public func figure(of trace: Trace, named name: String) -> Figure {
    Figure(
      name: name, caption: "How the memory changed while the text was read for “\(question.ask)”.",
      source: .dot(dot(answer: trace.answer?.reply.text, end: trace.end)))
  }

  /// Adds the next step.
  public mutating func add(_ step: Step) {
    budget = step.after.budget
    let isEvidence = question.isEvidence(step.chunk.range)
    var row = EvolutionRow(step, isEvidence: isEvidence)
    for change in step.changes {
      switch change {
      case .added(let slot), .replaced(_, let slot):
        var old: Slot?
        if case .replaced(let replaced, _) = change { old = replaced }
        let stems = isEvidence ? EvolutionRow.Stems.fromEvidence : bearers.contains(slot.id) ? .later : .nowhere
        if isEvidence { bearers.insert(slot.id) }
        row.write(slot, over: old, stems: stems)
      case .erased(let slot):
        row.lose(slot, "erased")
        bearers.remove(slot.id)
      case .evicted(let slot):
        row.lose(slot, "evicted")
        bearers.remove(slot.id)
      case .refused(let slot): row.refused.append(EvolutionRow.Lost(id: slot.id, text: slot.text ?? "", why: "refused"))
      }
    }
    if let last = rows.last, last.isIdle, row.isIdle, last.isEvidence == row.isEvidence, !last.exit {
      rows[rows.count - 1].merge(row)
    } else {
      rows.append(row)
    }
    if rows.count > 4 * settings.rows { rows = EvolutionRow.folded(rows, to: 2 * settings.rows) }
  }
}
