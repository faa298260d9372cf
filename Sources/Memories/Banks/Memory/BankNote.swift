import Palimpsest

/// An operation as a trace names it, in the reason of an edit: `supersede 3 → 7, merge`.
///
/// What an operation wrote stands in the slot of the edit; the note says what it was, what it was about and who asked.
/// Graphs and tables of a trace's log are made of these.
public struct BankNote: Sendable, Hashable {
  public var kind: BankOperation.Kind
  /// The entries it was about.
  public var targets: [MemoryEntry.ID]
  /// The entries it made.
  public var made: [MemoryEntry.ID]
  /// The strategy that asked for it.
  public var cause: String

  /// - Parameter made: ids of new entries.
  public init(_ kind: BankOperation.Kind, _ targets: [MemoryEntry.ID], made: [MemoryEntry.ID] = [], cause: String = "")
  {
    self.kind = kind
    self.targets = targets
    self.made = made
    self.cause = cause
  }

  init(_ record: BankRecord) {
    self.init(record.operation.kind, record.operation.targets, made: record.made, cause: record.cause)
  }

  /// On one line.
  public var text: String {
    let ids = { (ids: [Int]) in ids.map { " \($0)" }.joined() }
    return kind.rawValue + ids(targets) + (made.isEmpty ? "" : " →" + ids(made)) + (cause.isEmpty ? "" : ", " + cause)
  }

  /// The note of an edit's reason; nil where another memory wrote it.
  public init?(_ text: String) {
    let parts = text.split(separator: ",", maxSplits: 1).map(String.init)
    guard let head = parts.first else { return nil }
    let words = head.split(separator: " ").map(String.init)
    guard let name = words.first, let kind = BankOperation.Kind(rawValue: name) else { return nil }
    let arrow = words.firstIndex(of: "→") ?? words.count
    let targets = words[1..<arrow].map { Int($0) }
    let made = words.dropFirst(arrow + 1).map { Int($0) }
    guard !targets.contains(nil), !made.contains(nil) else { return nil }
    self.init(
      kind, targets.compactMap { $0 }, made: made.compactMap { $0 },
      cause: parts.count > 1 ? BankLanguage.trimmed(parts[1]) : "")
  }
}

extension Trace {
  /// The operations of a bank in this trace, with the index of their chunk: what a graph of its evolution draws.
  ///
  /// An operation that changed several entries stands once. Empty for other memories.
  public var bankNotes: [(step: Int, note: BankNote)] {
    steps.flatMap { step -> [(step: Int, note: BankNote)] in
      var seen: Set<BankNote> = []
      return step.draft.edits.compactMap { edit in
        let reason: String? =
          switch edit {
          case .write(_, let because), .erase(_, let because): because
          case .touch: nil
          }
        guard let note = reason.flatMap({ BankNote($0) }), seen.insert(note).inserted else { return nil }
        return (step.chunk.index, note)
      }
    }
  }
}
