import Tensors

/// The text and other parts that a policy reads.
///
/// Literals are trusted. Everything interpolated is foreign text and is disarmed in one place, when
/// the prompt is rendered: each tag that the literals use, and each control token of the known chat
/// templates, occurs in `text` exactly as often as the literals have it, whatever a chunk, a memory
/// or a question contains.
///
///     let prompt: Prompt = """
///       <problem>\(question.ask, .problem)</problem>
///       <memory>\(recollection, .memory)</memory>
///       """
///
/// A hole may be named; a policy that works by rules can then read its content, which is not
/// disarmed.
public struct Prompt: Sendable {
  /// Text of ours, or foreign content with the name of its hole.
  public enum Piece: Sendable {
    case literal(String)
    case foreign(Recollection.Part, Hole?)
  }

  /// The name of an interpolation.
  public struct Hole: RawRepresentable, Hashable, Sendable, Codable {
    /// The name, as templates write it between braces.
    public let rawValue: String
    /// Any name; a policy by rules knows `problem`, `memory` and `section`.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The question.
    public static let problem = Hole(rawValue: "problem")
    /// What the memory recalled.
    public static let memory = Hole(rawValue: "memory")
    /// The chunk.
    public static let section = Hole(rawValue: "section")
  }

  /// The form in which a reply is expected, for policies that work by rules.
  public struct Form: Hashable, Sendable {
    /// The form's name.
    public let rawValue: String
    /// A reply in this form, with `{text}` in the place of the kept text; planning fills it.
    private let sample: String

    /// - Parameter sample: a reply in this form, with `{text}` where the kept text stands.
    public init(rawValue: String, sample: String = "{text}") {
      self.rawValue = rawValue
      self.sample = sample
    }

    /// A plausible reply that keeps a text.
    public func reply(keeping text: String) -> String { sample.replacing("{text}", with: text) }

    /// By name alone; the sample does not count.
    public static func == (a: Form, b: Form) -> Bool { a.rawValue == b.rawValue }
    /// By name alone, as equality.
    public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }

    /// The whole reply is the new page.
    public static let page = Form(rawValue: "page")
    /// Four tagged fields: reasoning, update gate, page, exit gate.
    public static let gatedPage = Form(
      rawValue: "gatedPage",
      sample: "<think></think><check>yes</check><update>{text}</update><next>continue</next>")
    /// Only new text, to be added to the page.
    public static let addition = Form(rawValue: "addition")
    /// The answer to the problem, inside `\boxed{}`.
    public static let answer = Form(rawValue: "answer", sample: "\\boxed{{text}}")
  }

  /// In the order in which they are read.
  public var pieces: [Piece]
  /// The form in which a reply is expected; nil where the prompt alone says so.
  public var form: Form?
  /// How the chunk ends that stands in the prompt, for policies that work by rules; no part of the text.
  /// Nil without a chunk.
  public var ending: Chunk.Ending?
  /// The slots from which the recollections in the prompt were made.
  public var used: [Slot.ID]
  /// The state that this policy returned at its last call of the reading (`Reply.policyState`); the
  /// caller sets it.
  public var policyState: PolicyState?

  /// Nothing is rendered or disarmed before `text` is asked for.
  public init(_ pieces: [Piece] = [], form: Form? = nil, used: [Slot.ID] = []) {
    self.pieces = pieces
    self.form = form
    self.used = used
  }

  /// The same prompt, expecting a reply of this form.
  public func expecting(_ form: Form) -> Prompt {
    var prompt = self
    prompt.form = form
    return prompt
  }

  /// The text in a hole, not disarmed; nil when the prompt has no such hole.
  public subscript(hole: Hole) -> String? {
    let parts = pieces.compactMap { piece -> String? in
      if case .foreign(.text(let text), hole) = piece { text } else { nil }
    }
    return parts.isEmpty ? nil : parts.joined(separator: "\n\n")
  }

  /// What a policy must serve to be shown this.
  public var needs: Set<Capability> {
    Set(pieces.compactMap { if case .foreign(let part, _) = $0 { .site(part.site) } else { nil } })
  }
}

extension Prompt: ExpressibleByStringInterpolation {
  /// One trusted piece.
  public init(stringLiteral value: String) { self.init([.literal(value)]) }
  /// Literals are trusted, interpolations foreign.
  public init(stringInterpolation: StringInterpolation) {
    self.init(stringInterpolation.pieces, used: stringInterpolation.used)
    ending = stringInterpolation.ending
  }

  /// Gathers the pieces of a literal.
  public struct StringInterpolation: StringInterpolationProtocol {
    var pieces: [Piece] = []
    var ending: Chunk.Ending?
    var used: [Slot.ID] = []

    /// The counts are not used.
    public init(literalCapacity: Int, interpolationCount: Int) {}

    /// Adds trusted text.
    public mutating func appendLiteral(_ literal: String) {
      if !literal.isEmpty { pieces.append(.literal(literal)) }
    }
    /// Adds foreign text.
    public mutating func appendInterpolation(_ text: String, _ hole: Hole? = nil) {
      pieces.append(.foreign(.text(text), hole))
    }
    /// Adds each part of a recollection, a blank line between two.
    public mutating func appendInterpolation(_ recollection: Recollection, _ hole: Hole? = nil) {
      used += recollection.used
      // Blank lines part texts; a part that is no text, or an empty one, takes none.
      var hasText = false
      for part in recollection.parts {
        if case .text(let text) = part, !text.isEmpty {
          if hasText { appendLiteral("\n\n") }
          hasText = true
        }
        pieces.append(.foreign(part, hole))
      }
    }
    /// Adds the text or the vectors of a chunk.
    public mutating func appendInterpolation(_ chunk: Chunk, _ hole: Hole? = .section) {
      ending = chunk.ending
      switch chunk.content {
      case .text(let text): pieces.append(.foreign(.text(text), hole))
      case .vectors(let vectors): pieces.append(.foreign(.vectors(vectors), hole))
      }
    }
  }
}

extension Prompt: Codable {
  private enum Key: CodingKey { case text, form, used }

  /// Decodes the rendered text: enough for inspection, not for a repeated call with vectors.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    self.init(
      [.literal(try values.decode(String.self, forKey: .text))],
      form: try values.decodeIfPresent(String.self, forKey: .form).map { Form(rawValue: $0) },
      used: try values.decodeIfPresent([Slot.ID].self, forKey: .used) ?? [])
  }

  /// The rendered text and the form.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(text, forKey: .text)
    try values.encodeIfPresent(form?.rawValue, forKey: .form)
    if !used.isEmpty { try values.encode(used, forKey: .used) }
  }
}
