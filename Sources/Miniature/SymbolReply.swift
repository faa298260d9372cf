import Palimpsest
import Tasks

/// What a tiny model writes at a chunk.
public enum SymbolForm: String, Choice {
  /// The new page in full: `w … end` (MemAgent, arXiv:2507.02259).
  case page
  /// The update gate, and the page where it is open: `yes w … end` or `no end`.
  case update
  /// The same with the exit gate behind it: `yes w … end go`, `no end halt` (GRU-Mem, arXiv:2602.10560). Each gate is
  /// one token.
  case gates

  /// Whether the reply states an update gate.
  public var isGated: Bool { self != .page }

  /// The tokens that end a reply.
  public var ends: Set<Int> {
    self == .gates ? [Mark.go.rawValue, Mark.halt.rawValue] : [Mark.end.rawValue]
  }
}

/// A reply at a chunk: the page, and what its gates say.
public struct SymbolReply: Sendable, Hashable {
  /// Whether the page is written.
  public var updates: Bool
  /// The new page; empty where nothing is written.
  public var page: [Int]
  /// Whether the page suffices.
  public var exits: Bool

  /// A reply that writes a page, or none.
  public init(updates: Bool, page: [Int] = [], exits: Bool = false) {
    self.updates = updates
    self.page = page
    self.exits = exits
  }

  /// Reads a reply.
  ///
  /// Any tokens are a page of the form `page`. The other forms are strict: one gate first, no page behind a shut one,
  /// one end, and behind it the exit gate or nothing.
  ///
  /// - Parameter limit: tokens of the longest page.
  /// - Returns: nil for a malformed reply.
  public init?(_ tokens: [Int], form: SymbolForm, limit: Int) {
    let end = tokens.firstIndex(of: Mark.end.rawValue)
    guard form.isGated else {
      self.init(updates: true, page: Array(tokens[..<(end ?? tokens.count)].prefix(limit)))
      return
    }
    guard let end, let first = tokens.first, end > 0 else { return nil }
    let page = Array(tokens[1..<end])
    let tail = Array(tokens[(end + 1)...])
    switch Mark(rawValue: first) {
    case .yes: guard page.count <= limit else { return nil }
    case .no: guard page.isEmpty else { return nil }
    default: return nil
    }
    switch form {
    case .gates: guard tail == [Mark.go.rawValue] || tail == [Mark.halt.rawValue] else { return nil }
    default: guard tail.isEmpty else { return nil }
    }
    self.init(updates: first == Mark.yes.rawValue, page: page, exits: tail == [Mark.halt.rawValue])
  }

  /// The reply as it is written.
  public func tokens(form: SymbolForm) -> [Int] {
    guard form.isGated else { return page + [Mark.end.rawValue] }
    let gate = updates ? [Mark.yes.rawValue] + page : [Mark.no.rawValue]
    return gate + [Mark.end.rawValue] + (form == .gates ? [exits ? Mark.halt.rawValue : Mark.go.rawValue] : [])
  }
}

/// What decides about the update gate of a reading, and with `evidence` about its exit too: the controls of a learned
/// gate.
public enum SymbolGate: Sendable, Hashable, Codable {
  /// The reply.
  case reply
  /// A draw with this probability of writing, from the call's identity. The model writes the rest of the reply.
  case random(Double)
  /// Whether the chunk holds evidence; the reading ends at the last such chunk.
  case evidence
}
