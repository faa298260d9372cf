import Palimpsest

/// A change of a memory bank: the one way to change it.
///
/// An operation names what is wanted; the bank decides whether it can be done and says why not. The requests
/// UPDATE and DELETE of learned policies become `revise` and `supersede` or `archive`, so that they lose no history;
/// `delete` and `purge` lose something for good, and need a right.
public enum BankOperation: Sendable, Codable, Hashable {
  case add(EntryContent)
  /// The entry keeps its id and gets a new version; the former one stays as an entry of its own.
  case revise(MemoryEntry.ID, EntryPatch)
  /// A new entry in the place of several; its sources include all of theirs.
  case merge([MemoryEntry.ID], EntryContent)
  /// A new entry in the place of one that is no longer true.
  case supersede(MemoryEntry.ID, EntryContent)
  case archive(MemoryEntry.ID)
  /// Back from the archive, or from expiry.
  case restore(MemoryEntry.ID)
  case expire(MemoryEntry.ID)
  /// Leaves the view; the log keeps it.
  case delete(MemoryEntry.ID)
  /// Leaves the view and the log, with its former versions and everything derived from it.
  case purge(MemoryEntry.ID)
  case link(MemoryEntry.ID, MemoryEntry.Link)
  case unlink(MemoryEntry.ID, MemoryEntry.Link.Kind, MemoryEntry.ID)
  case touch(MemoryEntry.ID, Signal)
  case pin(MemoryEntry.ID, Bool)
  case freeze(MemoryEntry.ID, Bool)
  case place(MemoryEntry.ID, MemoryEntry.Tier)
  case noop

  /// How an entry served.
  public enum Signal: String, Choice { case access, cited, uncited }

  /// The operation without its content: what logs, traces and graphs name.
  public enum Kind: String, Choice {
    case add, revise, merge, supersede, archive, restore, expire, delete, purge, link, unlink, touch, pin, freeze
    case place, noop
  }

  public var kind: Kind {
    switch self {
    case .add: .add
    case .revise: .revise
    case .merge: .merge
    case .supersede: .supersede
    case .archive: .archive
    case .restore: .restore
    case .expire: .expire
    case .delete: .delete
    case .purge: .purge
    case .link: .link
    case .unlink: .unlink
    case .touch: .touch
    case .pin: .pin
    case .freeze: .freeze
    case .place: .place
    case .noop: .noop
    }
  }

  /// The entries it is about.
  public var targets: [MemoryEntry.ID] {
    switch self {
    case .add, .noop: []
    case .merge(let ids, _): ids
    case .revise(let id, _), .supersede(let id, _), .archive(let id), .restore(let id), .expire(let id),
      .delete(let id), .purge(let id), .touch(let id, _), .pin(let id, _), .freeze(let id, _), .place(let id, _):
      [id]
    case .link(let id, let link): [id, link.target]
    case .unlink(let id, _, let other): [id, other]
    }
  }

  /// The content it writes; nil where it writes none.
  public var content: EntryContent? {
    switch self {
    case .add(let content), .merge(_, let content), .supersede(_, let content): content
    default: nil
    }
  }
}

/// Why the bank did not do an operation. Nothing has changed then; the pipeline counts the refusals.
public enum BankRefusal: Failure, Codable, Hashable {
  /// There is no such entry, or it is out of the viewer's scope.
  case unknown(MemoryEntry.ID)
  case frozen(MemoryEntry.ID)
  /// A frozen entry links to it.
  case held(MemoryEntry.ID)
  /// The operation does not apply to an entry in this state.
  case inState(MemoryEntry.ID, MemoryEntry.State)
  /// A former version changes by nothing but being deleted.
  case past(MemoryEntry.ID)
  case noRight(BankViewer.Right, of: String)
  /// A part of the entry exceeds its bound.
  case tooLarge(String, Int, limit: Int)
  case noSource
  case notFinite(String)
  case clockWentBack(Double, behind: Double)
  /// The entry does not fit beside those that are protected.
  case overBudget(tokens: Int, entries: Int)
  /// Another writer was faster.
  case stale(expected: Int, found: Int)

  public var exitClass: ExitClass { .usage }

  public var description: String {
    switch self {
    case .unknown(let id): "there is no entry \(id) for this viewer"
    case .frozen(let id): "entry \(id) is frozen; unfreeze it first"
    case .held(let id): "a frozen entry links to entry \(id); unfreeze that one first"
    case .inState(let id, let state):
      "entry \(id) is \(state.rawValue), and the operation does not apply to such an entry"
    case .past(let id): "entry \(id) is a former version; change the present one"
    case .noRight(let right, let name): "\(name) has no right to \(right.rawValue); grant it, or archive the entry"
    case .tooLarge(let part, let found, let limit): "\(part) takes \(found), and may take \(limit)"
    case .noSource: "the entry names no source; every entry says where it comes from"
    case .notFinite(let part): "\(part) is no finite number in its range"
    case .clockWentBack(let time, let clock): "the time is \(time), and the bank has seen \(clock)"
    case .overBudget(let tokens, let entries):
      "\(tokens) tokens in \(entries) entries are protected, so the write does not fit the budget; unpin some"
    case .stale(let expected, let found): "the log has \(found) records, and the writer knew \(expected); read again"
    }
  }
}
