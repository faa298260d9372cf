/// What a memory would write, before a gate has seen it.
public struct Draft: Sendable, Codable {
  public var edits: [Edit]
  public var signals: Signals
  /// Why, in words, where the policy says so.
  public var reason: String?
  /// The policy calls it took: training data and cost. The reading loop fills them in from the caller,
  /// whatever the memory left here.
  public var exchanges: [Exchange]
  /// Which reading and chunk this is the draft of; the reading loop fills it in. Gates that sample draw
  /// from it.
  public var call = CallID()

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
