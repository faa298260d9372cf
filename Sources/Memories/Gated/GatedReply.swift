import MemoryOverwrite

/// A reply in GRU-Mem's form: four tagged fields in this order.
///
///     <think>why</think><check>yes|no</check><update>the page</update><next>continue|end</next>
///
/// Text between the fields is ignored. Tags are compared byte by byte; the words of the gates are
/// trimmed and case-folded. Any reply is read in time linear in its length.
///
/// Source: GRU-Mem (arXiv:2602.10560), its Fig. 3. The paper does not say what a broken form means;
/// the rules here are ours.
public struct GatedReply: Sendable, Hashable {
  /// The four fields in the order in which they must stand.
  public enum Field: String, Sendable, CaseIterable {
    case think, check, update, next

    var opening: [UInt8] { Array("<\(rawValue)>".utf8) }
    var closing: [UInt8] { Array("</\(rawValue)>".utf8) }
  }

  /// Why a reply is not in the form.
  public enum Fault: Error, Hashable, CustomStringConvertible {
    case missing(String)
    case repeated(String)
    case misplaced(String)
    case illegalWord(Field, String)

    /// The fault in a few words, for messages.
    public var description: String {
      switch self {
      case .missing(let tag): "\(tag) is missing"
      case .repeated(let tag): "\(tag) occurs more than once"
      case .misplaced(let tag): "\(tag) stands out of order"
      case .illegalWord(let field, let word): "<\(field.rawValue)> says '\(word)'"
      }
    }
  }

  /// The model's reasoning, trimmed. Not stored in the memory.
  public var reason: String
  /// The update gate.
  public var update: Bool
  /// The candidate page, trimmed.
  public var page: String
  /// The exit gate.
  public var exit: Bool

  /// A reply that is known to be well formed.
  public init(reason: String, update: Bool, page: String, exit: Bool) {
    self.reason = reason
    self.update = update
    self.page = page
    self.exit = exit
  }

  /// Reads a reply in which each of the four tags occurs exactly once, in order, closed, with legal
  /// words in both gates.
  public init(strict text: String) throws(Fault) {
    let bytes = Array(text.utf8)
    var end = 0
    var contents: [Field: String] = [:]
    for field in Field.allCases {
      let open = try Self.only(field.opening, in: bytes)
      guard open >= end else { throw .misplaced("<\(field.rawValue)>") }
      let close = try Self.only(field.closing, in: bytes)
      let start = open + field.opening.count
      guard close >= start else { throw .misplaced("</\(field.rawValue)>") }
      contents[field] = Page.trimmed(bytes[start..<close])
      end = close + field.closing.count
    }
    self.init(
      reason: contents[.think, default: ""],
      update: try Self.gate(.check, contents[.check, default: ""], open: "yes", shut: "no"),
      page: contents[.update, default: ""],
      exit: try Self.gate(.next, contents[.next, default: ""], open: "end", shut: "continue"))
  }

  /// Reads what is there: the last opening of each tag in any case, up to its closing, the next
  /// field or the end. A gate without a legal word stays shut.
  public init(lenient text: String) {
    let bytes = Array(text.utf8)
    let folded = bytes.map(asciiLowercased)
    let tags = Field.allCases.flatMap { [$0.opening, $0.closing] }
    func content(_ field: Field) -> String {
      guard let open = occurrences(of: field.opening, in: folded).last else { return "" }
      let start = open + field.opening.count
      let ends = tags.compactMap { tag in occurrences(of: tag, in: folded).first { $0 >= start } }
      return Page.trimmed(bytes[start..<(ends.min() ?? bytes.count)])
    }
    self.init(
      reason: content(.think), update: content(.check).lowercased() == "yes",
      page: content(.update), exit: content(.next).lowercased() == "end")
  }

  private static func only(_ tag: [UInt8], in bytes: [UInt8]) throws(Fault) -> Int {
    let places = occurrences(of: tag, in: bytes)
    guard let place = places.first else { throw .missing(String(decoding: tag, as: UTF8.self)) }
    guard places.count == 1 else { throw .repeated(String(decoding: tag, as: UTF8.self)) }
    return place
  }

  private static func gate(
    _ field: Field, _ word: String, open: String, shut: String
  ) throws(Fault) -> Bool {
    switch word.lowercased() {
    case open: return true
    case shut: return false
    default: throw .illegalWord(field, String(word.prefix(40)))
    }
  }
}

/// Where a tag begins; tags cannot overlap themselves.
private func occurrences(of tag: [UInt8], in bytes: [UInt8]) -> [Int] {
  var places: [Int] = []
  for start in bytes.indices.dropLast(tag.count - 1)
  where bytes[start...].starts(with: tag) {
    places.append(start)
  }
  return places
}

private func asciiLowercased(_ byte: UInt8) -> UInt8 {
  (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte + 32 : byte
}
