/// A template in the part of Jinja that published chat templates use.
///
///     let template = try JinjaTemplate("{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}")
///     let parts = try template.render([
///       "messages": .list([.dictionary([("role", "user"), ("content", .foreign(["Who?"]))])])
///     ])                                                   // [.trusted("<user>"), .foreign("Who?")]
///
/// It is evaluated as Hugging Face transformers does it: jinja2's `ImmutableSandboxedEnvironment` with
/// `trim_blocks`, `lstrip_blocks`, loop controls, `{% generation %}`, and its own `tojson`, `raise_exception` and
/// `strftime_now`.
///
/// - A template has no access to anything but its variables, and to no clock but the date it is given.
/// - Evaluation is bounded by `JinjaLimits`. Every template ends: in text, or in a `JinjaFault` with a line.
/// - Text keeps its origin. What a template takes from a `.foreign` value stays foreign through slices, filters and
///   methods, so a caller can tell the template's own markers from the same letters in a document.
///
/// docs/tokenizers.md says what is supported, and how it was compared with jinja2.
public struct JinjaTemplate: Sendable, Hashable {
  /// The template as it was written.
  public let source: String
  /// Bounds of every evaluation.
  public var limits: JinjaLimits
  private let body: Body

  /// The parsed statements, shared by copies.
  private final class Body: Sendable {
    let statements: [Statement]
    init(_ statements: [Statement]) { self.statements = statements }
  }

  /// Parses a template.
  ///
  /// - Throws: `JinjaFault.syntax` and `.unsupported` with the line.
  public init(_ source: String, limits: JinjaLimits = JinjaLimits()) throws {
    guard source.utf8.count <= limits.sourceBytes else {
      throw JinjaFault.exceeded(line: 1, limit: "\(source.utf8.count) bytes of source; at most \(limits.sourceBytes)")
    }
    self.source = source
    self.limits = limits
    var lexer = Lexer(source)
    var parser = Parser(try lexer.run())
    body = Body(try parser.template())
  }

  /// The text that the template writes.
  ///
  /// - Parameters:
  ///   - variables: what the template sees, by name.
  ///   - date: what `strftime_now` formats.
  /// - Returns: the text in order, neighbours of different origin.
  /// - Throws: `JinjaFault`.
  public func render(_ variables: [String: JinjaValue], date: JinjaDate = .fallback) throws -> [JinjaPart] {
    let evaluator = Evaluator(limits: limits, date: date, variables: variables)
    defer { evaluator.release() }
    return try evaluator.text(of: body.statements).parts
  }

  /// Equal sources are equal templates.
  public static func == (left: JinjaTemplate, right: JinjaTemplate) -> Bool {
    left.source == right.source && left.limits == right.limits
  }

  /// By the source.
  public func hash(into hasher: inout Hasher) { hasher.combine(source) }
}
