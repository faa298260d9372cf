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
  public struct Form: Hashable, Sendable {
    public let rawValue: String
    /// A reply in this form, with `{text}` in the place of what the memory would keep: what planning fills.
    private let sample: String

    /// - Parameter sample: a reply in this form, with `{text}` where the kept text stands.
    public init(rawValue: String, sample: String = "{text}") {
      self.rawValue = rawValue
      self.sample = sample
    }

    /// A plausible reply that keeps a text.
    public func reply(keeping text: String) -> String { sample.replacing("{text}", with: text) }

    public static func == (a: Form, b: Form) -> Bool { a.rawValue == b.rawValue }
    public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }

    /// The whole reply is the new page.
    public static let page = Form(rawValue: "page")
    /// Four tagged fields: reasoning, update gate, page, exit gate.
    public static let gatedPage = Form(
      rawValue: "gatedPage",
      sample: "<think></think><check>yes</check><update>{text}</update><next>continue</next>")
    /// Only what is new, to be added to what is held.
    public static let addition = Form(rawValue: "addition")
    /// The answer to the problem, inside `\boxed{}`.
    public static let answer = Form(rawValue: "answer", sample: "\\boxed{{text}}")
  }

  public var pieces: [Piece]
  public var form: Form?
  /// How the chunk ends that stands in the prompt, for policies that work by rules; no part of the text.
  /// Nil without a chunk.
  public var ending: Chunk.Ending?
  /// The slots of the memory state that the recollections in it were made of.
  public var used: [Slot.ID]
  /// What this policy asked to be handed back at its last call of the reading (`Reply.policyState`); the
  /// caller fills it in.
  public var policyState: PolicyState?

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

  /// The text that stands in a hole, as it came; nil when the prompt has no such hole.
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
  public init(stringLiteral value: String) { self.init([.literal(value)]) }
  public init(stringInterpolation: StringInterpolation) {
    self.init(stringInterpolation.pieces, used: stringInterpolation.used)
    ending = stringInterpolation.ending
  }

  public struct StringInterpolation: StringInterpolationProtocol {
    var pieces: [Piece] = []
    var ending: Chunk.Ending?
    var used: [Slot.ID] = []

    public init(literalCapacity: Int, interpolationCount: Int) {}

    public mutating func appendLiteral(_ literal: String) {
      if !literal.isEmpty { pieces.append(.literal(literal)) }
    }
    public mutating func appendInterpolation(_ text: String, _ hole: Hole? = nil) {
      pieces.append(.foreign(.text(text), hole))
    }
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

  /// What is read back is the rendered text: enough to look at, not to ask again with vectors.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    self.init(
      [.literal(try values.decode(String.self, forKey: .text))],
      form: try values.decodeIfPresent(String.self, forKey: .form).map { Form(rawValue: $0) },
      used: try values.decodeIfPresent([Slot.ID].self, forKey: .used) ?? [])
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(text, forKey: .text)
    try values.encodeIfPresent(form?.rawValue, forKey: .form)
    if !used.isEmpty { try values.encode(used, forKey: .used) }
  }
}
