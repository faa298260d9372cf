/// What a revision changes of an entry; nil leaves a part as it is.
public struct EntryPatch: Sendable, Codable, Hashable {
  /// A new text and its tokens.
  public struct Text: Sendable, Codable, Hashable {
    public var body: String
    public var tokens: Int

    /// - Parameter tokens: 0 or more.
    public init(_ body: String, tokens: Int) {
      self.body = body
      self.tokens = tokens
    }
  }

  public var text: Text?
  public var key: String?
  public var keywords: [String]?
  public var tags: [String]?
  public var context: String?
  public var fields: [String: String]?
  public var validFrom: Double?
  public var validUntil: Double?
  public var confidence: Double?
  /// Added to the sources there are.
  public var sources: [EntrySource]

  /// A patch that changes nothing until something is set.
  public init(
    text: Text? = nil, key: String? = nil, keywords: [String]? = nil, tags: [String]? = nil, context: String? = nil,
    fields: [String: String]? = nil, validFrom: Double? = nil, validUntil: Double? = nil, confidence: Double? = nil,
    sources: [EntrySource] = []
  ) {
    self.text = text
    self.key = key
    self.keywords = keywords
    self.tags = tags
    self.context = context
    self.fields = fields
    self.validFrom = validFrom
    self.validUntil = validUntil
    self.confidence = confidence
    self.sources = sources
  }
}

extension EntryContent {
  /// The content with a patch applied.
  func applying(_ patch: EntryPatch) -> EntryContent {
    var content = self
    if let text = patch.text { (content.body, content.tokens) = (text.body, text.tokens) }
    content.key = patch.key ?? key
    content.keywords = patch.keywords ?? keywords
    content.tags = patch.tags ?? tags
    content.context = patch.context ?? context
    content.fields = patch.fields ?? fields
    content.validFrom = patch.validFrom ?? validFrom
    content.validUntil = patch.validUntil ?? validUntil
    content.confidence = patch.confidence ?? confidence
    content.sources = sources.united(with: patch.sources)
    return content
  }
}

extension [EntrySource] {
  /// Every source of both, once, in the order of the stream.
  func united(with others: [EntrySource]) -> [EntrySource] { Set(self).union(others).sorted() }
}
