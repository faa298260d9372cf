import Jinja

/// The form in which a family of models sees a conversation: a template that is evaluated.
///
///     let format = try ChatFormat(folder: "Qwen3-0.6B")
///     let prompt = try format.render([ChatMessage(.user, "Who wrote the letter?")], with: tokenizer)
///
/// The text of the template is trusted: in it the names of added tokens are those tokens, whereas the same letters in
/// a turn's text are only letters, whatever the template does with that text. No prompt can close a turn.
public struct ChatFormat: Sendable, Hashable {
  /// The name by which settings choose it; for the template of a folder, its file.
  public let name: String
  let template: JinjaTemplate
  /// Texts that must be added tokens of the vocabulary.
  public var markers: [String]
  /// The texts that end a reply. Where there are none, the template is asked.
  public var stops: [String]
  /// Names that the template knows for tokens: `bos_token`, `eos_token`.
  public var tokens: [String: String]
  /// What a template that asks for the date is told. By default the same day for ever, so that a prompt is the same
  /// every day.
  public var date = JinjaDate.fallback
  private var thinks = true
  /// Whether the template takes a turn's content as a list of parts only.
  private var takesParts = false

  /// A template's format.
  ///
  /// A short conversation is tried at once, so that a template outside of the interpreter is refused here, not with
  /// the first prompt.
  ///
  /// - Parameters:
  ///   - template: its source, in Jinja.
  ///   - name: stands in messages.
  /// - Throws: `TokenizerError.template` with the line of the template.
  public init(
    template: String, name: String, tokens: [String: String] = [:], markers: [String] = [], stops: [String] = []
  ) throws {
    self.name = name
    self.template = try Self.naming(name) { try JinjaTemplate(template) }
    self.tokens = tokens
    self.markers = markers
    self.stops = stops
    try takesParts = expectsParts()
  }

  /// The format whose replies begin with thoughts that are empty already, where the template has such a form.
  public func withoutThinking() -> ChatFormat {
    var format = self
    format.thinks = false
    return format
  }

  // MARK: Evaluation

  /// What the template writes for a conversation.
  func parts(of messages: [ChatMessage], replying: Bool) throws -> [JinjaPart] {
    var variables: [String: JinjaValue] = [
      "messages": .list(messages.map(value)), "tools": .none, "documents": .none,
      "add_generation_prompt": .bool(replying),
    ]
    for (name, token) in tokens { variables[name] = .text(token) }
    if !thinks {
      variables["enable_thinking"] = .bool(false)
      variables["thinking"] = .bool(false)
    }
    return try Self.naming(name) { try template.render(variables, date: date) }
  }

  private func value(_ message: ChatMessage) -> JinjaValue {
    let text = JinjaValue.foreign(message.pieces)
    let content =
      takesParts
      ? JinjaValue.list([.dictionary([JinjaValue.Pair("type", "text"), JinjaValue.Pair("text", text)])]) : text
    return .dictionary([
      JinjaValue.Pair("role", .text(message.role.rawValue)), JinjaValue.Pair("content", content),
    ])
  }

  /// Tries a user's turn as text, and then as a list of parts: some templates take nothing else.
  private func expectsParts() throws -> Bool {
    var fault: (any Error)?
    for takesParts in [false, true] {
      var format = self
      format.takesParts = takesParts
      do {
        let parts = try format.parts(of: [ChatMessage(.user, "x")], replying: true)
        if parts.contains(.foreign("x")) { return takesParts }
      } catch TokenizerError.refusedChat {
        return takesParts  // It wants a conversation of another form.
      } catch {
        fault = fault ?? error
      }
    }
    throw fault ?? TokenizerError.template(name: name, line: 1, reason: "it writes nothing of a user's text")
  }

  private static func naming<Result>(_ name: String, _ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let fault as JinjaFault {
      if case .refused(let line, let message) = fault {
        throw TokenizerError.refusedChat(name: name, line: line, message: message)
      }
      throw TokenizerError.template(name: name, line: fault.line, reason: fault.reason)
    }
  }
}
