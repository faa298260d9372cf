/// The edits that a memory proposes for a chunk, before the gate decides: M̂_t of GRU-Mem
/// (arXiv:2602.10560).
public struct Draft: Sendable, Codable {
  /// Applied in this order.
  public var edits: [Edit]
  /// What gates and verifiers read of the draft.
  public var signals: Signals
  /// The policy's reason, where it states one.
  public var reason: String?
  /// The policy calls of the draft: training data and cost. The reading loop takes them from the
  /// caller and replaces any value set by the memory.
  public var exchanges: [Exchange]
  /// The reading and chunk of the draft; the reading loop sets it. Gates that sample derive their
  /// random numbers from it.
  public var call = CallID()

  /// Without edits the draft changes nothing.
  public init(
    edits: [Edit] = [], exchanges: [Exchange] = [], signals: Signals = Signals(), reason: String? = nil
  ) {
    self.edits = edits
    self.exchanges = exchanges
    self.signals = signals
    self.reason = reason
  }

  /// - Throws: `BoundError` for a slot whose attributes are over their bound.
  func check() throws {
    for case .write(let slot, _) in edits {
      guard let flaw = slot.attributes.flaw else { continue }
      throw BoundError(
        what: "slot \(slot.id), drafted at chunk \(call.step) of question '\(call.question)',", found: flaw,
        limit: "\(Attributes.limit) bytes of attributes", remedy: "the memory must write fewer or shorter ones")
    }
  }
}
