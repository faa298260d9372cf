import Tensors

/// What a policy is shown, written as it will be read.
///
/// Literals are ours and trusted. Everything interpolated is foreign text and is disarmed in one
/// place, when the prompt is rendered: each tag that the literals use, and each control token of
/// the known chat templates, occurs in `text` exactly as often as the literals have it, whatever a
/// chunk, a memory or a question contains.
///
///     let prompt: Prompt = """
///       <problem>\(question.ask, .problem)</problem>
///       <memory>\(recollection, .memory)</memory>
///       """
///
/// A hole may be named; then a policy that works by rules finds what stands in it, undisarmed.
public struct Prompt: Sendable {
  public enum Piece: Sendable {
    case literal(String)
    case foreign(Recollection.Part, Hole?)
  }

  /// The name of what is interpolated.
  public struct Hole: RawRepresentable, Hashable, Sendable, Codable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let problem = Hole(rawValue: "problem")
    public static let memory = Hole(rawValue: "memory")
    public static let section = Hole(rawValue: "section")
  }

  /// The form in which a reply is expected, for policies that work by rules.
  public struct Form: RawRepresentable, Hashable, Sendable, Codable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The whole reply is the new page.
    public static let page = Form(rawValue: "page")
    /// Four tagged fields: reasoning, update gate, page, exit gate.
    public static let gatedPage = Form(rawValue: "gatedPage")
    /// Only what is new, to be added to what is held.
    public static let addition = Form(rawValue: "addition")
    /// The answer to the problem, inside `\boxed{}`.
    public static let answer = Form(rawValue: "answer")
  }

  public var pieces: [Piece]
  public var form: Form?
  /// How the chunk ends that stands in the prompt, for policies that work by rules; no part of the text.
  /// Nil without a chunk.
  public var ending: Chunk.Ending?
  /// What this policy asked to be handed back at its last call of the session (`Reply.carry`).
  public var carry: [String: Double]

  public init(_ pieces: [Piece] = [], form: Form? = nil, carry: [String: Double] = [:]) {
    self.pieces = pieces
    self.form = form
    self.carry = carry
  }

  /// The same prompt, expecting a reply of this form.
  public func expecting(_ form: Form, carrying carry: [String: Double] = [:]) -> Prompt {
    var prompt = Prompt(pieces, form: form, carry: carry)
    prompt.ending = ending
    return prompt
  }

  /// The text that stands in a hole, as it came; nil when the prompt has no such hole.
  public subscript(hole: Hole) -> String? {
    let parts = pieces.compactMap { piece -> String? in
      if case .foreign(.text(let text), hole) = piece { text } else { nil }
    }
    return parts.isEmpty ? nil : parts.joined(separator: "\n\n")
  }

  /// The sites the parts need.
  public var needs: Set<Recollection.Site> {
    Set(pieces.compactMap { if case .foreign(let part, _) = $0 { part.site } else { nil } })
  }
}

extension Prompt: ExpressibleByStringInterpolation {
  public init(stringLiteral value: String) { self.init([.literal(value)]) }
  public init(stringInterpolation: StringInterpolation) {
    self.init(stringInterpolation.pieces)
    ending = stringInterpolation.ending
  }

  public struct StringInterpolation: StringInterpolationProtocol {
    var pieces: [Piece] = []
    var ending: Chunk.Ending?

    public init(literalCapacity: Int, interpolationCount: Int) {}

    public mutating func appendLiteral(_ literal: String) {
      if !literal.isEmpty { pieces.append(.literal(literal)) }
    }
    public mutating func appendInterpolation(_ text: String, _ hole: Hole? = nil) {
      pieces.append(.foreign(.text(text), hole))
    }
    public mutating func appendInterpolation(_ recollection: Recollection, _ hole: Hole? = nil) {
      for (index, part) in recollection.parts.enumerated() {
        if index > 0 { appendLiteral("\n\n") }
        pieces.append(.foreign(part, hole))
      }
    }
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
  private enum Key: CodingKey { case text, form }

  /// What is read back is the rendered text: enough to look at, not to ask again with vectors.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    self.init(
      [.literal(try values.decode(String.self, forKey: .text))],
      form: try values.decodeIfPresent(Form.self, forKey: .form))
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(text, forKey: .text)
    try values.encodeIfPresent(form, forKey: .form)
  }
}
