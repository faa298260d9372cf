/// What one template may use. A template is foreign: without bounds it could loop for ever.
public struct JinjaLimits: Hashable, Sendable {
  /// Bytes of the source.
  public var sourceBytes = 1 << 20
  /// Statements and expressions that are evaluated.
  public var steps = 1_000_000
  /// Scalars of all texts that are made, besides 64 for each scalar of the variables.
  public var scalars = 1 << 24
  /// How deep statements, expressions and macro calls may be nested while they are evaluated.
  public var depth = 300

  /// Several times what any published template uses.
  public init() {}

  /// How deep one expression, or statements in statements, may be nested in the source.
  static let nesting = 100
  /// How deep lists and dictionaries may be nested.
  static let valueDepth = 100
  /// Items of a `range`, as in Jinja's sandbox.
  static let range = 100_000
}
