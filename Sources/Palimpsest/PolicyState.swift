/// The state that a policy wants back at its next call of the same reading: text that only this
/// policy reads.
///
/// The reading loop keeps it in the memory state for every decision of the gate, so that a resumed
/// reading is exact. It counts toward `MemoryState.bytes`.
public struct PolicyState: Sendable, Hashable {
  /// The most a policy may ask to be kept, in bytes.
  public static let limit = 65_536

  /// The policy's own text; empty where only the halves of a stacked memory have one.
  public let text: String
  /// States of the halves of a stacked memory: one policy serves both, and counts for each apart.
  let halves: [PolicyState?]

  /// - Throws: `BoundError` for more than `limit` bytes.
  public init(_ text: String) throws {
    guard text.utf8.count <= Self.limit else {
      throw BoundError(
        what: "a policy state", found: "\(text.utf8.count) bytes", limit: "\(Self.limit) bytes",
        remedy: "the policy must keep less between its calls")
    }
    self.text = text
    halves = []
  }

  /// The states of two memories that are shown as one; nil where neither has one.
  init?(stacking first: PolicyState?, _ second: PolicyState?) {
    if first == nil, second == nil { return nil }
    text = ""
    halves = [first, second]
  }

  /// The state of one half of a stacked memory.
  func half(_ half: StackedHalf) -> PolicyState? {
    halves.indices.contains(half.rawValue) ? halves[half.rawValue] : nil
  }

  /// The state that the policy itself gets: for a stacked memory that of the first half, since one
  /// policy answers and does not know about halves.
  public var own: PolicyState? { halves.isEmpty ? self : halves[0]?.own ?? halves[1]?.own }

  /// Bytes of its text and halves.
  public var bytes: Int { text.utf8.count + halves.reduce(0) { $0 + ($1?.bytes ?? 0) } }
}

extension PolicyState: Codable {
  /// - Throws: `DecodingError` where it is over its bound or nested deeper than memories are stacked.
  public init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if let text = try? value.decode(String.self) {
      do {
        try self.init(text)
      } catch {
        throw DecodingError.dataCorruptedError(in: value, debugDescription: "\(error)")
      }
      return
    }
    let halves = try value.decode([PolicyState?].self)
    guard halves.count == 2, decoder.codingPath.count < 64, let state = PolicyState(stacking: halves[0], halves[1])
    else {
      throw DecodingError.dataCorruptedError(in: value, debugDescription: "a policy state is text, or two of them")
    }
    self = state
  }

  /// A text, or a list of two for a stacked memory.
  public func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    if halves.isEmpty { try value.encode(text) } else { try value.encode(halves) }
  }
}

/// A value exceeds the bound that keeps memories and traces small.
public struct BoundError: Failure, Equatable {
  /// Always the user's fault: settings or data are too large.
  public var exitClass: ExitClass { .usage }
  /// What is over its bound.
  public var what: String
  /// Its size.
  public var found: String
  /// The bound.
  public var limit: String
  /// What to do.
  public var remedy: String

  /// The four parts of the message.
  public init(what: String, found: String, limit: String, remedy: String) {
    self.what = what
    self.found = found
    self.limit = limit
    self.remedy = remedy
  }

  public var description: String { "\(what) has \(found), and at most \(limit) are kept; \(remedy)" }
}
